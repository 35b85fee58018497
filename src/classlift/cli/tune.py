"""`classlift tune`."""

from __future__ import annotations

import shlex

import click

from classlift.cli.command import Command
from classlift.cli.numbers import JOBS, SEED
from classlift.cli.options import Outputs, low_fraction_option, output_options, read_options, write_picture
from classlift.cli.progress import share_bar, tracked
from classlift.data.metrics import objectives
from classlift.engines.workers import available_cores
from classlift.fitting.tuning import parse_drop, tune
from classlift.output import verdict as verdicts
from classlift.output.documents import tune_document
from classlift.output.tables import tune_tables
from classlift.report.chart_files import check_picture, picture
from classlift.report.chart_tuning import trade_off_chart
from classlift.storage import ReadOptions, open_validation
from classlift.storage.own.layers import check_layer_path, save_layer


@click.command("tune", cls=Command, example="classlift tune val.npz -o layer.npz")
@click.argument("val")
@click.option("-o", "--out", required=True, metavar="LAYER", help="Layer file: .npz, .json or .safetensors.")
@click.option(
    "--objective",
    type=click.Choice(objectives()),
    default="low20",
    show_default=True,
    help="What to lift.",
)
@click.option(
    "--max-total-drop",
    metavar="POINTS",
    help="How far total accuracy may fall below raw, out of fold.  [default: 0.1pp]",
)
@click.option("--careful", "named_drop", flag_value="0pp", help="Short for --max-total-drop 0pp.")
@click.option("--generous", "named_drop", flag_value="0.5pp", help="Short for --max-total-drop 0.5pp.")
@click.option("--choose", metavar="NAME|N", help="Take this row of the tables, whatever the guard says of it.")
@click.option(
    "--methods",
    metavar="NAMES",
    help="First steps to try, with commas between: elaborated, matrix-scaling; raw is always tried. [default: all]",
)
@low_fraction_option
@click.option("--seed", type=SEED, default=0, show_default=True, help="Seed of the folds.")
@click.option("--plot", metavar="FILE", help="Draw the trade-off: .png or .svg; needs the extra `report`.")
@click.option("--jobs", type=JOBS, help="Processes to work in.  [default: all cores]")
@read_options
@output_options
def command(
    val: str,
    out: str,
    objective: str,
    max_total_drop: str | None,
    named_drop: str | None,
    choose: str | None,
    methods: str | None,
    low_fraction: float,
    seed: int,
    plot: str | None,
    jobs: int | None,
    reading: ReadOptions,
    outputs: Outputs,
) -> None:
    """Find the layer that lifts the lowest classes of VAL most, within what total accuracy may cost.

    Every candidate is checked by cross-validation, and the effect of the chosen one is corrected for the choice. Where
    nothing is better than the raw predictions, the layer is the identity, and it is said why.
    """
    if max_total_drop is not None and named_drop is not None:
        raise click.UsageError("--max-total-drop, --careful and --generous exclude each other")
    wanted = named_drop or "0.1pp" if max_total_drop is None else max_total_drop
    drop = parse_drop(wanted)
    check_layer_path(out)
    if plot is not None:
        check_picture(plot)
    source = tracked(open_validation(val, reading), quiet=outputs.quiet)
    with share_bar("tuning", quiet=outputs.quiet) as watch:
        result = tune(
            source,
            objective=objective,
            methods=None if methods is None else tuple(name.strip() for name in methods.split(",")),
            max_total_drop=drop,
            choose=choose,
            low_fraction=low_fraction,
            seed=seed,
            jobs=jobs or available_cores(),
            watch=watch,
        )
    save_layer(result.layer, out)
    if plot is not None:
        write_picture(plot, lambda suffix: picture([trade_off_chart(result.search)], suffix))
    verdict = verdicts.tuned(result).followed_by(shlex.join(["classlift", "evaluate", "TEST", "--layer", out]), out)
    outputs.emit(lambda top: tune_tables(result, top=top), tune_document(result), verdict)

"""`classlift tune`."""

from __future__ import annotations

import shlex
import sys
from typing import TYPE_CHECKING

import click

from classlift.api.tune import tune
from classlift.cli.aim_options import AskedAim, aim_options
from classlift.cli.command import LAYER, Command, typed
from classlift.cli.costs import costs_options
from classlift.cli.engine import Place, engine_options
from classlift.cli.evaluation_options import shares_option
from classlift.cli.numbers import JOBS, ROWS, SEED
from classlift.cli.options import (
    Outputs,
    cluster_option,
    low_fraction_option,
    output_options,
    read_options,
    write_picture,
)
from classlift.cli.status import Status
from classlift.kernels.threads import n_threads
from classlift.output.documents.fitted import tune_document
from classlift.output.printable import printable
from classlift.output.tables.gates import gate_tables
from classlift.output.tables.tune import tune_tables
from classlift.output.verdict.noun import Outcome
from classlift.output.verdict.tuned import tuned
from classlift.reports.chart_files import check_picture, picture
from classlift.reports.chart_tuning import trade_off_chart
from classlift.storage import ReadOptions
from classlift.storage.own.layers import check_layer_path, save_layer

if TYPE_CHECKING:
    from classlift.data.costs import Costs
    from classlift.data.shares import Shares
    from classlift.fitting.tuning.result import TuneResult
    from classlift.output.verdict.noun import Verdict


@click.command("tune", cls=Command, example="classlift tune val.npz -o layer.npz")
@click.argument("val")
@click.argument("test", required=False)
@click.option(
    "-o", "--out", metavar="LAYER", help="Layer file: .npz, .json or .safetensors; without it nothing is written."
)
@aim_options
@click.option("--choose", metavar="NAME|N", help="Take this row of the tables, whatever the guard says of it.")
@click.option(
    "--methods",
    metavar="NAMES",
    help="First steps to try, with commas between: elaborated, matrix-scaling; raw is always tried. [default: all]",
)
@click.option(
    "--by",
    multiple=True,
    metavar="COLUMN",
    help="Groups that --require may name, by the values of a column: 'every group.total.change >= -1pp'.",
)
@costs_options
@low_fraction_option
@shares_option
@click.option("--seed", type=SEED, default=0, show_default=True, help="Seed of the folds.")
@click.option("--plot", metavar="FILE", help="Draw the trade-off: .png or .svg; needs the extra `report`.")
@click.option(
    "--sample",
    type=ROWS,
    metavar="ROWS",
    help="Tune on about this many rows at most, evenly from every class.  [default: what 64 MB hold]",
)
@click.option("--jobs", type=JOBS, help="Threads to work in.  [default: all cores]")
@engine_options
@cluster_option
@read_options
@output_options
def command(
    val: str,
    test: str | None,
    out: str | None,
    aim: AskedAim,
    choose: str | None,
    methods: str | None,
    by: tuple[str, ...],
    costs: Costs | None,
    low_fraction: float,
    sample: int | None,
    shares: Shares | None,
    seed: int,
    plot: str | None,
    jobs: int | None,
    place: Place,
    reading: ReadOptions,
    outputs: Outputs,
) -> Status:
    """Find the layer that lifts the lowest classes of VAL most, within the allowed loss of total accuracy.

    Every candidate is checked by cross-validation, and the effect of the chosen one is corrected for the choice. TEST
    is a file on which nothing is chosen: it judges the layer at once. Where nothing is better than the raw predictions,
    the layer is the identity, and the reason is given. Where requirements cannot be met, the output says by how much,
    nothing is written, and the status is 3.
    """
    if out is not None:
        check_layer_path(out)
    if plot is not None:
        check_picture(plot)
    result = tune(
        val,
        test=test,
        **aim._asdict(),
        costs=costs,
        methods=None if methods is None else tuple(name.strip() for name in methods.split(",")),
        choose=choose,
        by=by,
        low_fraction=low_fraction,
        sample=sample,
        shares=shares,
        seed=seed,
        jobs=jobs or n_threads(),
        engine=place.engine,
        scheduler=place.scheduler,
        reading=reading,
        progress=outputs.progress,
    )
    wanted = result.met or (aim.best_effort and result.chosen)
    return _finish(result, out if wanted else None, plot, outputs)


def _finish(result: TuneResult, out: str | None, plot: str | None, outputs: Outputs) -> Status:
    """Write what was found, and tell it."""
    if out is not None:
        save_layer(result.layer, out)
    if plot is not None:
        write_picture(plot, lambda suffix: picture([trade_off_chart(result.search)], suffix))
    outputs.emit(
        lambda top: [*gate_tables(result.requirements, "requirements"), *tune_tables(result, top=top)],
        tune_document(result),
        _verdict(result, out),
    )
    if not result.met:
        _tell_unmet(result, out)
    return Status.DONE if result.met else Status.UNDEFINED


GOOD = (Outcome.LIFTS, Outcome.TRADES, Outcome.SHOWN)
"""After these a layer may be applied."""


def _verdict(result: TuneResult, out: str | None) -> Verdict:
    """The verdict, and the command to run next: it writes the layer, judges it, or applies it."""
    found = tuned(result)
    if out is None:
        return found.unwritten(typed("-o", LAYER) if result.chosen else "") if result.met else found
    after = ["evaluate", "TEST", "--layer", out] if result.test is None else ["apply", out, "NEW", "-o", "OUT"]
    good = result.test is None or found.outcome in GOOD
    return found.followed_by(shlex.join(["classlift", *after]) if result.chosen and good else "", out)


def _tell_unmet(result: TuneResult, out: str | None) -> None:
    """Say on standard error what is not met, and what became of the layer file."""
    if out is not None:
        told = f"{out} is written all the same"
    elif result.chosen:
        told = "nothing was written; name a file with -o"
    else:
        told = "nothing was written; ask for less, or add --best-effort"
    print(f"classlift tune: {printable(result.notes[-1])}\nfix: {printable(told)}.", file=sys.stderr)

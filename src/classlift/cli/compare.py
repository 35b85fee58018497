"""`classlift compare`."""

from __future__ import annotations

import shlex

import click

from classlift.api.compare import compare
from classlift.cli.command import Command
from classlift.cli.numbers import JOBS, SEED
from classlift.cli.options import Outputs, cluster_option, low_fraction_option, output_options, read_options
from classlift.fitting.benchmark import TUNED
from classlift.fitting.tuning import parse_drop
from classlift.fitting.tuning.aim import DEFAULT_DROP
from classlift.kernels.threads import n_threads
from classlift.output.documents import benchmark_document
from classlift.output.tables import benchmark_tables
from classlift.output.verdict import Outcome, benchmarked
from classlift.storage import ReadOptions


@click.command("compare", cls=Command, example="classlift compare val.npz test.npz")
@click.argument("val")
@click.argument("test")
@click.option(
    "--max-total-drop",
    metavar="POINTS",
    default="0.1pp",
    show_default=True,
    help="How far total accuracy may fall: out of fold for `tune`, and on TEST to have a rank.",
)
@low_fraction_option
@click.option("--seed", type=SEED, default=0, show_default=True, help="Seed of the folds.")
@click.option("--jobs", type=JOBS, help="Threads to work in.  [default: all cores]")
@cluster_option
@read_options
@output_options
def command(
    val: str,
    test: str,
    max_total_drop: str,
    low_fraction: float,
    seed: int,
    jobs: int | None,
    reading: ReadOptions,
    outputs: Outputs,
) -> None:
    """Fit every method on VAL with its defaults, tune, and evaluate all of them on TEST in one table.

    The order is made on TEST, so the first of it looks better there than it is.
    """
    drop = parse_drop(max_total_drop)
    result = compare(
        val,
        test,
        max_total_drop=drop,
        low_fraction=low_fraction,
        seed=seed,
        jobs=jobs or n_threads(),
        reading=reading,
        progress=outputs.progress,
    )
    verdict = benchmarked(result)
    if verdict.outcome is Outcome.LIFTS:
        best = result.ranked[0].method
        how = ["fit", val, "--method", best]
        if best == TUNED:
            how = ["tune", val, *([] if drop == DEFAULT_DROP else ["--max-total-drop", max_total_drop])]
        verdict = verdict.followed_by(shlex.join(["classlift", *how, "-o", "LAYER"]))
    outputs.emit(lambda top: benchmark_tables(result), benchmark_document(result), verdict)

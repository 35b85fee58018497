"""`classlift compare`."""

from __future__ import annotations

import click

from classlift.cli.command import Command
from classlift.cli.numbers import JOBS, SEED
from classlift.cli.options import Outputs, low_fraction_option, output_options, read_options
from classlift.engines.cores import available_cores
from classlift.fitting.benchmark import compare
from classlift.output.documents import benchmark_document
from classlift.output.tables import benchmark_tables
from classlift.output.verdict import benchmarked
from classlift.storage import ReadOptions, open_predictions, open_validation


@click.command("compare", cls=Command, example="classlift compare val.npz test.npz")
@click.argument("val")
@click.argument("test")
@low_fraction_option
@click.option("--seed", type=SEED, default=0, show_default=True, help="Seed of the folds.")
@click.option("--jobs", type=JOBS, help="Processes to work in.  [default: all cores]")
@read_options
@output_options
def command(
    val: str, test: str, low_fraction: float, seed: int, jobs: int | None, reading: ReadOptions, outputs: Outputs
) -> None:
    """Fit every method on VAL with its defaults, tune, and evaluate all of them on TEST in one table."""
    result = compare(
        open_validation(val, reading),
        open_predictions(test, reading),
        low_fraction=low_fraction,
        seed=seed,
        jobs=jobs or available_cores(),
    )
    outputs.emit(lambda top: benchmark_tables(result), benchmark_document(result), benchmarked(result))

"""`classlift sweep`."""

from __future__ import annotations

from typing import Any

import click

from classlift.api.sweep import sweep
from classlift.cli.command import Command
from classlift.cli.fit import setting_options
from classlift.cli.numbers import SEED
from classlift.cli.options import Outputs, low_fraction_option, output_options, read_options, write_picture
from classlift.methods import METHODS
from classlift.output.documents.fitted import sweep_document
from classlift.output.tables.benchmark import sweep_tables
from classlift.reports.chart_files import check_picture, picture
from classlift.reports.chart_tuning import sweep_charts
from classlift.storage import ReadOptions


@click.command("sweep", cls=Command, example="classlift sweep val.npz test.npz")
@click.argument("val")
@click.argument("test", required=False)
@click.option("--method", type=click.Choice(list(METHODS)), default="elaborated", show_default=True)
@click.option("--plot", metavar="FILE", help="Draw the curves: .png or .svg; needs the extra `report`.")
@low_fraction_option
@click.option("--seed", type=SEED, default=0, show_default=True, help="Seed of the folds.")
@read_options
@output_options
def command(
    val: str,
    test: str | None,
    method: str,
    plot: str | None,
    low_fraction: float,
    seed: int,
    reading: ReadOptions,
    outputs: Outputs,
    **given: Any,  # noqa: ANN401  (one option per setting of the methods)
) -> None:
    """Vary one setting at a time around the chosen values, out of fold on VAL, and on TEST where it is given."""
    if plot is not None:
        check_picture(plot)
    settings = {name: value for name, value in given.items() if value is not None}
    result = sweep(
        val, test, method=method, settings=settings, low_fraction=low_fraction, seed=seed, reading=reading,
        progress=outputs.progress,
    )  # fmt: skip
    if plot is not None:
        write_picture(plot, lambda suffix: picture(sweep_charts(result.points), suffix))
    outputs.emit(lambda top: sweep_tables(result.points), sweep_document(result))


setting_options(command)

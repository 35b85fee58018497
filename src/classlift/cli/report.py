"""`classlift report`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from classlift.api.report import report
from classlift.cli.command import Command, typed
from classlift.cli.costs import costs_options
from classlift.cli.evaluation_options import shares_option
from classlift.cli.numbers import JOBS, SEED
from classlift.cli.options import Outputs, low_fraction_option, output_options, read_options
from classlift.cli.status import Status
from classlift.kernels.threads import n_threads
from classlift.output.tables.evaluation import figures
from classlift.output.verdict.comparison import compared
from classlift.reports.data import ReportData
from classlift.reports.document import report_document
from classlift.storage import ReadOptions

if TYPE_CHECKING:
    from classlift.data.costs import Costs
    from classlift.data.shares import Shares


@click.command("report", cls=Command, example="classlift report val.npz test.npz --layer layer.npz -o page.html")
@click.argument("val")
@click.argument("test", required=False)
@click.option("-o", "--out", required=True, metavar="PAGE", help="The page: one file, .html.")
@click.option("--layer", metavar="LAYER", help="Explain this layer; without it one is tuned on VAL.")
@click.option(
    "--images", metavar="COLUMN|FOLDER", help="Show pictures of rows: a column of TEST that names image files, "
    "or a folder of images named by the ids or numbers of the rows.",
)  # fmt: skip
@click.option("--plots", metavar="DIR", help="Also write every picture there, as PNG and SVG.")
@click.option("--sweeps/--no-sweeps", default=None, help="Sweep the settings.  [default: where it is quick]")
@click.option(
    "--by", multiple=True, metavar="COLUMN", help="Show each group of rows of TEST, by the values of a column."
)
@shares_option
@costs_options
@low_fraction_option
@click.option("--seed", type=SEED, default=0, show_default=True, help="Seed of the folds.")
@click.option("--jobs", type=JOBS, help="Threads to tune in.  [default: all cores]")
@read_options
@output_options
def command(
    val: str,
    test: str | None,
    out: str,
    layer: str | None,
    images: str | None,
    plots: str | None,
    sweeps: bool | None,
    by: tuple[str, ...],
    shares: Shares | None,
    costs: Costs | None,
    low_fraction: float,
    seed: int,
    jobs: int | None,
    reading: ReadOptions,
    outputs: Outputs,
) -> Status:
    """Explain a layer in one HTML page that needs no network: what it does to TEST, and how it was found on VAL.

    Instead of VAL and TEST give the folder of results of `classlift batch`: all of its runs, side by side.
    """
    result = report(
        val, test, out=out, layer=layer, images=images, plots=plots, sweeps=sweeps, by=by, shares=shares, costs=costs,
        low_fraction=low_fraction, seed=seed, jobs=jobs or n_threads(), reading=reading, command=typed(),
        progress=outputs.progress,
    )  # fmt: skip
    if isinstance(result, ReportData):
        shown = compared(result.comparison, layer or "the tuned layer").followed_by("", out)
        outputs.emit(lambda top: [figures(result.comparison)], report_document(result), shown)
        return Status.DONE
    from classlift.batches.summary import batch_document, batch_tables  # noqa: PLC0415  (0.5 s, only for them)
    from classlift.cli.batch import tell_failed  # noqa: PLC0415

    outputs.emit(lambda top: batch_tables(result), batch_document(result))
    tell_failed(result.gone)
    return Status.COULD_NOT_RUN if result.gone else Status.DONE

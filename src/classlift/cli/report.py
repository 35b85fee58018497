"""`classlift report`."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from classlift.cli.command import Command, typed
from classlift.cli.numbers import JOBS, SEED
from classlift.cli.options import Outputs, low_fraction_option, output_options, read_options
from classlift.cli.pages import check_report, write_page
from classlift.cli.progress import share_bar
from classlift.cli.status import Status
from classlift.errors import ClassliftError
from classlift.fitting.tuning import tune
from classlift.kernels.threads import n_threads
from classlift.output.tables.evaluation import figures
from classlift.output.verdict import compared
from classlift.reports.collect import Collecting, collect
from classlift.reports.data import FileMark, ReportData
from classlift.reports.document import report_document
from classlift.reports.pages import batch_page, layer_page, run_part
from classlift.reports.thumbnails import check_pillow, no_thumbnail, thumbnails
from classlift.storage import ReadOptions, open_predictions
from classlift.storage.digest import digest_behind
from classlift.storage.own.layers import load_layer

if TYPE_CHECKING:
    from classlift.batches.stored import StoredRun
    from classlift.data.source import PredictionSource
    from classlift.layer.layer import OutputLayer
    from classlift.reports.sections_examples import Thumbnail


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
    low_fraction: float,
    seed: int,
    jobs: int | None,
    reading: ReadOptions,
    outputs: Outputs,
) -> Status:
    """Explain a layer in one HTML page that needs no network: what it does to TEST, and how it was found on VAL.

    Instead of VAL and TEST give the folder of results of `classlift batch`: all of its runs, side by side.
    """
    check_report(out, plots)
    if test is None:
        other = layer or images or ", ".join(by) or None
        return _explain_batch(val, out, plots, outputs, other, sweeps=bool(sweeps))
    if images is not None:
        check_pillow()
    known = None if layer is None else load_layer(layer)
    sources = open_predictions(val, reading), open_predictions(test, reading)
    collecting = Collecting(low_fraction, seed, sweeps, by=by)
    report_data = _find(sources, known, collecting, jobs or n_threads(), quiet=outputs.quiet)
    report_data = replace(report_data, files=_marks(val, test, layer), command=typed())
    pictures = no_thumbnail if images is None else _pictures(images, test, report_data)
    write_page(layer_page(report_data, pictures), out, plots)
    shown = compared(report_data.comparison, layer or "the tuned layer").followed_by("", out)
    outputs.emit(lambda top: [figures(report_data.comparison)], report_document(report_data), shown)
    return Status.DONE


def _explain_batch(
    results: str, out: str, plots: str | None, outputs: Outputs, other: str | None, *, sweeps: bool
) -> Status:
    """Make the page of a batch; runs that failed, or whose files are gone, stand in its tables with the reason."""
    from classlift.batches import Outcome, RunState  # noqa: PLC0415  (0.5 s, only for them)
    from classlift.batches.stored import is_results, stored_runs  # noqa: PLC0415
    from classlift.batches.summary import batch_document, batch_tables  # noqa: PLC0415
    from classlift.cli.batch import tell_failed  # noqa: PLC0415

    if not is_results(Path(results)):
        raise ClassliftError("report", f"{results} is not a folder of batch results", fix="give VAL and TEST.")
    if other is not None:
        raise ClassliftError("report", f"a batch takes no {other}", fix="leave out --layer, --images and --by.")
    runs = stored_runs(Path(results))
    parts, gone = [], []
    with share_bar("reading runs", quiet=outputs.quiet) as watch:
        for i, run in enumerate(runs, start=1):
            try:
                if run.outcome.state is RunState.DONE:
                    report_data = replace(_run_findings(run, sweeps=sweeps), command=typed())
                    parts.append(run_part(report_data, no_thumbnail, key=f"run-{i}-", name=run.outcome.name))
            except ClassliftError as error:
                gone.append(Outcome(run.outcome.name, RunState.FAILED, str(error)))
            watch(i / len(runs))
    failed = {outcome.name: outcome for outcome in gone}
    outcomes = [failed.get(run.outcome.name, run.outcome) for run in runs]
    tables = batch_tables(outcomes)
    write_page(batch_page(f"{len(runs)} runs of {results}", parts, tables), out, plots)
    outputs.emit(lambda top: tables, batch_document(results, outcomes))
    tell_failed(gone)
    return Status.COULD_NOT_RUN if gone else Status.DONE


def _run_findings(run: StoredRun, *, sweeps: bool = False) -> ReportData:
    """Find out everything about the layer of a run; on its validation file where it has no test file.

    Raises
    ------
    ClassliftError
        If its files are no longer there.
    """
    from classlift.batches.stored import LAYER  # noqa: PLC0415  (0.5 s, only for them)

    paths = {"validation": run.val, "test": run.test or run.val, "layer": str(run.folder / LAYER)}
    report_data = collect(
        open_predictions(paths["validation"], run.reading),
        open_predictions(paths["test"], run.reading),
        load_layer(paths["layer"]),
        Collecting(run.low_fraction, run.seed, sweeps=sweeps),
    )
    return replace(report_data, files=tuple(FileMark(role, name, digest_behind(name)) for role, name in paths.items()))


def _find(
    sources: tuple[PredictionSource, PredictionSource],
    layer: OutputLayer | None,
    collecting: Collecting,
    jobs: int,
    *,
    quiet: bool,
) -> ReportData:
    val, test = sources
    if layer is None:
        with share_bar("tuning", quiet=quiet) as watch:
            layer = tune(val, low_fraction=collecting.low_fraction, seed=collecting.seed, jobs=jobs, watch=watch).layer
    with share_bar("sweeping", quiet=quiet) as watch:
        return collect(val, test, layer, collecting, watch=watch)


def _marks(val: str, test: str, layer: str | None) -> tuple[FileMark, ...]:
    files = (("validation", val), ("test", test), ("layer", layer))
    return tuple(FileMark(role, name, digest_behind(name)) for role, name in files if name is not None)


def _pictures(images: str, test: str, report_data: ReportData) -> Thumbnail:
    try:
        return thumbnails(images, report_data.flips, (Path(test).parent, Path()))
    except ClassliftError as error:
        raise ClassliftError(f"--images {error.where}", error.problem, fix=error.fix) from None

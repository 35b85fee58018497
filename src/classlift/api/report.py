"""Explain a layer, or a batch of runs, in one page."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from classlift.api.arguments import check_arguments, the_costs, the_layer, the_shares
from classlift.api.progress import unwatched
from classlift.api.where import DEFAULT_READING, opened
from classlift.data import metrics
from classlift.errors import ClassliftError
from classlift.fitting.tuning.tune import tune
from classlift.reports.collect import Collecting, collect
from classlift.reports.data import FileMark, ReportData
from classlift.reports.pages import batch_page, layer_page, run_part
from classlift.reports.thumbnails import check_pillow, no_thumbnail, thumbnails
from classlift.reports.writing import check_report, write_page
from classlift.storage import ReadOptions, open_predictions
from classlift.storage.digest import digest_behind
from classlift.storage.own.layers import load_layer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from classlift.api.arguments import CostsLike, LayerLike, SharesLike
    from classlift.api.progress import Progress
    from classlift.api.where import Where
    from classlift.batches import Batch
    from classlift.batches.stored import StoredRun
    from classlift.reports.sections_examples import Thumbnail

    Path_ = str | os.PathLike[str]


def report(
    val: Where,
    test: Where | None = None,
    *,
    out: Path_,
    layer: LayerLike | None = None,
    images: Path_ | None = None,
    plots: Path_ | None = None,
    sweeps: bool | None = None,
    by: Sequence[str] = (),
    shares: SharesLike | None = None,
    costs: CostsLike | None = None,
    low_fraction: float = metrics.LOW_FRACTION,
    seed: int = 0,
    jobs: int = 1,
    reading: ReadOptions = DEFAULT_READING,
    command: str = "",
    progress: Progress | None = None,
) -> ReportData | Batch:
    """Explain a layer in one HTML page that needs no network; see `classlift report`.

    Parameters
    ----------
    val : path, mapping of arrays, or frame
        Labelled validation predictions; or the folder of results of `batch`, and all of its runs are shown.
    test : path, mapping of arrays, or frame, optional
        Labelled predictions that the layer is judged on; left out for a batch.
    out : path
        The page: .html.
    layer : OutputLayer or path, optional
        What to explain; without it a layer is tuned on `val`.
    images : str or path, optional
        A column of `test` that names image files, or a folder of images named by the ids or numbers of the rows.
    plots : path, optional
        Folder that gets every picture, as PNG and SVG.
    sweeps : bool, optional
        Whether settings are swept; None: where it is quick.
    by : sequence of str
        Carried columns whose values part the rows of `test` into groups.
    shares : mapping of str to float, or path, optional
        Class shares, by class name: the layer is tuned under them, and the page shows figures under them.
    costs : path, mapping of names, frame or array, optional
        What mistakes cost: the tuned layer decides by them, and the page shows what they come to.
    low_fraction : float
        Share of the classes that the low figures are about.
    seed : int
        Seed of the folds.
    jobs : int
        Threads to tune in.
    reading : ReadOptions
        How to read, where it is ambiguous.
    command : str
        How to make the page again, which it shows.
    progress : callable, optional
        Takes what is being done and gives a context whose value is called with the share that is done.

    Returns
    -------
    ReportData or Batch
        What the page was made from.
    """
    check_arguments(out=out, low_fraction=low_fraction, seed=seed, jobs=jobs, reading=reading, by=by)
    pages, pictures_of = os.fspath(out), None if plots is None else os.fspath(plots)
    check_report(pages, pictures_of)
    show = progress or unwatched
    if test is None:
        folder = _results_folder(val)
        given: dict[str, object] = {"--layer": layer, "--images": images, "--by": by or None}
        given |= {"--shares": shares, "--costs": costs}
        other = [name for name, value in given.items() if value is not None]
        if other:
            raise ClassliftError("report", f"a batch takes no {', '.join(other)}", fix=f"leave out {', '.join(other)}.")
        return _explain_batch(folder, pages, pictures_of, command, show, sweeps=bool(sweeps))
    if images is not None:
        check_pillow()
    known = None if layer is None else the_layer(layer)
    how_shown = Collecting(low_fraction, seed, sweeps, by=tuple(by), costs=the_costs(costs), shares=the_shares(shares))
    sources = opened(val, reading), opened(test, reading)
    if known is None:
        with show("tuning") as watch:
            known = tune(
                sources[0], costs=how_shown.costs, shares=how_shown.shares, low_fraction=low_fraction, seed=seed,
                jobs=jobs, watch=watch,
            ).layer  # fmt: skip
    with show("sweeping") as watch:
        found = collect(*sources, known, how_shown, watch=watch)
    found = replace(found, files=_marks(validation=val, test=test, layer=layer), command=command)
    thumbnail = no_thumbnail if images is None else _pictures(os.fspath(images), test, found)
    write_page(layer_page(found, thumbnail), pages, pictures_of)
    return found


def _results_folder(given: object) -> Path:
    """Folder of batch results; ClassliftError of anything else, which needs a test file."""
    from classlift.batches.stored import is_results  # noqa: PLC0415  (0.5 s, only for them)

    if isinstance(given, str | os.PathLike) and is_results(Path(given)):
        return Path(given)
    named = given if isinstance(given, str | os.PathLike) else "what was given"
    raise ClassliftError("report", f"{named} is not a folder of batch results", fix="give VAL and TEST.")


def _explain_batch(results: Path, out: str, plots: str | None, command: str, show: Progress, *, sweeps: bool) -> Batch:
    """Make the page of a batch; runs that failed, or whose files are gone, stand in its tables with the reason."""
    from classlift.batches import Batch, Outcome, RunState  # noqa: PLC0415  (0.5 s, only for them)
    from classlift.batches.stored import stored_runs  # noqa: PLC0415
    from classlift.batches.summary import batch_tables  # noqa: PLC0415

    runs = stored_runs(results)
    parts, gone = [], {}
    with show("reading runs") as watch:
        for i, run in enumerate(runs, start=1):
            name = run.outcome.name
            try:
                if run.outcome.state is RunState.DONE:
                    report_data = replace(_run_findings(run, sweeps=sweeps), command=command)
                    parts.append(run_part(report_data, no_thumbnail, key=f"run-{i}-", name=name))
            except ClassliftError as error:
                gone[name] = Outcome(name, RunState.FAILED, str(error))
            watch(i / len(runs))
    outcomes = tuple(gone.get(run.outcome.name, run.outcome) for run in runs)
    found = Batch(os.fspath(results), outcomes, tuple(gone.values()))
    write_page(batch_page(f"{len(runs)} runs of {found.name}", parts, batch_tables(found)), out, plots)
    return found


def _run_findings(run: StoredRun, *, sweeps: bool) -> ReportData:
    """Find out everything about the layer of a run; on its validation file where it has no test file."""
    paths = {"validation": run.val, "test": run.test or run.val, "layer": run.layer}
    found = collect(
        open_predictions(run.val, run.reading),
        open_predictions(paths["test"], run.reading),
        load_layer(run.layer),
        Collecting(run.low_fraction, run.seed, sweeps=sweeps, shares=the_shares(run.shares)),
    )
    return replace(found, files=_marks(**paths))


def _marks(**given: object) -> tuple[FileMark, ...]:
    """Files that a page depends on, by their role; what is in memory has none."""
    files = {role: os.fspath(name) for role, name in given.items() if isinstance(name, str | os.PathLike)}
    return tuple(FileMark(role, name, digest_behind(name)) for role, name in files.items())


def _pictures(images: str, test: object, found: ReportData) -> Thumbnail:
    beside = [Path(test).parent] if isinstance(test, str | os.PathLike) else []
    try:
        return thumbnails(images, found.flips, (*beside, Path()))
    except ClassliftError as error:
        raise ClassliftError(f"--images {error.where}", error.problem, fix=error.fix) from None

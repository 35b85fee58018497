"""Sections on the layer itself: how it was chosen, the rows it learned from, its numbers, where it comes from."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from classlift._version import __version__
from classlift.data.classes import class_names
from classlift.fitting.tuning.search import Search
from classlift.layer.step import Domain
from classlift.output.tables.benchmark import LOOK, sweep_tables
from classlift.output.tables.figures import gain_value
from classlift.output.tables.inspection import inspection_tables
from classlift.output.tables.layer import stored_layer_tables
from classlift.output.tables.table import Points, Table
from classlift.reports.blocks import Block, Code, Drawing, Grid, Prose, Section
from classlift.reports.chart_layer import parameter_matrix, step_chart
from classlift.reports.chart_rows import histogram_chart
from classlift.reports.chart_tuning import sweep_charts, trade_off_chart

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from classlift.layer.step import AffineStep
    from classlift.output.tables.table import Value
    from classlift.reports.data import ReportData

MOST_LINKS = 12


def trade_off_section(report_data: ReportData) -> Section:
    """Give the candidates of the tuning, and the chosen one."""
    search = Search.of_layer(report_data.layer)
    if search is None:
        told = "This layer has fixed numbers. To see what each gain costs, let classlift tune search."
        return Section("trade-off", "What each gain costs", (Prose((told,)),))
    curve = search.trade_off()
    rows = tuple(
        (
            search.names[i],
            Points(search.total_change[i]),
            gain_value(search.gain[i], is_share=search.is_share),
            ("chosen" if i == search.chosen else "") or ("" if search.allowed[i] else "outside the guard"),
        )
        for i in curve
    )
    columns = ("candidate", "total, change", f"{search.objective}, gain", "")
    lead = "Each dot is a layer that was tried, checked on validation rows that its fit had not seen."
    table = Grid(Table("layers on the trade-off curve", columns, rows), closed=True)
    sentences = tuple((note,) for note in report_data.layer.provenance.get("notes", ()))
    notes = [Grid(Table("notes of the search", ("note",), sentences), closed=True)] if sentences else []
    drawing = Drawing((trade_off_chart(search),))
    return Section("trade-off", "What each gain costs", (Prose((lead,)), drawing, *notes, table))


def rows_section(report_data: ReportData) -> Section:
    """Give the histogram of labelled probabilities with the competitive range."""
    result, title = report_data.validation, "How sure the model is of the right class"
    if result.histogram is None:
        return Section("rows", title, (Prose(("The scores of this file are not probabilities.",)),))
    about: list[Block] = []
    if result.competitive is not None:
        competitive = int(result.competitive.sum())
        about.append(
            Prose(
                (
                    competitive,
                    " of ",
                    result.n_labelled,
                    " labelled validation rows are competitive: their label has a chance, and no class is sure. "
                    "From such rows a layer can learn most.",
                )
            )
        )
    table = Grid(inspection_tables(result)[1], closed=True)
    return Section("rows", title, (*about, Drawing((histogram_chart(result, result.histogram),)), table))


def sweeps_section(report_data: ReportData) -> Section:
    """Give one chart and one table per setting, or say why there are none."""
    sweep, title = report_data.sweep, "What each setting does"
    if isinstance(sweep, str):
        why = f"{sweep[:1].upper()}{sweep[1:]}. See classlift sweep, or give --sweeps."
        return Section("sweeps", title, (Prose((why,)),))
    lead = f"Settings of the method {sweep.method}, one at a time, the others at their values. Note: {LOOK}."
    tables = (Grid(Table(table.title, table.columns, table.rows), closed=True) for table in sweep_tables(sweep.points))
    return Section("sweeps", title, (Prose((lead,)), Drawing(sweep_charts(sweep.points)), *tables))


def matrix_section(report_data: ReportData) -> Section:
    """Give what feeds what: a chart of each step, and the strongest links of full matrices."""
    layer, title = report_data.layer, "What feeds what"
    if not layer.steps:
        return Section("matrix", title, (Prose(("The layer has no step: it is the identity.",)),))
    names = class_names(layer.classes or report_data.comparison.classes, layer.n_classes)
    acting = [(number, step) for number, step in enumerate(layer.steps, start=1) if _acts(step)]
    blocks = [block for number, step in acting for block in _step_blocks(step, names, number)]
    return Section("matrix", title, tuple(blocks))


def _acts(step: AffineStep) -> bool:
    """Whether a step changes scores by more than one number for all."""
    return step.weight is not None or bool(np.ptp(step.bias)) or step.temperature != 1


def _step_blocks(step: AffineStep, names: tuple[str, ...], number: int) -> list[Block]:
    gate = "" if step.maximum_probability is None else f" of rows whose largest is below {step.maximum_probability:g}"
    heat = "" if step.temperature == 1 else f", divided by {step.temperature:.4g}"
    told = f"Step {number} works on the {_SCORES[step.domain]}{gate}{heat}."
    if step.weight is None and not np.ptp(step.bias):
        alike = f"adds {step.bias[0]:.4g} to each" if step.bias[0] else "moves no class against another"
        return [Prose((f"{told} It {alike}: nothing to draw.",))]
    blocks: list[Block] = [Prose((told,)), Drawing((step_chart(step, names, number),))]
    return [*blocks, Grid(_links(parameter_matrix(step), names), closed=True)] if step.is_full else blocks


_SCORES = {
    Domain.PROBABILITY: "probabilities",
    Domain.LOG_PROBABILITY: "logarithms of the probabilities",
    Domain.LOGIT: "logits",
}


def _links(matrix: NDArray[np.float64], names: tuple[str, ...]) -> Table:
    between = matrix[:, :-1].copy()
    np.fill_diagonal(between, 0)
    order = np.argsort(-np.abs(between), axis=None, kind="stable")[:MOST_LINKS]
    found = [(int(k) // len(names), int(k) % len(names)) for k in order]
    rows: tuple[tuple[Value, ...], ...] = tuple(
        (names[source], names[target], float(between[target, source]))
        for target, source in found
        if between[target, source]
    )
    return Table("strongest links between classes", ("score of", "feeds class", "by"), rows)


def provenance_section(report_data: ReportData) -> Section:
    """Give files, hashes, settings, version, and the command that makes the page again."""
    files = tuple((one.role, one.name, one.sha256 or "no file") for one in report_data.files)
    known = stored_layer_tables("layer", report_data.layer)
    blocks: list[Block] = [] if report_data.fitted_on_validation else [Prose((_OTHER_ROWS,))]
    if files:
        blocks.append(Grid(Table("files", ("what", "name", "SHA-256"), files)))
    blocks += [Grid(known[0]), *([Grid(known[1])] if report_data.layer.steps else [])]
    settled = (
        ("classlift", __version__),
        ("seed of the draws", report_data.comparison.resampling.seed),
        ("draws", report_data.comparison.resampling.n_draws),
    )
    blocks.append(Grid(Table("program", ("what", "value"), settled)))
    if report_data.command:
        blocks += [Prose(("To make this page again:",)), Code(report_data.command)]
    return Section("provenance", "Where this comes from", tuple(blocks))


_OTHER_ROWS = "The validation file given here is not the one that the layer was fitted on: its rows are others."

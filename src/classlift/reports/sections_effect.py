"""Sections on the effect of a layer: its numbers, its classes, confusions, classes that it could not help."""

from __future__ import annotations

from typing import TYPE_CHECKING

from classlift.data.metrics import METRICS
from classlift.output.tables.confusion import changed_confusions
from classlift.output.tables.coverage import coverage_tables
from classlift.output.tables.evaluation import classes, figures
from classlift.output.tables.figures import change_cells
from classlift.output.tables.groups import group_tables
from classlift.output.tables.spans import change_span
from classlift.output.tables.table import Share, Table
from classlift.reports.blocks import Drawing, Grid, Prose, Section, Tile, Tiles
from classlift.reports.chart_classes import class_charts
from classlift.reports.chart_coverage import coverage_chart

if TYPE_CHECKING:
    from classlift.evaluation.comparison import Comparison
    from classlift.reports.data import ReportData

MOST_CONFUSIONS = 12

MOST_SHOWN = 25
"""A longer table can be searched, and has a window of its own."""


def numbers_section(report_data: ReportData) -> Section:
    """Give the numbers before and after."""
    result = report_data.comparison
    return Section("numbers", "Before and after", (_tiles(result), Grid(figures(result, "all figures"))))


def _tiles(result: Comparison) -> Tiles:
    low20 = change_span(*result.interval("low20.change")) if result.resampling.n_draws else ""
    total = change_span(*result.interval("total.change"))
    ends = {"low20": low20, "total": total}
    return Tiles(
        tuple(
            Tile(
                METRICS[name].label(result.low_fraction),
                *change_cells(name, *result.values(name)),
                ends.get(name, ""),
            )
            for name in (("cost", *_LARGE[:-1]) if result.counts.after.cost is not None else _LARGE)
        )
    )


_LARGE = ("low20", "total", "worst", "macro_f1")
"""Figures that stand large at the top of a page."""


def groups_sections(report_data: ReportData) -> tuple[Section, ...]:
    """Give the groups of rows, where they were asked for."""
    tables = group_tables(report_data.comparison)
    grids = tuple(Grid(table, sortable=len(table.rows) > MOST_SHOWN) for table in tables)
    return (Section("groups", "Groups of rows", grids),) if grids else ()


def coverage_section(report_data: ReportData) -> Section:
    """Give the accuracy of the surest rows."""
    result = report_data.comparison
    grids = tuple(map(Grid, coverage_tables(result)))
    return Section("coverage", "The surest rows", (Drawing((coverage_chart(result),)), *grids))


def classes_sections(report_data: ReportData) -> tuple[Section, Section]:
    """Give the chart of the classes, and their table."""
    result = report_data.comparison
    charts = tuple(Drawing((chart,)) for chart in class_charts(result))
    return (
        Section("classes", "Every class", charts),
        Section("class-table", "Table of the classes", (Grid(classes(result, None), sortable=True),)),
    )


def confusion_section(report_data: ReportData) -> Section:
    """Give the confusions that changed most."""
    tables = changed_confusions(report_data.comparison, MOST_CONFUSIONS)
    grids = tuple(Grid(table) for table in tables if table.rows)
    nothing = (Prose(("No class is taken for another one more often or less often than before.",)),)
    return Section("confusions", "Confusions that changed most", grids or nothing)


def unhelped_section(report_data: ReportData) -> Section:
    """Give the classes that needed help and did not get it, and why."""
    result, found = report_data.comparison, report_data.unhelped
    if not found:
        every = "Every class below total accuracy, or among the lowest, surely gains: its 95 % interval lies above 0."
        return Section("not-helped", "Classes that could not be helped", (Prose((every,)),))
    before, after = result.counts.before, result.counts.after
    rows = tuple(
        (
            result.classes[one.number],
            int(before.support[one.number]),
            Share(before.recall[one.number]),
            Share(after.recall[one.number]),
            one.reason,
        )
        for one in found
    )
    lead = (
        len(found),
        " of ",
        len(result.classes),
        " classes: below total accuracy, or among the lowest, or without rows, and the 95 % interval of their change "
        "does not lie above 0.",
    )
    table = Table("classes that could not be helped", ("class", "samples", "before", "after", "why"), rows)
    return Section(
        "not-helped", "Classes that could not be helped", (Prose(lead), Grid(table, sortable=len(rows) > MOST_SHOWN))
    )

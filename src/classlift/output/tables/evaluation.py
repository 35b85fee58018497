"""Tables of one result, and of two on the same rows."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from classlift.data.metrics import METRICS
from classlift.output.tables.confusion import comparison_confusions, evaluation_confusions
from classlift.output.tables.coverage import coverage_tables
from classlift.output.tables.figures import change_cells, figure_value, notes_of
from classlift.output.tables.groups import group_tables
from classlift.output.tables.intervals import BEYOND, by_clusters, comparison_footer, evaluation_footer
from classlift.output.tables.spans import OF_ALL_CHANGES, OF_ALL_SHARES, OF_CHANGES, OF_SHARES, change_span, span
from classlift.output.tables.table import Points, Share, Table, Value, shown, without, worst_first

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from classlift.evaluation.comparison import Comparison
    from classlift.evaluation.result import Evaluation

SPANNED = ("total", "low20")
"""Figures whose interval a table shows; the others keep theirs for gates."""


def comparison_tables(result: Comparison, *, top: int | None = None) -> list[Table]:
    """Tables of a comparison: the figures, groups, classes, worst before first (`top` of them), confusions."""
    first = (figures(result), *coverage_tables(result), *group_tables(result, top))
    return [*first, classes(result, top), *comparison_confusions(result, top)]


LOSERS = 6
"""Where a table is cut, one in so many of its rows is kept for the classes that most surely lose."""

DETAILS = ("predicted before", "predicted after", "fixed", "broken")
"""Columns of the classes that are shown on request."""


SHORT = ("total", "low20", "worst", "balanced", "macro_f1", "never_predicted", "nll", "ece")
"""Figures that a first look shows."""


def demo_tables(paper: Comparison, tuned: Comparison, *, top: int | None = None) -> list[Table]:
    """Tables of the demo: the first figures and the classes of the tuned layer; on request all figures of either."""
    first = figures(tuned, "test file, tuned layer (classlift tune)", names=SHORT)
    low, total = (" → ".join(f"{100 * side:.1f}" for side in paper.values(name)) for name in ("low20", "total"))
    papers = f"the paper's numbers (classlift fit): low20 {low} %, total accuracy {total} %."
    return [
        first._replace(footer=(*first.footer, papers)),
        classes(tuned, top),
        figures(tuned, "test file, tuned layer, all figures")._replace(detail=True),
        figures(paper, "test file, layer with the paper's numbers (classlift fit)")._replace(detail=True),
    ]


def evaluation_tables(result: Evaluation, *, top: int | None = None) -> list[Table]:
    """Tables of one result: the figures, the classes, worst first (`top` of them), the confusions."""
    first = (_one_figures(result), *coverage_tables(result), *group_tables(result, top))
    return [*first, _one_classes(result, top), *evaluation_confusions(result, top)]


def _one_figures(result: Evaluation) -> Table:
    drawn = result.resampling.n_draws > 0
    values = {name: result.value(name) for name in METRICS}
    known = [name for name, value in values.items() if not math.isnan(value)]
    rows: list[tuple[Value, ...]] = [
        (
            METRICS[name].label(result.low_fraction),
            figure_value(METRICS[name], values[name]),
            span(*result.interval(name)) if drawn and name in SPANNED else "",
        )
        for name in known
    ]
    rows.append(("labelled rows", result.counts.n_samples, ""))
    columns = ("figure", "value", OF_SHARES)
    explained = notes_of(known, result.low_fraction)
    if not drawn:
        return without(Table(result.name, columns, tuple(rows), result.notes, explained=explained), OF_SHARES)
    explained += evaluation_footer(result)
    footer = (*result.notes, *by_clusters(result))
    return Table(result.name, columns, tuple(rows), footer, explained=explained)


def _one_classes(result: Evaluation, top: int | None) -> Table:
    counts = result.counts
    marks = set(result.lowest_classes.tolist())
    order = worst_first(counts.recall)
    precision, f1 = result.class_values("precision"), result.class_values("f1")
    low, high = result.class_intervals
    rows: list[tuple[Value, ...]] = [
        (
            result.classes[k],
            int(counts.support[k]),
            int(counts.predicted[k]),
            Share(precision[k]),
            Share(counts.recall[k]) if counts.support[k] else "no samples",
            span(low[k], high[k]),
            Share(f1[k]),
            "low20" if k in marks else "",
        )
        for k in order[:top]
    ]
    ends = OF_ALL_SHARES if result.resampling.simultaneous else OF_SHARES
    columns = ("class", "samples", "predicted", "precision", "recall", ends, "F1", "lowest")
    told = shown(len(rows), len(order))
    table = Table("classes, worst first", columns, tuple(rows), told, bars=("recall",))
    return table if result.resampling.n_draws else without(table, ends)


def figures(
    result: Comparison, title: str | None = None, *, intervals: bool = True, names: Iterable[str] = METRICS
) -> Table:
    """Table of figures of a comparison: before, after, change, and its interval unless none was drawn."""
    drawn = intervals and result.resampling.n_draws > 0
    values = {name: result.values(name) for name in names}
    known = [name for name, sides in values.items() if not any(map(math.isnan, sides))]
    rows: list[tuple[Value, ...]] = [
        (
            METRICS[name].label(result.low_fraction),
            *change_cells(name, *values[name]),
            change_span(*result.interval(f"{name}.change")) if drawn and name in SPANNED else "",
        )
        for name in known
    ]
    footer = result.notes
    if result.n_adjusted is not None:
        footer += (f"{result.n_adjusted:,} of {result.counts.before.n_samples:,} rows adjusted.",)
    name, explained = title or result.name, notes_of(known, result.low_fraction)
    columns = ("figure", "before", "after", "change", OF_CHANGES)
    if not drawn:
        return without(Table(name, columns, tuple(rows), footer, explained=explained), OF_CHANGES)
    explained, footer = (*explained, *comparison_footer(result)), (*footer, *by_clusters(result))
    return Table(name, columns, tuple(rows), footer, explained=explained)


def classes(result: Comparison, top: int | None) -> Table:
    """Table of the classes of a comparison, worst before first."""
    before, after = result.counts.before, result.counts.after
    low_before, low_after = set(result.before.lowest_classes.tolist()), set(result.after.lowest_classes.tolist())
    low, high = result.class_intervals
    sure = [("", "rises", "falls")[k] for k in result.beyond_chance]
    order, losers = _class_order(result, high, top)
    rows: list[tuple[Value, ...]] = [
        (
            result.classes[k],
            int(before.support[k]),
            int(before.predicted[k]),
            int(after.predicted[k]),
            Share(before.recall[k]) if before.support[k] else "no samples",
            Share(after.recall[k]) if before.support[k] else "no samples",
            Points(after.recall[k] - before.recall[k]),
            change_span(low[k], high[k]),
            sure[k],
            int(result.counts.fixed[k]),
            int(result.counts.broken[k]),
            " ".join(["before"] * (k in low_before) + ["after"] * (k in low_after)),
        )
        for k in order
    ]
    ends = OF_ALL_CHANGES if result.resampling.simultaneous else OF_CHANGES
    columns = (
        "class",
        "samples",
        "predicted before",
        "predicted after",
        "recall before",
        "recall after",
        "change",
        ends,
        BEYOND,
        "fixed",
        "broken",
        "among the lowest",
    )
    told, bars = shown(len(rows), len(before.recall)), ("recall before", "recall after")
    if losers:
        told = (f"the last {losers} shown are those of the others that most surely lose.", *told)
    table = Table("classes, worst before first", columns, tuple(rows), told, bars, detail_columns=DETAILS)
    return table if result.resampling.n_draws else without(table, ends)


def _class_order(result: Comparison, high: NDArray[np.float64], top: int | None) -> tuple[Sequence[int], int]:
    """Classes to show, worst before first; of a cut table the last ones, here counted, most surely lose."""
    before, after = result.counts.before.recall, result.counts.after.recall
    order = worst_first(before)
    if top is None or top >= len(order):
        return order, 0
    losers = _surest_losers(after - before, high, order[top - top // LOSERS :], top // LOSERS)
    return [*[k for k in order if k not in losers][: top - len(losers)], *losers], len(losers)


def _surest_losers(change: NDArray[np.float64], high: NDArray[np.float64], among: Sequence[int], n: int) -> list[int]:
    """The `n` of some classes whose recall falls with the lowest upper end of its interval, lowest first."""
    return sorted((k for k in among if change[k] < 0), key=lambda k: float(high[k]))[:n]

"""Chart of what is right among the surest rows, by their share."""

from __future__ import annotations

from typing import TYPE_CHECKING

from classlift.data.metrics import METRICS
from classlift.evaluation.coverage import Covered, covered
from classlift.output.render.values import show
from classlift.output.tables.table import Share
from classlift.reports.drawing import Chart, Line, Mark, Role, padded, share_axis

if TYPE_CHECKING:
    from classlift.evaluation.comparison import Comparison

SHARES = tuple(step / 50 for step in range(10, 51))
"""Points of a curve; of fewer rows the lowest classes are left to chance."""

HALF = SHARES.index(0.5)


def coverage_chart(result: Comparison) -> Chart:
    """Total accuracy and that of the lowest classes over the share of rows that are kept, before and after."""
    sides: list[tuple[Role, list[Covered]]] = [
        ("before", covered(result.before, SHARES)),
        ("after", covered(result.after, SHARES)),
    ]
    marks: list[Mark] = []
    for role, found in sides:
        marks.append(Line(SHARES, tuple(one.total for one in found), role, f"total {role}"))
        marks.append(Line(SHARES, tuple(one.low20 for one in found), role, f"low20 {role}", dashed=True))
    every = tuple(value for mark in marks if isinstance(mark, Line) for value in mark.y)
    low, high = padded(every, 0.01)
    (_, before), (_, after) = sides
    label = METRICS["low20"].label(result.low_fraction)
    return Chart(
        "coverage",
        "accuracy of the surest rows",
        f"Of the surest half {show(Share(before[HALF].total))} are right before and {show(Share(after[HALF].total))} "
        f"after; {label}: {show(Share(before[HALF].low20))} and {show(Share(after[HALF].low20))}.",
        share_axis("surest share of the rows", SHARES[0], 1),
        share_axis("accuracy", max(low, 0), min(high, 1)),
        tuple(marks),
    )

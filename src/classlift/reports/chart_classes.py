"""Charts of the classes: every accuracy before and after, with intervals."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from classlift.evaluation.comparison import Comparison
from classlift.evaluation.result import Evaluation
from classlift.output.render.values import show
from classlift.output.tables.table import Points, Share
from classlift.reports.drawing import Axis, Boxes, Chart, Dots, Mark, Numbers, Role, Strokes, places, share_axis

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

MOST_NAMED = 40
"""More classes than this are drawn without their names, and the lowest of them again with names."""

ROW = 22
INTERVALS = "95 % interval"


def class_charts(result: Comparison | Evaluation) -> tuple[Chart, ...]:
    """Charts of all checked classes: with names where there are few; else all of them, and the lowest with names."""
    first = result.before if isinstance(result, Comparison) else result
    accuracy = first.counts.recall
    order = np.argsort(accuracy, kind="stable")[: int((first.counts.support > 0).sum())]
    if len(order) <= MOST_NAMED:
        return (_named(result, order, "classes", "accuracy of every class"),)
    title = f"accuracy of the {MOST_NAMED} classes that are lowest{_before(result)}"
    return (_all(result, order), _named(result, order[:MOST_NAMED], "lowest-classes", title))


def _before(result: Comparison | Evaluation) -> str:
    return " before" if isinstance(result, Comparison) else ""


def _sides(result: Comparison | Evaluation) -> list[tuple[Role, Evaluation]]:
    if isinstance(result, Comparison):
        return [("before", result.before), ("after", result.after)]
    return [("after", result)]


def _numbers(values: Floats) -> Numbers:
    return tuple(values.tolist())


def _named(result: Comparison | Evaluation, order: NDArray[np.intp], name: str, title: str) -> Chart:
    """One row per class: a bar from before to after, a dot and an interval on either side."""
    marks: list[Mark] = []
    sides = _sides(result)
    rows = np.arange(len(order), dtype=np.float64)
    if len(sides) == 2:
        marks += _links(sides[0][1].counts.recall[order], sides[1][1].counts.recall[order], rows)
    for i, (role, side) in enumerate(sides):
        low, high = (end[order] for end in side.recall_intervals())
        y = rows + (i - 0.5) * 0.3 * (len(sides) - 1)
        marks.append(Strokes(_numbers(low), _numbers(y), _numbers(high), _numbers(y), role, width=1.2))
        texts = tuple(
            f"{result.classes[k]}: {role + ' ' if len(sides) == 2 else ''}{show(Share(side.counts.recall[k]))}, "
            f"{INTERVALS} {show(Share(low[n]))} to {show(Share(high[n]))}"
            for n, k in enumerate(order.tolist())
        )
        legend = f"{role if len(sides) == 2 else 'accuracy'}, with its {INTERVALS}"
        marks.append(Dots(_numbers(side.counts.recall[order]), _numbers(y), role, legend, 4.2, texts))
    ticks = tuple((float(n), result.classes[k]) for n, k in enumerate(order.tolist()))
    axis = Axis("", len(order) - 0.4, -0.6, ticks, names=True)
    return Chart(
        name, title, _words(result, order), share_axis("accuracy"), axis, tuple(marks), height=ROW * len(order) + 8
    )


def _links(before: Floats, after: Floats, rows: Floats) -> list[Mark]:
    """Bars between before and after, those that rise apart from those that fall."""
    found: list[Mark] = []
    kinds: list[tuple[NDArray[np.bool_], Role, str]] = [
        (after > before, "gain", "rises"),
        (after < before, "loss", "falls"),
    ]
    for mask, role, legend in kinds:
        if mask.any():
            x0, x1 = (_numbers(f(before[mask], after[mask])) for f in (np.minimum, np.maximum))
            y0, y1 = (_numbers(rows[mask] + shift) for shift in (-0.3, 0.3))
            found.append(Boxes(x0, y0, x1, y1, role, legend, (0.22,) * len(x0)))
    return found


def _all(result: Comparison | Evaluation, order: NDArray[np.intp]) -> Chart:
    """One column per class, by accuracy before: the intervals as hair lines, dots for either side."""
    marks: list[Mark] = []
    x = np.arange(len(order), dtype=np.float64)
    for role, side in _sides(result):
        low, high = (end[order] for end in side.recall_intervals())
        if role == "after":
            marks.append(Strokes(_numbers(x), _numbers(low), _numbers(x), _numbers(high), "band", INTERVALS, 0.8))
        legend = role if isinstance(result, Comparison) else "accuracy"
        marks.append(Dots(_numbers(x), _numbers(side.counts.recall[order]), role, legend, 1.7))
    ticks = tuple((at, f"{at:g}") for at in places(0, len(order)))
    axis = Axis(f"classes, by their accuracy{_before(result)}", -1, len(order), ticks)
    return Chart(
        "all-classes",
        f"accuracy of all {len(order):,} classes",
        _words(result, order),
        axis,
        share_axis("accuracy"),
        tuple(marks),
        height=320,
    )


def _words(result: Comparison | Evaluation, order: NDArray[np.intp]) -> str:
    """Say what is to be seen."""
    if not isinstance(result, Comparison):
        low, high = (show(Share(result.counts.recall[k])) for k in (order[0], order[-1]))
        return f"Accuracies from {low} to {high}."
    change = result.after.counts.recall[order] - result.before.counts.recall[order]
    sure = result.beyond_chance[order]
    rise, fall = int((sure > 0).sum()), int((sure < 0).sum())
    if not change.any():
        return "No class changes."
    most, least = order[change.argmax()], order[change.argmin()]
    return (
        f"Beyond chance {rise:,} of {len(order):,} classes rise and {fall:,} fall; most {result.classes[most]} "
        f"({show(Points(change.max()))}), least {result.classes[least]} ({show(Points(change.min()))}). "
        "The table of classes holds all numbers."
    )

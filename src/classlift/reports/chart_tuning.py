"""Charts of what was tried: the trade-off of a tuning, and the curves of a sweep [Choi 2017, Fig. 3]."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from classlift.output.render.values import show
from classlift.output.tables.figures import gain_value
from classlift.output.tables.table import Points
from classlift.reports.drawing import Axis, Chart, Dots, Line, Mark, Role, Rule, number_axis, points_axis

if TYPE_CHECKING:
    from classlift.evaluation.comparison import Comparison
    from classlift.fitting.sweep import SweepPoint
    from classlift.fitting.tuning.search import Search


def trade_off_chart(search: Search) -> Chart:
    """All candidates, total accuracy against the objective, the trade-off curve, the guard and the chosen one."""
    total, gain, curve, chosen = search.total_change, search.gain, search.trade_off(), search.chosen
    texts = tuple(
        f"{name}: total {show(Points(t))}, {search.objective} {show(gain_value(g, is_share=search.is_share))}"
        for name, t, g in zip(search.names, total.tolist(), gain.tolist(), strict=True)
    )
    points = search.max_total_drop * 100
    marks: list[Mark] = [
        Rule("x", -search.max_total_drop, "guard", f"guard: total accuracy may fall by {points:g} pp"),
        Dots(tuple(total.tolist()), tuple(gain.tolist()), "muted", "candidates", 3.0, texts),
        Line(tuple(total[curve].tolist()), tuple(gain[curve].tolist()), "after", "trade-off"),
        Dots((float(total[chosen]),), (float(gain[chosen]),), "chosen", "chosen", 7.0, (texts[chosen],)),
    ]
    about = (
        f"{len(search.names)} candidates, {int(search.allowed.sum())} of them hold the guard and gain. "
        f"Chosen: {texts[chosen]}."
    )
    return Chart(
        "trade-off",
        "what each gain costs, out of fold",
        about,
        points_axis("change of total accuracy", (*total.tolist(), -search.max_total_drop)),
        (points_axis if search.is_share else number_axis)(f"gain in {search.objective}", tuple(gain.tolist())),
        tuple(marks),
        height=300,
    )


def sweep_charts(points: Sequence[SweepPoint]) -> tuple[Chart, ...]:
    """One chart per setting: change of total accuracy and of the lowest classes over its values."""
    names = list(dict.fromkeys(point.setting for point in points))
    return tuple(_setting(name, [point for point in points if point.setting == name]) for name in names)


def _setting(name: str, points: Sequence[SweepPoint]) -> Chart:
    """Values stand side by side, as they differ by orders of magnitude."""
    lines = [("out of fold", False, [point.out_of_fold for point in points])]
    if points[0].test is not None:
        lines.append(("test (a look)", True, [point.test for point in points if point.test is not None]))
    x = tuple(float(i) for i in range(len(points)))
    marks: list[Mark] = []
    for label, dashed, results in lines:
        curves: list[tuple[Role, str, tuple[float, ...]]] = [
            ("before", "total", _total(results)),
            ("after", "lowest (low20)", _low20(results)),
        ]
        for role, what, values in curves:
            marks += [Line(x, values, role, f"{what}, {label}", dashed), Dots(x, values, role, size=2.5)]
    chosen = next(i for i, point in enumerate(points) if point.chosen)
    every = tuple(value for mark in marks if isinstance(mark, Line) for value in mark.y)
    ticks = tuple((float(i), f"{point.value:g}") for i, point in enumerate(points))
    shown = name.replace("_", " ")
    low20 = _low20(lines[0][2])
    best = points[int(np.argmax(low20))]
    return Chart(
        f"sweep-{name.replace('_', '-')}",
        f"{shown}: the other settings keep their values",
        f"Out of fold the lowest classes gain most at {shown} {best.value:g} ({show(Points(max(low20)))}).",
        Axis(shown, -0.3, len(points) - 0.7, ticks),
        points_axis("change", every),
        (Rule("x", float(chosen), "chosen", "the value that the others are swept at"), *marks),
        height=200,
    )


def _total(results: Sequence[Comparison]) -> tuple[float, ...]:
    return tuple(result.change("total") for result in results)


def _low20(results: Sequence[Comparison]) -> tuple[float, ...]:
    return tuple(result.change("low20") for result in results)

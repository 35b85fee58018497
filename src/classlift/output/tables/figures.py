"""Figures of results as rows of a table; titles, units and directions are those of METRICS."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from classlift.data.metrics import METRICS, Metric, Unit
from classlift.output.tables.table import Change, CountChange, Points, Share, Value

if TYPE_CHECKING:
    from collections.abc import Iterable

    from classlift.evaluation.comparison import Comparison

DIGITS = 6
"""Of a score."""


def figure_value(metric: Metric, value: float) -> Value:
    """Value of a figure, typed by its unit; None where it is not known."""
    if math.isnan(value):
        return None
    match metric.unit:
        case Unit.SHARE:
            return Share(value)
        case Unit.COUNT:
            return int(value)
        case Unit.SCORE:
            return round(value, DIGITS)


def figure_change(metric: Metric, before: float, after: float) -> Value:
    """Change of a figure, typed by its unit and direction; None where it is not known."""
    change = after - before
    if math.isnan(change):
        return None
    match metric.unit:
        case Unit.SHARE:
            return Points(change, metric.better)
        case Unit.COUNT:
            return CountChange(int(change), metric.better)
        case Unit.SCORE:
            return Change(round(change, DIGITS), metric.better)


def gain_value(gain: float, *, is_share: bool) -> Value:
    """A gain of an objective: points of a share, else a plain number."""
    return Points(gain) if is_share else Change(round(float(gain), DIGITS))


def change_cells(name: str, before: float, after: float) -> tuple[Value, Value, Value]:
    """Cells of a figure before, after, and of its change."""
    metric = METRICS[name]
    return figure_value(metric, before), figure_value(metric, after), figure_change(metric, before, after)


def change_of(result: Comparison, name: str) -> Value:
    """Change of a figure as a cell."""
    return figure_change(METRICS[name], *result.values(name))


def notes_of(names: Iterable[str], low_fraction: float) -> tuple[str, ...]:
    """Sentences on figures."""
    notes = (METRICS[name].note for name in names)
    return tuple(note.format(low=f"{100 * low_fraction:g}") for note in notes if note)

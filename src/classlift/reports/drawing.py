"""What charts are made of: axes and marks in the units of the data, without colours; a chart_*.py makes each chart."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

Role = Literal["before", "after", "gain", "loss", "muted", "chosen", "guard", "band"]
"""What a mark stands for; the page and the files give each role one colour."""

Numbers = tuple[float, ...]
Ticks = tuple[tuple[float, str], ...]


@dataclass(frozen=True)
class Axis:
    """One direction.

    Parameters
    ----------
    label : str
        What it shows, with its unit.
    low, high : float
        Ends.
    ticks : tuple of (float, str)
        Places and their texts.
    names : bool
        Whether the ticks are names of classes rather than numbers.
    """

    label: str
    low: float
    high: float
    ticks: Ticks
    names: bool = False


@dataclass(frozen=True)
class Dots:
    """Points, with a text for each where there are few."""

    x: Numbers
    y: Numbers
    role: Role
    legend: str = ""
    size: float = 4.0
    titles: tuple[str, ...] = ()


@dataclass(frozen=True)
class Line:
    """A line through points."""

    x: Numbers
    y: Numbers
    role: Role
    legend: str = ""
    dashed: bool = False


@dataclass(frozen=True)
class Strokes:
    """Straight pieces, each from (x0, y0) to (x1, y1)."""

    x0: Numbers
    y0: Numbers
    x1: Numbers
    y1: Numbers
    role: Role
    legend: str = ""
    width: float = 1.0


@dataclass(frozen=True)
class Boxes:
    """Filled rectangles; `strength` (0 to 1) says how much of the colour each has."""

    x0: Numbers
    y0: Numbers
    x1: Numbers
    y1: Numbers
    role: Role
    legend: str = ""
    strength: Numbers = ()
    titles: tuple[str, ...] = ()


@dataclass(frozen=True)
class Rule:
    """A line across the chart at one place of an axis."""

    along: Literal["x", "y"]
    at: float
    role: Role
    legend: str = ""


Mark = Dots | Line | Strokes | Boxes | Rule


@dataclass(frozen=True)
class Chart:
    """A picture before it is drawn.

    Parameters
    ----------
    name : str
        Stem of a file name.
    title : str
        What it shows.
    about : str
        What is to be seen in it, in words, for those who cannot look.
    x, y : Axis
        Axes; y grows upwards, or downwards where its `low` is above its `high`.
    marks : tuple of Mark
        Later ones lie on top.
    height : int
        Of the field of the marks, in the same unit as text of size 12.
    """

    name: str
    title: str
    about: str
    x: Axis
    y: Axis
    marks: tuple[Mark, ...]
    height: int = 260

    def legend(self) -> tuple[Mark, ...]:
        """Marks that need a word of explanation, each explanation once."""
        return tuple({mark.legend: mark for mark in self.marks if mark.legend}.values())


def share_axis(label: str, low: float = 0.0, high: float = 1.0) -> Axis:
    """Give an axis of fractions that people read in per cent."""
    ticks = tuple((at, f"{at * 100:.12g}") for at in places(low, high))
    return Axis(f"{label}, %", low, high, ticks)


def points_axis(label: str, values: Numbers) -> Axis:
    """Give an axis of changes in percentage points that holds all values and 0."""
    low, high = padded((*values, 0.0), 0.002)
    ticks = tuple((at, f"{at * 100:+.12g}" if at else "0") for at in places(low, high))
    return Axis(f"{label}, points", low, high, ticks)


def number_axis(label: str, values: Numbers) -> Axis:
    """Give an axis of plain numbers that holds all values and 0."""
    most = max(map(abs, values), default=0.0) or 1.0
    low, high = padded((*values, 0.0), most * 1e-3)
    return Axis(label, low, high, tuple((at, f"{at:.12g}") for at in places(low, high)))


def padded(values: Numbers, least: float) -> tuple[float, float]:
    """Ends around values, with some room."""
    low, high = min(values), max(values)
    room = max((high - low) * 0.06, least)
    return low - room, high + room


def places(low: float, high: float, about: int = 5) -> list[float]:
    """Round numbers between two ends, about as many as asked."""
    raw = (high - low) / about
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(power * factor for factor in (1, 2, 2.5, 5, 10) if power * factor >= raw * 0.999)
    first = math.ceil(low / step - 1e-9)
    return [round(i * step, 12) + 0.0 for i in range(first, math.floor(high / step + 1e-9) + 1)]


def shortened(text: str, room: int) -> str:
    """Leave out the middle of a text that is longer than `room`: names often differ at their ends."""
    if len(text) <= room:
        return text
    tail = (room - 1) // 2
    return f"{text[: room - 1 - tail]}…{text[len(text) - tail :]}"

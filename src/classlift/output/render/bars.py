"""Small bars for a terminal: how high a share is, and how far it moved."""

from __future__ import annotations

import math
from typing import NamedTuple

WIDTH = 12


class Part(NamedTuple):
    """A piece of a bar and its style."""

    text: str
    style: str


class Signs(NamedTuple):
    """What bars are made of: what stays, what was gained, what was lost, and nothing."""

    kept: str
    gained: str
    lost: str
    empty: str


LINES = Signs("━", "═", "┄", " ")
ASCII = Signs("#", "+", "-", " ")


def bar(before: float, after: float, signs: Signs) -> list[Part]:
    """Draw a share that goes from `before` to `after`; no bar where either is not known.

    Parameters
    ----------
    before, after : float
        Fractions.
    signs : Signs
        What to draw with.
    """
    if math.isnan(before) or math.isnan(after):
        return []
    old, new = (math.floor(min(max(value, 0.0), 1.0) * WIDTH + 0.5) for value in (before, after))
    moved = Part(signs.gained * (new - old), "green") if new > old else Part(signs.lost * (old - new), "red")
    rest = Part(signs.empty * (WIDTH - max(old, new)), "")
    return [Part(signs.kept * min(old, new), ""), moved, rest]

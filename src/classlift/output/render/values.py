"""How people read a value: per cent, points, counts, numbers."""

from __future__ import annotations

import math

from classlift.output.printable import printable
from classlift.output.tables.table import Points, Share, Value

UNKNOWN = "–"


def show(value: Value) -> str:
    """Write a value for people."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return UNKNOWN
    if isinstance(value, str):
        return printable(value)
    if isinstance(value, Points):
        return f"{value * 100:+z.2f} pp"
    if isinstance(value, Share):
        return f"{value * 100:.2f} %"
    if isinstance(value, int):
        return f"{value:,}"
    return f"{value:.6g}"

"""How tables write the two ends of an interval."""

from __future__ import annotations

import math

from classlift.evaluation.options import CONFIDENCE

LEVEL = f"{CONFIDENCE * 100:g}%"
OF_SHARES = f"{LEVEL} interval (%)"
OF_CHANGES = f"{LEVEL} interval (pp)"

OF_ALL_SHARES, OF_ALL_CHANGES = f"{LEVEL} interval of all (%)", f"{LEVEL} interval of all (pp)"


def span(low: float, high: float) -> str:
    """Write an interval of a share in per cent; nothing where it is not known."""
    return "" if math.isnan(low) else f"[{low * 100:.1f}, {high * 100:.1f}]"


def change_span(low: float, high: float) -> str:
    """Write an interval of a change in points; nothing where it is not known."""
    if low == high == 0:
        return "no change"
    return "" if math.isnan(low) else f"[{low * 100:+z.1f}, {high * 100:+z.1f}]"

"""How tables write intervals, and the sentences that say what they are."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from classlift.evaluation.uncertainty import CONFIDENCE

if TYPE_CHECKING:
    from classlift.evaluation import Comparison, Evaluation
    from classlift.intervals import Draws

LEVEL = f"{CONFIDENCE * 100:g}%"
OF_SHARES = f"{LEVEL} interval (%)"
OF_CHANGES = f"{LEVEL} interval (pp)"

FEW_ROWS = 20
"""With fewer rows in a class than this a table says so."""

COVERED = "93 to 97 %, with equal classes up to 99 %"
FELL_SHORT = "less where the layer changes classes of near-equal accuracy at random (80 %)"


def span(low: float, high: float) -> str:
    """Write an interval of a share in per cent; nothing where it is not known."""
    return "" if math.isnan(low) else f"[{low * 100:.1f}, {high * 100:.1f}]"


def change_span(low: float, high: float) -> str:
    """Write an interval of a change in points; nothing where it is not known."""
    return "" if math.isnan(low) else f"[{low * 100:+.1f}, {high * 100:+.1f}]"


def evaluation_footer(result: Evaluation) -> tuple[str, ...]:
    """What the intervals of one result are, and what they cover."""
    return (
        "intervals: total and classes by Wilson's score method.",
        f"{_drawn(result, result.low_draws, '{:.1f} %')} In simulations it covered 93 % or more (README, honest "
        f"statistics).{_few(int(min(_supports(result), default=0)))}",
    )


def comparison_footer(result: Comparison) -> tuple[str, ...]:
    """What the intervals of a change are, and what they cover."""
    return (
        f"intervals: total and classes by Tango's score method for paired rows; exact McNemar test of rows mended "
        f"and broken: p = {result.mcnemar:.3g}.",
        f"{_drawn(result, result.low_change_draws, '{:+.1f} pp')} In simulations it covered {COVERED}; {FELL_SHORT} "
        f"(README, honest statistics).{_few(int(min(_supports(result.before), default=0)))}",
    )


def _drawn(result: Evaluation | Comparison, draws: Draws, form: str) -> str:
    drawn = result.resampling
    return (
        f"own: {drawn.n_draws:,} draws (seed {drawn.seed}) that choose the lowest classes again and draw those that "
        f"are low by chance back towards the others: its middle is {form.format(draws.estimate * 100)}."
    )


def _supports(result: Evaluation) -> list[int]:
    return [n for n in result.counts.support.tolist() if n]


def _few(smallest: int) -> str:
    return f" A class has {smallest} rows: too few to say much." if smallest < FEW_ROWS else ""

"""Draws of a figure, and the ends that they give."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from classlift.intervals.proportions import Interval

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Draws:
    """Draws of a figure, and the weightings whose quantiles give its ends.

    Parameters
    ----------
    values : ndarray of float64, shape (n_draws,)
        Draws, in ascending order.
    weightings : tuple of (ndarray of float64, float)
        Weights of the draws, and a factor of the tail that is cut off; the widest ends count.
    """

    values: Floats
    weightings: tuple[tuple[Floats, float], ...]

    @property
    def estimate(self) -> float:
        """Median of the draws: the figure, corrected for the choice of the lowest classes."""
        n = len(self.values)
        return float(self.values[(n - 1) // 2 : n // 2 + 1].mean()) if n else float("nan")

    def widened(self, variance: float) -> Draws:
        """Draws with so much more variance, by which they lie farther from their middle."""
        spread = float(self.values.var()) if len(self.values) else 0.0
        if not variance or not spread:
            return self
        factor = np.sqrt(1 + variance / spread)
        return Draws(self.estimate + factor * (self.values - self.estimate), self.weightings)

    def interval(self, confidence: float = 0.95) -> Interval:
        """Ends of the interval; each single end holds with ``(1 + confidence) / 2``."""
        if not len(self.values):
            return Interval(float("nan"), float("nan"))
        lows, highs = [], []
        for weights, factor in self.weightings:
            tail = (1 - confidence) / 2 * factor
            at = (np.cumsum(weights) - 0.5 * weights) / weights.sum()
            lows.append(np.interp(tail, at, self.values))
            highs.append(np.interp(1 - tail, at, self.values))
        return Interval(float(min(lows)), float(max(highs)))

"""Intervals of shares of rows that are weighted by their class, so that classes have other shares than in the file."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from classlift.intervals.proportions import Interval, tango_difference, wilson

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

DRAWN_TO_ALL = 2.0
"""So many rows of the mean of all classes are added to a class where its variance is estimated."""


def weighted_share(hits: Floats, n: Floats, shares: Floats, *, confidence: float = 0.95) -> Interval:
    """Interval of ``sum_k share_k hits_k / n_k``: Wilson's, with as many rows as give the same variance.

    Parameters
    ----------
    hits, n, shares : ndarray, shape (n_classes,)
        Rows that count, all rows, and the share of each class; shares of classes with rows sum to 1.
    confidence : float
        What the interval claims to cover.

    Returns
    -------
    Interval

    Notes
    -----
    Rows in number as in Korn and Graubard 1998, Survey Methodology 24, 193-201: ``p (1 - p) / variance``, with the
    variance within classes.

    Examples
    --------
    >>> low, high = weighted_share(np.array([90, 5]), np.array([100, 10]), np.array([0.5, 0.5]))
    >>> round(low, 3), round(high, 3)
    (0.528, 0.829)
    """
    share = _mean(hits, n, shares)
    rows = _effective_rows(hits, n, shares)
    low, high = wilson(share * rows, rows, confidence=confidence)
    return Interval(float(low), float(high))


def weighted_change(broken: Floats, fixed: Floats, n: Floats, shares: Floats, *, confidence: float = 0.95) -> Interval:
    """Interval of ``sum_k share_k (fixed_k - broken_k) / n_k``: Tango's, with as many rows; see `weighted_share`."""
    rows = _effective_rows(broken + fixed, n, shares)
    down, up = (_mean(part, n, shares) * rows for part in (broken, fixed))
    low, high = tango_difference(down, up, rows, confidence=confidence)
    return Interval(float(low), float(high))


def _mean(hits: Floats, n: Floats, shares: Floats) -> float:
    return float((shares * hits / np.maximum(n, 1)).sum())


def _effective_rows(hits: Floats, n: Floats, shares: Floats) -> float:
    """Rows of equal weight with the variance of the weighted mean; no more than with one variance in all classes."""
    overall = _mean(hits, n, shares)
    each = (hits + DRAWN_TO_ALL * overall) / (n + DRAWN_TO_ALL)
    spread = shares**2 / np.maximum(n, 1)
    variance = float((spread * each * (1 - each)).sum())
    most = float(1 / spread.sum())
    return min(most, overall * (1 - overall) / variance) if variance > 0 else most

"""Lower bound of the mean recall of the lowest classes, which draws no class towards the others."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from classlift.intervals.low_share import LowShare, chunks, ratio

if TYPE_CHECKING:
    from numpy.typing import NDArray


def low_share_floor(
    right: NDArray[np.number],
    support: NDArray[np.number],
    low: LowShare,
    confidence: float,
    *,
    n_draws: int = 2000,
    seed: int = 0,
) -> float:
    """Lower bound of the mean recall of the lowest classes, from draws of each class on its own.

    Each recall is drawn from beta(x, n - x + 1), whose quantiles are the exact lower bounds of Clopper and Pearson, and
    the lowest classes are chosen again in each draw (with the prior of Jeffreys, 7.5 % of files pass where 5 % should).
    Nothing draws a low class towards the others: the bound is too low where classes are alike, and holds where a few
    are far below all others, where that of `low_share_draws` holds too seldom.

    Parameters
    ----------
    right, support : ndarray, shape (n_classes,)
        Rows predicted right, and rows, of each class; every class has rows.
    low : LowShare
        The lowest classes.
    confidence : float
        Of the one-sided bound.
    n_draws : int
        How many draws.
    seed : int
        Seed of the draws.

    Returns
    -------
    float

    Examples
    --------
    >>> low = low_share_floor(np.array([15, 45, 46]), np.full(3, 50), LowShare(1), 0.95)
    >>> bool(0.15 < low < 15 / 50)
    True
    """
    rng, values = np.random.default_rng(seed), np.empty(n_draws)
    hits, misses = right.astype(np.float32), (support - right + 1).astype(np.float32)
    for rows in chunks(n_draws, len(support)):
        shape = (len(values[rows]), len(support))
        recall, rest = (rng.standard_gamma(part, shape, dtype=np.float32) for part in (hits, misses))
        values[rows] = low.of(ratio(recall, recall + rest))
    return float(np.quantile(values, 1 - confidence))

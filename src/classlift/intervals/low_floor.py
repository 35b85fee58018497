"""Lower bounds of the lowest classes that do not take them for alike where that would be too kind."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from classlift.intervals.draws import Draws
from classlift.intervals.low_share import LowShare, chunks, gamma, ratio, recall_priors, with_half_rows

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


def low_share_move_draws(cells: NDArray[np.number], low: LowShare, *, n_draws: int = 2000, seed: int = 0) -> Draws:
    """Draw the change of the mean recall of the lowest classes from how far each class moved, for a lower bound.

    Recalls before are drawn as by `low_share_draws`; the move of each class is drawn on its own and added. Where equal
    classes are moved at random, the lowest of them before are lowest by noise, and counts hide that moves lower the
    lowest: `low_share_change_draws` then promises too much, in up to 43 % of files where 5 % are claimed.

    Parameters
    ----------
    cells : ndarray, shape (n_classes, 4)
        Rows right in both, broken, fixed, wrong in both; every class has rows.
    low : LowShare
        The lowest classes.
    n_draws : int
        How many draws.
    seed : int
        Seed of the draws.

    Returns
    -------
    Draws

    Examples
    --------
    >>> cells = np.array([[76, 4, 4, 16]] * 5 + [[78, 2, 8, 12], [72, 8, 2, 18]])
    >>> low, _ = low_share_move_draws(cells, LowShare(1)).interval()
    >>> bool(low < -0.06)
    True
    """
    counts = with_half_rows(cells)
    support, right = counts.sum(axis=1), counts[:, 0] + counts[:, 1]
    rng, values = np.random.default_rng(seed), np.empty(n_draws)
    priors = recall_priors(right, support, rng, n_draws)
    hits, misses, parts = right.astype(np.float32), (support - right).astype(np.float32), counts.T.astype(np.float32)
    for rows in chunks(n_draws, len(counts)):
        strength, mean = priors.of(rows)
        recall = gamma(rng, strength * mean + hits)
        recall = ratio(recall, recall + gamma(rng, strength * (1 - mean) + misses))
        kept, broken, fixed, wrong = (gamma(rng, np.broadcast_to(part, recall.shape)) for part in parts)
        moved = np.clip(recall + ratio(fixed - broken, kept + broken + fixed + wrong), 0, 1)
        values[rows] = low.of(moved) - low.of(recall)
    return Draws(np.sort(values), ((np.ones(n_draws), 1.0),))

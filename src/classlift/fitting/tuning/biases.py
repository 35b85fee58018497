"""Biases that lift the expected accuracy of the lowest classes, for all strengths and folds of a first step."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from classlift.fitting.tuning.field import Field, Game
from classlift.fitting.tuning.smooth import recall_error, smooth_weights

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Labels = NDArray[np.int64]

MOST_ROUNDS = 30
SETTLED = 0.005
"""Weights that move by less in sum have settled: with unsettled ones the layers of the folds differ by points."""

AROUND = 0.25
"""Nats around the present biases within which rows are looked at."""

FLATTEST = 0.02
"""Least standard error of a recall in the weights, so that they move smoothly."""


class CrossFitted(NamedTuple):
    """Rows whose log-probabilities come from fits that have not seen them.

    log_p : calibrated, shape (n_samples, n_classes); labels, fold : shape (n_samples,), folds in 0..n_folds-1.
    """

    log_p: NDArray[np.floating]
    labels: Labels
    fold: Labels
    n_folds: int


def biases(rows: CrossFitted, strengths: Sequence[float], m: int, base: Floats) -> Floats:
    """Biases without the rows of each fold in turn and, last, those of all rows.

    For strength s the bias is ``b_k = log((1 - s) base_k + s q_k / pi_k)``, where the q_k are the derivative of the
    expected mean recall of the m lowest classes, found by ``q += (new - q) / (1 + t)`` until it settles; strengths are
    taken falling, each started where the one before settled.

    Parameters
    ----------
    rows : CrossFitted
        Log-probabilities, labels and folds.
    strengths : sequence of float
        Shares of the weight that the lowest classes get.
    m : int
        Number of lowest classes.
    base : ndarray of float64, shape (n_classes,)
        Wanted shares of the classes over those of the rows; 1 where they are the same.

    Returns
    -------
    ndarray of float64, shape (n_strengths, n_folds + 1, n_classes)
    """
    n_classes, parts = rows.log_p.shape[1], range(rows.n_folds + 1)
    found = np.zeros((len(strengths), len(parts), n_classes))
    if not len(strengths):
        return found
    support = np.stack([np.bincount(rows.labels[rows.fold != part], minlength=n_classes) for part in parts])
    seen = support > 0
    weights = seen / seen.sum(-1, keepdims=True)
    most = np.maximum(1 / m, weights.max()) / _shares(support).min(axis=0)
    field = Field.of(rows.log_p, rows.labels, rows.fold, rows.n_folds, *_bounds(max(strengths), most, base))
    for turn, at in enumerate(np.argsort(strengths)[::-1].tolist()):
        if turn:
            field = field.narrowed(*_bounds(strengths[at], most, base))
        found[at] = _ascend(field, m, strengths[at], base, weights, 1 if turn else 0)
    return found


def _shares(support: NDArray[np.number]) -> Floats:
    """Shares of the classes among the rows of each part; a class without rows counts as half a row."""
    return np.asarray(np.maximum(support, 0.5) / support.sum(-1, keepdims=True))


def _bounds(strength: float, most: Floats, base: Floats) -> tuple[Floats, Floats]:
    """Lowest and highest bias that a strength can give to each class; `most` is its largest weight over its share."""
    low = (1 - strength) * base
    return np.log(low), np.log(low + strength * most)


def _ascend(field: Field, m: int, strength: float, base: Floats, weights: Floats, start: int) -> Floats:
    """Biases of all parts, each until it settles; `weights`, shape (n_parts, n_classes), is changed.

    Of the field only what biases near the present ones could move is looked at; where they leave that, it is looked
    at anew.
    """
    support = field.sums.without_each().support
    prior = _shares(support)
    absent, live = support == 0, np.ones(len(support), bool)

    def bias() -> Floats:
        return np.asarray(np.log((1 - strength) * base + strength * weights / prior))

    low = high = np.full(len(base), np.nan)
    for t in range(start, start + MOST_ROUNDS):
        now = bias()
        if not ((now >= low) & (now <= high)).all():
            low, high = now.min(axis=0) - AROUND, now.max(axis=0) + AROUND
            game = Game.of(field.narrowed(low, high))
        recall = game.recall(now)
        error = np.maximum(recall_error(recall, support), FLATTEST)
        recall[absent], error[absent] = 2.0, 1e-3  # a class without rows is never low
        move = (smooth_weights(recall, error, m) - weights) / (1 + t)
        weights[live] += move[live]
        live &= np.abs(move).sum(-1) >= SETTLED
        if not live.any():
            break
    return bias()

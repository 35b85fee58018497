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


def biases(rows: CrossFitted, strengths: Sequence[float], m: int, base: Floats, *, whole: bool = False) -> Floats:
    """Biases without the rows of each fold in turn and, for `whole`, last those of all rows.

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
    whole : bool
        Whether the biases of all rows are worked out too.

    Returns
    -------
    ndarray of float64, shape (n_strengths, n_folds or n_folds + 1, n_classes)
    """
    n_classes = rows.log_p.shape[1]
    counts = np.bincount(rows.labels, minlength=n_classes)
    least = np.maximum(counts * (rows.n_folds - 1) // rows.n_folds, 0.5) / len(rows.labels)
    parts: list[int | None] = [*range(rows.n_folds), *([None] if whole else [])]
    found = np.zeros((len(strengths), len(parts), n_classes))
    if not len(strengths):
        return found
    field = Field.of(rows.log_p, rows.labels, rows.fold, rows.n_folds, _reach(max(strengths), m, least, base))
    weights: Floats | None = None
    for turn, at in enumerate(np.argsort(strengths)[::-1].tolist()):
        if turn:
            field = field.narrowed(_reach(strengths[at], m, least, base))
        games = [field.without(part) for part in parts]
        support = np.stack([game.support for game in games])
        if weights is None:
            weights = (support > 0) / (support > 0).sum(-1, keepdims=True)
        found[at] = _ascend(games, m, strengths[at], base, weights, 1 if turn else 0)
    return found


def _reach(strength: float, m: int, least_share: Floats, base: Floats) -> Floats:
    """Largest bias above the lowest one that a strength can give to a class."""
    return np.asarray(np.log((base + strength / (1 - strength) / (m * least_share)) / base.min()))


def _ascend(games: list[Game], m: int, strength: float, base: Floats, weights: Floats, start: int) -> Floats:
    """Biases of all parts, each until it settles; `weights`, shape (n_parts, n_classes), is changed."""
    support = np.stack([game.support for game in games])
    prior = np.maximum(support, 0.5) / support.sum(-1, keepdims=True)

    def bias(part: int) -> Floats:
        return np.asarray(np.log((1 - strength) * base + strength * weights[part] / prior[part]))

    live = np.arange(len(games))
    for t in range(start, start + MOST_ROUNDS):
        recall = np.stack([games[part].recall(bias(part)) for part in live.tolist()])
        error = np.maximum(recall_error(recall, support[live]), FLATTEST)
        absent = support[live] == 0
        recall[absent], error[absent] = 2.0, 1e-3  # a class without rows is never low
        move = (smooth_weights(recall, error, m) - weights[live]) / (1 + t)
        weights[live] += move
        live = live[np.abs(move).sum(-1) >= SETTLED]
        if not len(live):
            break
    return np.stack([bias(part) for part in range(len(games))])

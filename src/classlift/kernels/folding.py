"""Folds that depend only on class, occurrence and seed, not on blocks or shards."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

GOLDEN = 0x9E3779B97F4A7C15
SPLITMIX = (0xBF58476D1CE4E5B9, 0x94D049BB133111EB)
"""Step and factors of the 64-bit generator splitmix64 [Steele 2014, Fast Splittable Pseudorandom Number Generators]."""


def fold_of(occurrence: NDArray[np.int64], labels: NDArray[np.int64], n_folds: int, seed: int) -> NDArray[np.int64]:
    """Fold of each row, stratified by class, from counts only (no row order is stored).

    Every run of `n_folds` rows of one class is spread over all folds in an order drawn from a hash of
    (seed, class, run): folds are balanced within one row per class, reproducible, and need no pass of their own.

    Parameters
    ----------
    occurrence : ndarray of int64, shape (n_samples,)
        How many rows of the same class came before.
    labels : ndarray of int64, shape (n_samples,)
        Class of each row.
    n_folds : int
        Number of folds.
    seed : int
        Seed of the hash.

    Returns
    -------
    ndarray of int64, shape (n_samples,)
        Values in 0..n_folds-1.
    """
    run, place = np.divmod(occurrence, n_folds)
    key = _next(_next(run.astype(np.uint64) + np.uint64(seed)) ^ labels.astype(np.uint64))
    ranks = np.stack([_next(key + np.uint64(f)) for f in range(n_folds)], axis=1).argsort(axis=1)
    return np.asarray(ranks[np.arange(len(place)), place])


def rank_within_class(labels: NDArray[np.int64]) -> NDArray[np.int64]:
    """Number of earlier rows of the same class, shape (n_samples,)."""
    order = np.argsort(labels, kind="stable")
    sorted_labels = labels[order]
    starts = np.flatnonzero(np.diff(sorted_labels, prepend=-1))
    ranks = np.arange(len(labels)) - np.repeat(starts, np.diff(starts, append=len(labels)))
    out = np.empty(len(labels), np.int64)
    out[order] = ranks
    return out


def mix(words: NDArray[np.uint64], first: int = SPLITMIX[0], second: int = SPLITMIX[1]) -> NDArray[np.uint64]:
    """Mix 64 bits by a finalizer of two factors, by default that of splitmix64."""
    words = (words ^ (words >> np.uint64(30))) * np.uint64(first)
    words = (words ^ (words >> np.uint64(27))) * np.uint64(second)
    return np.asarray(words ^ (words >> np.uint64(31)))


def _next(x: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Draw 64 bits from a counter (splitmix64)."""
    return mix(x + np.uint64(GOLDEN))

"""Scoring rules within each class, from which those under other class shares follow."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import numpy as np

from classlift.data.adding import AddsUp
from classlift.data.scoring import N_BINS, Scoring, row_scores, units

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

MOST_RANKS = 100
"""Places of the right class that are counted for each class: what top-k under shares is known for."""


@dataclass(frozen=True, eq=False)
class ScoringByClass(AddsUp):
    """Sums over the labelled rows of each class; they add up.

    Parameters
    ----------
    support : ndarray of int64, shape (n_classes,)
        Rows of each class.
    sums : ndarray of float64, shape (4, n_classes)
        Log loss, its square, Brier score, its square.
    gaps : ndarray of float64, shape (n_classes, 15)
        Right rows minus largest probabilities in each bin.
    ranks : ndarray of int64, shape (n_classes, at most 100)
        Rows whose right class comes first, second, …
    """

    support: NDArray[np.int64]
    sums: Floats
    gaps: Floats
    ranks: NDArray[np.int64]

    @classmethod
    def of(cls, probabilities: NDArray[np.floating], labels: NDArray[np.int64], predicted: NDArray[np.integer]) -> Self:
        """Sums of rows as they are stored; unlabelled rows (label -1) do not count."""
        rows, k = row_scores(probabilities, labels, predicted), probabilities.shape[1]
        kept = min(k, MOST_RANKS)
        each = (rows.log_loss, rows.log_loss**2, rows.brier, rows.brier**2)
        near = rows.ranks < kept
        ranks = np.bincount(rows.labels[near] * kept + rows.ranks[near], minlength=k * kept)
        gaps = np.bincount(rows.labels * N_BINS + rows.bins, rows.gaps, k * N_BINS)
        return cls(
            np.bincount(rows.labels, minlength=k),
            np.stack([np.bincount(rows.labels, values, k) for values in each]),
            np.asarray(gaps, np.float64).reshape(k, N_BINS),
            ranks.reshape(k, kept),
        )

    def top(self, k: int) -> NDArray[np.int64]:
        """Rows of each class that has its right class among the first `k`, shape (n_classes,)."""
        return np.asarray(self.ranks[:, :k].sum(axis=1))

    def under(self, weights: Floats) -> Scoring:
        """Scoring rules of all rows, each weighted by its class, of mean 1.

        The squares are such that the standard errors are those of a mean of means within classes.
        """
        n = int(self.support.sum())
        log_loss, brier = self.sums[::2] @ weights
        squares = [self._variance(i, weights) * n * (n - 1) + total**2 / n for i, total in ((0, log_loss), (2, brier))]
        values = [units(value) for value in (log_loss, brier, *squares)]
        ranks = weights @ self.ranks
        return Scoring(n, values[0], values[1], values[2], values[3], tuple(map(units, weights @ self.gaps)), ranks)

    def _variance(self, i: int, weights: Floats) -> float:
        """Variance of a weighted mean; a class with one row varies as all of them do."""
        rows, total, squares = np.maximum(self.support, 1), self.sums[i], self.sums[i + 1]
        within = np.maximum(squares - total**2 / rows, 0)
        several = self.support > 1
        pooled = within[several].sum() / max(int((self.support[several] - 1).sum()), 1)
        of_row = np.where(several, within / np.maximum(self.support - 1, 1), pooled)
        return float((weights**2 * self.support * of_row).sum() / max(int(self.support.sum()), 1) ** 2)

"""Scoring rules of probabilities: how good they are besides which class they put first."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, Self

import numpy as np

from classlift import kernels
from classlift.data.adding import AddsUp
from classlift.data.clusters import Clusters

if TYPE_CHECKING:
    from numpy.typing import NDArray

N_BINS = 15
"""Bins of equal width of the largest probability, as Guo et al. (2017) use them."""

UNIT = 2.0**-60
"""Sums of blocks are kept in whole units of this size: whole numbers add up to the same in any order and grouping."""

CLUSTER_UNIT = 2.0**-30
"""The same for the sums of a cluster, which are of 64 bits."""


@dataclass(frozen=True, eq=False)
class Scoring(AddsUp):
    """Sums from which the scoring rules of labelled rows follow; they add up.

    Parameters
    ----------
    n_samples : int
        Number of labelled rows.
    log_loss_sum, brier_sum : int
        Sum over rows of ``-log p_y`` (p floored at 1e-12) and of ``sum_k (p_k - t_k)^2``, in units of 2**-60.
    log_loss_squares, brier_squares : int
        Sum over rows of the squares of these, in the same units.
    bin_gaps : tuple of int
        Sum of right rows minus largest probabilities, for each of 15 bins of the largest probability, in these units.
    ranks : ndarray, shape (n_classes,)
        Rows whose right class comes first, second, …; of equal probabilities the first class comes first.
    clusters : Clusters, optional
        Where rows come in clusters: rows, log loss and Brier score (in units of 2**-30) of each, by the place of the
        right class, 0 the first, which stands for the class.
    """

    n_samples: int
    log_loss_sum: int
    brier_sum: int
    log_loss_squares: int
    brier_squares: int
    bin_gaps: tuple[int, ...]
    ranks: NDArray[np.number]
    clusters: Clusters | None = None

    @classmethod
    def zeros(cls, n_classes: int) -> Self:
        """Sums of no rows."""
        return cls(0, 0, 0, 0, 0, (0,) * N_BINS, np.zeros(n_classes, np.int64))

    @classmethod
    def of(
        cls,
        probabilities: NDArray[np.floating],
        labels: NDArray[np.int64],
        predicted: NDArray[np.integer],
        key: NDArray[np.uint64] | None = None,
    ) -> Self:
        """Sums of rows as they are stored, not divided by their sum; unlabelled rows (label -1) do not count."""
        rows = row_scores(probabilities, labels, predicted)
        sums = [units(values.sum()) for values in (rows.log_loss, rows.brier, rows.log_loss**2, rows.brier**2)]
        gaps = np.bincount(rows.bins, rows.gaps, minlength=N_BINS)
        ranks = np.bincount(rows.ranks, minlength=probabilities.shape[1])
        clusters = None
        if key is not None:
            whole = [np.rint(values / CLUSTER_UNIT).astype(np.int64) for values in (rows.log_loss, rows.brier)]
            clusters = Clusters.of(key[labels >= 0], rows.ranks.astype(np.int64), *whole)
        return cls(len(rows.labels), sums[0], sums[1], sums[2], sums[3], tuple(map(units, gaps)), ranks, clusters)

    @property
    def log_loss(self) -> float:
        """Negative log-likelihood, mean of ``-log max(p_y, 1e-12)``; NaN without rows."""
        return self._mean(self.log_loss_sum)

    @property
    def brier(self) -> float:
        """Brier score, mean of ``sum_k (p_k - t_k)^2`` (0 to 2: the sum over all classes, not halved)."""
        return self._mean(self.brier_sum)

    @property
    def calibration_error(self) -> float:
        """Expected calibration error: mean over rows of ``|accuracy - mean largest probability|`` of its bin.

        15 bins of equal width, (0, 1/15] to (14/15, 1] [Guo et al. 2017, On Calibration of Modern Neural Networks].
        """
        return self._mean(sum(map(abs, self.bin_gaps)))

    def top(self, k: int) -> float:
        """Share of rows whose right class is among the first `k`; NaN without rows, or where there are not more."""
        return float(self.ranks[:k].sum()) / self.n_samples if self.n_samples and k < len(self.ranks) else float("nan")

    @property
    def log_loss_error(self) -> float:
        """Standard error of `log_loss`; NaN with fewer than two rows."""
        return self._error(self.log_loss_sum, self.log_loss_squares)

    @property
    def brier_error(self) -> float:
        """Standard error of `brier`; NaN with fewer than two rows."""
        return self._error(self.brier_sum, self.brier_squares)

    def _error(self, total: int, squares: int) -> float:
        n = self.n_samples
        spread = squares * UNIT - (total * UNIT) ** 2 / n if n > 1 else float("nan")
        return math.sqrt(max(spread, 0.0) / (n - 1) / n) if n > 1 else float("nan")

    def _mean(self, units: int) -> float:
        return units * UNIT / self.n_samples if self.n_samples else float("nan")


class RowScores(NamedTuple):
    """Scores of single labelled rows: arrays of shape (n_rows,).

    labels : their classes; log_loss, brier : as in `Scoring`; bins, gaps : bin of the largest probability, and whether
    the row is right minus that; ranks : place of the right class, 0 the first.
    """

    labels: NDArray[np.int64]
    log_loss: NDArray[np.float64]
    brier: NDArray[np.float64]
    bins: NDArray[np.intp]
    gaps: NDArray[np.float64]
    ranks: NDArray[np.intp]


def row_scores(
    probabilities: NDArray[np.floating], labels: NDArray[np.int64], predicted: NDArray[np.integer]
) -> RowScores:
    """Score the labelled rows one by one."""
    known = np.flatnonzero(labels >= 0)
    labels, predicted = labels[known], predicted[known]
    squares = np.einsum("ij,ij->i", probabilities, probabilities, dtype=np.float64)[known]
    true, top = (probabilities[known, column].astype(np.float64) for column in (labels, predicted))
    bins = np.clip(np.ceil(top * N_BINS).astype(np.intp) - 1, 0, N_BINS - 1)
    log_loss, brier = -np.log(np.maximum(true, kernels.LOG_FLOOR)), squares - 2 * true + 1
    wrong, ranks = np.flatnonzero(predicted != labels), np.zeros(len(known), np.intp)
    ranks[wrong] = kernels.ranks(probabilities[known[wrong]], labels[wrong])
    return RowScores(labels, log_loss, brier, bins, (predicted == labels) - top, ranks)


def units(total: float) -> int:
    """Whole units of a sum."""
    return round(float(total) / UNIT)

"""The rows of which a result is surest: what is kept of each row, and counts of the surest share of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, Self

import numpy as np

from classlift.data.counts import ClassCounts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

SLACK = 1e-12
"""Shares are reached up to rounding: 0.95 of 20 rows are 19."""


class Cut(NamedTuple):
    """The surest rows: the least confidence of them, counts of them, and their total accuracy."""

    least: float
    counts: ClassCounts
    total: float


@dataclass(frozen=True, eq=False)
class Confidences:
    """Largest probability of each labelled row, its class, whether what is predicted is right; parts are put together.

    Parameters
    ----------
    n_classes : int
        Number of classes.
    confidence : ndarray, shape (n_samples,)
        Largest probability, in the floating type of the scores.
    code : ndarray of int32, shape (n_samples,)
        Twice the class, and one more where the row is right.
    """

    n_classes: int
    confidence: NDArray[np.floating]
    code: NDArray[np.int32]

    @classmethod
    def of(
        cls,
        probabilities: NDArray[np.floating],
        labels: NDArray[np.int64],
        predicted: NDArray[np.integer],
        most_probable: NDArray[np.integer],
    ) -> Self:
        """Keep the labelled rows."""
        known = np.flatnonzero(labels >= 0)
        code = 2 * labels[known] + (labels[known] == predicted[known])
        return cls(probabilities.shape[1], probabilities[known, most_probable[known]], code.astype(np.int32))

    @classmethod
    def together(cls, parts: Sequence[Self]) -> Self:
        """All rows of some parts."""
        columns = (np.concatenate(one) for one in zip(*((p.confidence, p.code) for p in parts), strict=True))
        return cls(parts[0].n_classes, *columns)

    def __add__(self, other: Self) -> Self:
        return self.together((self, other))

    def cut(self, shares: Sequence[float], weights: Floats | None = None) -> list[Cut]:
        """Count the surest rows, for each share of all rows.

        Rows that are as sure as the last one that the share asks for are counted, too, whatever their order.

        Parameters
        ----------
        shares : sequence of float
            Above 0, at most 1, in any order.
        weights : ndarray of float64, shape (n_classes,), optional
            What a row of each class counts, in the shares and in total accuracy; 1 by default.
        """
        order = np.argsort(-self.confidence, kind="stable")
        confidence, labels = self.confidence[order], self.code[order] >> 1
        right = (self.code[order] & 1).astype(bool)
        weight = np.ones(len(order)) if weights is None else weights[labels]
        reached, hits = np.cumsum(weight), np.cumsum(weight * right)
        found = []
        for share in shares:
            last = min(int(np.searchsorted(reached, share * reached[-1] * (1 - SLACK))), len(order) - 1)
            end = int(np.searchsorted(-confidence, -confidence[last], side="right"))
            support, hit = (np.bincount(k, minlength=self.n_classes) for k in (labels[:end], labels[:end][right[:end]]))
            counts = ClassCounts(support, hit, np.zeros(self.n_classes, np.int64))
            found.append(Cut(float(confidence[last]), counts, float(hits[end - 1] / reached[end - 1])))
        return found

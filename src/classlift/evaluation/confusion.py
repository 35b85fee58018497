"""Which class is taken for which: counts of the pairs that occur."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, Self

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Counts = NDArray[np.int64]

WAITING_CODES = 2**20
"""Pairs that wait before they are counted together (8 MiB)."""


class Pair(NamedTuple):
    """A true class, the class it is taken for, and how many rows."""

    true: int
    predicted: int
    rows: int


@dataclass(frozen=True, eq=False)
class Confusion:
    """Counts of the pairs (true class, predicted class) that occur; memory grows with these only.

    Parameters
    ----------
    n_classes : int
        Number of classes.
    codes : ndarray of int64, shape (n_pairs,)
        ``true * n_classes + predicted``, ascending.
    counts : ndarray of int64, shape (n_pairs,)
        Rows of each pair, above 0.
    """

    n_classes: int
    codes: Counts
    counts: Counts

    def __add__(self, other: Self) -> Self:
        codes, place = np.unique(np.concatenate([self.codes, other.codes]), return_inverse=True)
        counts = np.zeros(len(codes), np.int64)
        np.add.at(counts, place, np.concatenate([self.counts, other.counts]))
        return type(self)(self.n_classes, codes, counts)

    def pairs(self) -> list[Pair]:
        """All pairs that occur, by true class, then by predicted class."""
        return self._named(np.arange(len(self.codes)))

    def top(self, n: int | None) -> list[Pair]:
        """The `n` most frequent confusions (all if None), most rows first; right rows are none."""
        wrong = np.flatnonzero(np.diff(np.divmod(self.codes, self.n_classes), axis=0)[0])
        order = np.argsort(-self.counts[wrong], kind="stable")
        return self._named(wrong[order[:n]])

    def predicted(self, weights: NDArray[np.float64]) -> NDArray[np.float64]:
        """Rows predicted as each class, each weighted by its true class, shape (n_classes,)."""
        true, predicted = np.divmod(self.codes, self.n_classes)
        return np.asarray(np.bincount(predicted, self.counts * weights[true], self.n_classes), np.float64)

    def dense(self) -> Counts:
        """The matrix, shape (n_classes, n_classes): row the true class, column the predicted one."""
        matrix = np.zeros(self.n_classes**2, np.int64)
        matrix[self.codes] = self.counts
        return matrix.reshape(self.n_classes, self.n_classes)

    def _named(self, chosen: NDArray[np.intp]) -> list[Pair]:
        true, predicted = np.divmod(self.codes[chosen], self.n_classes)
        columns = (true.tolist(), predicted.tolist(), self.counts[chosen].tolist())
        return [Pair(*pair) for pair in zip(*columns, strict=True)]


class ConfusionSum:
    """Counts pairs block by block.

    Parameters
    ----------
    n_classes : int
        Number of classes.
    """

    def __init__(self, n_classes: int) -> None:
        self._n_classes = n_classes
        self._waiting: list[Counts] = []
        self._size = 0
        self._total = Confusion(n_classes, *(np.empty(0, np.int64) for _ in range(2)))

    def add(self, labels: Counts, predicted: NDArray[np.integer]) -> None:
        """Count rows; unlabelled rows (label -1) do not count."""
        known = labels >= 0
        self._waiting.append(labels[known] * self._n_classes + predicted[known])
        self._size += int(known.sum())
        if self._size > WAITING_CODES:
            self._merge()

    def total(self) -> Confusion:
        """Counts of all the rows so far."""
        self._merge()
        return self._total

    def _merge(self) -> None:
        new, rows = np.unique(np.concatenate([np.empty(0, np.int64), *self._waiting]), return_counts=True)
        self._total += Confusion(self._n_classes, new, rows)
        self._waiting, self._size = [], 0

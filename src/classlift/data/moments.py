"""Second moments of augmented rows, which add up: over blocks, shards, folds and machines."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Self

import numpy as np

from classlift import kernels
from classlift.data.adding import AddsUp

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from classlift.data.predictions import Predictions

    Counts = NDArray[np.int64]
    Floats = NDArray[np.float64]

CHUNK_ENTRIES = 2**22
"""Float64 entries of augmented rows that are gathered before one product is made (32 MiB)."""


@dataclass(frozen=True, eq=False)
class Moments(AddsUp):
    """Second moments of augmented rows p̄ = [p; 1], each weighted by the square of its class's weight.

    Parameters
    ----------
    gram : ndarray of float64, shape (n_classes + 1, n_classes + 1)
        Sum of ``w^2 p̄ p̄^T``.
    cross : ndarray of float64, shape (n_classes, n_classes + 1)
        Sum of ``w^2 t p̄^T``; as t is one-hot, row k is the sum over class k.
    rows : ndarray of int64, shape (n_classes,)
        Number of rows of each class in the sums.
    weight : float
        Sum of ``w^2``.

    Notes
    -----
    Moments of disjoint sets of rows add.
    """

    gram: Floats
    cross: Floats
    rows: Counts
    weight: float

    @classmethod
    def zeros(cls, n_classes: int) -> Self:
        """Moments of no rows."""
        return cls(
            np.zeros((n_classes + 1, n_classes + 1)),
            np.zeros((n_classes, n_classes + 1)),
            np.zeros(n_classes, np.int64),
            0.0,
        )

    @property
    def n_classes(self) -> int:
        """Number of classes."""
        return len(self.rows)

    def __iadd__(self, other: Self) -> Self:
        """Add in place."""
        for name in ("gram", "cross", "rows"):
            total = getattr(self, name)
            total += getattr(other, name)
        object.__setattr__(self, "weight", self.weight + other.weight)
        return self


@dataclass(frozen=True, eq=False)
class System:
    """A least-squares system of rows and of padding rows [alpha e_k; 1], k = 1..K, and how it was solved.

    Parameters
    ----------
    moments : Moments
        Sums over the rows.
    alpha : float or None
        Size of the padding rows; None: there are none.
    singular : bool
        Whether it was singular, so that the minimum-norm correction was taken.
    """

    moments: Moments
    alpha: float | None
    singular: bool

    @cached_property
    def condition(self) -> float:
        """Condition number of its matrix."""
        return kernels.condition_number(padded_gram(self.moments, self.alpha))


def padded_gram(moments: Moments, alpha: float | None) -> Floats:
    """Gram matrix of rows and padding rows, as a new array."""
    gram, n = moments.gram.copy(), moments.n_classes
    if alpha is not None:
        gram[np.arange(n), np.arange(n)] += alpha**2
        gram[:n, n] += alpha
        gram[n, :n] += alpha
        gram[n, n] += n
    return gram


class MomentSum:
    """Adds up `Moments` block by block; rows wait in one buffer so that few, large products are made.

    Parameters
    ----------
    squared_weights : ndarray of float64, shape (n_classes,), optional
        ``w^2`` of each class; None: only what `left_out` says is summed.
    left_out : sequence of ndarray of float64, shape (n_classes,)
        ``w^2`` for the rows outside of fold 0, 1, …, each summed besides in the same pass.
    """

    def __init__(self, squared_weights: Floats | None, left_out: Sequence[Floats] = ()) -> None:
        self._whole = squared_weights
        self._parts = left_out
        n_classes = len(left_out[0] if squared_weights is None else squared_weights)
        self._total = Moments.zeros(n_classes)
        self._left_out = [Moments.zeros(n_classes) for _ in left_out]
        height = min(max(CHUNK_ENTRIES // (n_classes + 1), 1024), 2**16)
        self._buffer = np.empty((height, n_classes + 1))
        self._labels = np.empty(height, np.int64)
        self._folds = np.empty(height, np.int8)
        self._filled = 0

    def add(self, block: Predictions, rows: NDArray[np.intp], folds: NDArray[np.int8] | None = None) -> None:
        """Add the labelled rows of `block` at the positions `rows`; `folds` holds the fold of every row of it."""
        assert block.labels is not None
        rows = rows[np.argsort(block.labels[rows], kind="stable")]
        while len(rows):
            part, rows = np.split(rows, [len(self._buffer) - self._filled])
            self._fill(block.probabilities[part], block.labels[part], -1 if folds is None else folds[part])

    def total(self) -> Moments:
        """Moments of all the rows so far."""
        self._flush()
        return self._total

    def left_out(self) -> list[Moments]:
        """Moments of the rows outside of each fold so far."""
        self._flush()
        return self._left_out

    def _fill(self, probabilities: NDArray[np.floating], labels: Counts, folds: NDArray[np.int8] | int) -> None:
        n_classes = probabilities.shape[1]
        target = slice(self._filled, self._filled + len(labels))
        self._buffer[target, :n_classes] = probabilities
        kernels.normalize_rows(self._buffer[target, :n_classes])
        self._buffer[target, n_classes] = 1
        self._labels[target] = labels
        self._folds[target] = folds
        self._filled += len(labels)
        if self._filled == len(self._buffer):
            self._flush()

    def _flush(self) -> None:
        rows, labels = self._buffer[: self._filled], self._labels[: self._filled]
        folds = self._folds[: self._filled]
        self._filled = 0
        if not len(rows):
            return
        for fold, weights in enumerate(self._parts):
            others = folds != fold
            self._left_out[fold] += _moments(rows[others], labels[others], weights)
        if self._whole is not None:
            self._total += _moments(rows, labels, self._whole)


def _moments(rows: Floats, labels: Counts, weights: Floats) -> Moments:
    """Moments of augmented rows, shape (n_rows, n_classes + 1), which are overwritten."""
    counts = np.bincount(labels, minlength=len(weights))
    cross = kernels.class_sums(rows, labels, len(weights)) * weights[:, None]
    gram = kernels.augmented_gram(rows, weights[labels])
    return Moments(gram, cross, counts, float(counts @ weights))

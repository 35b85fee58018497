"""Stratified folds of a source, without an index of its rows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import numpy as np

from classlift import kernels
from classlift.data.counts import ClassCounts
from classlift.data.predictions import Predictions, require_labels
from classlift.data.source import PredictionSource, SourceView

if TYPE_CHECKING:
    from numpy.typing import NDArray


class Folds:
    """Stratified folds of the labelled rows of a source, assigned block by block and kept as one byte per row.

    Parameters
    ----------
    source : PredictionSource
        Labelled predictions.
    n_folds : int
        Number of folds, 2 to 127. A class with fewer rows than folds is held out in some folds alone.
    seed : int
        Seed of the assignment.
    """

    def __init__(self, source: PredictionSource, n_folds: int, seed: int) -> None:
        self.source = source
        self.n_folds = n_folds
        self._seed = seed
        self._counts = [ClassCounts.zeros(source.n_classes) for _ in range(n_folds)]
        self._seen = np.zeros(source.n_classes, np.int64)
        self._assigned: list[NDArray[np.int8]] = []

    @classmethod
    def of(cls, source: PredictionSource, n_folds: int, seed: int) -> Self:
        """Assign all rows, in a pass of its own."""
        folds = cls(source, n_folds, seed)
        for block in source.blocks():
            folds.add(block)
        return folds

    def add(self, block: Predictions) -> None:
        """Assign the rows of the next block of the source."""
        labels = require_labels(block)
        assigned = assign_folds(labels, self._seen, self.n_folds, self._seed)
        self._assigned.append(assigned)
        for fold in range(self.n_folds):
            rows = assigned == fold
            self._counts[fold] += ClassCounts.of(labels[rows], block.predicted[rows], self.source.n_classes)

    def training_counts(self, fold: int) -> ClassCounts:
        """Raw counts of the labelled rows outside of `fold`."""
        others = (counts for i, counts in enumerate(self._counts) if i != fold)
        return sum(others, ClassCounts.zeros(self.source.n_classes))

    def training(self, fold: int) -> PredictionSource:
        """Labelled rows outside of `fold`."""
        return _Part(self.source, self, fold, held_out=False)

    def held_out(self, fold: int) -> PredictionSource:
        """Labelled rows of `fold`."""
        return _Part(self.source, self, fold, held_out=True)

    def blocks(self) -> Iterator[tuple[Predictions, NDArray[np.int8]]]:
        """Yield each block with the fold of each of its rows, -1 where it is unlabelled."""
        folds, start = np.concatenate([np.zeros(0, np.int8), *self._assigned]), 0
        for block in self.source.blocks():
            yield block, folds[start : start + block.n_samples]
            start += block.n_samples


def assign_folds(labels: NDArray[np.int64], seen: NDArray[np.int64], n_folds: int, seed: int) -> NDArray[np.int8]:
    """Folds of the next rows, -1 where unlabelled; `seen`, the rows of each class so far, is brought up to date."""
    known = np.flatnonzero(labels >= 0)
    occurrence = seen[labels[known]] + kernels.rank_within_class(labels[known])
    folds = np.full(len(labels), -1, np.int8)
    folds[known] = kernels.fold_of(occurrence, labels[known], n_folds, seed)
    seen += np.bincount(labels[known], minlength=len(seen))
    return folds


@dataclass(frozen=True)
class _Part(SourceView):
    """The rows of one fold, or all the others, as a source."""

    folds: Folds
    fold: int
    held_out: bool

    @property
    def n_samples(self) -> None:
        return None

    def blocks(self) -> Iterator[Predictions]:
        for block, folds in self.folds.blocks():
            rows = np.flatnonzero((folds >= 0) & ((folds == self.fold) == self.held_out))
            if len(rows):
                yield block.take(rows)

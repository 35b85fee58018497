"""Stratified folds of a source, without an index of its rows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from classlift import kernels
from classlift.data.counts import ClassCounts
from classlift.data.predictions import Predictions, require_labels
from classlift.data.source import PredictionSource, SourceView

if TYPE_CHECKING:
    from numpy.typing import NDArray


class Folds:
    """Stratified folds of the labelled rows of a source, assigned in the first pass and kept as one byte per row.

    Parameters
    ----------
    source : PredictionSource
        Labelled predictions.
    n_folds : int
        Number of folds, 2 to 127. A class with fewer rows than folds is held out only in some folds.
    seed : int
        Seed of the assignment.
    seen : ndarray of int64, shape (n_classes,), optional
        Rows of each class that come before those of the source; none by default.
    """

    def __init__(
        self, source: PredictionSource, n_folds: int, seed: int, seen: NDArray[np.int64] | None = None
    ) -> None:
        self.source = source
        self.n_folds = n_folds
        self._seed = seed
        self._seen = np.zeros(source.n_classes, np.int64) if seen is None else seen
        self._counts: list[ClassCounts] = []
        self._assigned: NDArray[np.int8] | None = None

    @property
    def counts(self) -> list[ClassCounts]:
        """Raw counts of the labelled rows of each fold; a pass of its own where there was none yet."""
        if self._assigned is None:
            for _ in self.blocks():
                pass
        return self._counts

    def training(self, fold: int) -> PredictionSource:
        """Labelled rows outside of `fold`."""
        return _Part(self.source, self, fold, held_out=False)

    def held_out(self, fold: int) -> PredictionSource:
        """Labelled rows of `fold`."""
        return _Part(self.source, self, fold, held_out=True)

    def blocks(self) -> Iterator[tuple[Predictions, NDArray[np.int8]]]:
        """Yield each block with the fold of each of its rows, -1 where it is unlabelled."""
        if self._assigned is None:
            yield from self._assign()
            return
        start = 0
        for block in self.source.blocks():
            yield block, self._assigned[start : start + block.n_samples]
            start += block.n_samples

    def _assign(self) -> Iterator[tuple[Predictions, NDArray[np.int8]]]:
        seen, assigned = self._seen.copy(), [np.zeros(0, np.int8)]
        counts = [ClassCounts.zeros(self.source.n_classes) for _ in range(self.n_folds)]
        whole: dict[int, int] = {}
        for block in self.source.blocks():
            labels = require_labels(block)
            folds = assign_folds(labels, seen, self.n_folds, self._seed, block.clusters, whole)
            assigned.append(folds)
            for fold in range(self.n_folds):
                rows = folds == fold
                counts[fold] += ClassCounts.of(labels[rows], block.predicted[rows], block.n_classes)
            yield block, folds
        self._assigned, self._counts = np.concatenate(assigned), counts


def outside_counts(counts: Sequence[ClassCounts]) -> list[ClassCounts]:
    """Counts of the rows outside of each fold, from the counts of each fold."""
    nothing = ClassCounts.zeros(counts[0].n_classes)
    return [sum((*counts[:fold], *counts[fold + 1 :]), nothing) for fold in range(len(counts))]


def assign_folds(
    labels: NDArray[np.int64],
    seen: NDArray[np.int64],
    n_folds: int,
    seed: int,
    clusters: NDArray[np.uint64] | None = None,
    whole: dict[int, int] | None = None,
) -> NDArray[np.int8]:
    """Folds of the next rows, -1 where unlabelled; `seen`, the rows of each class so far, is brought up to date.

    Clusters go to the folds as rows do, stratified by the class of their first row, and their other rows follow it;
    `whole`, the fold of each cluster so far, is brought up to date.
    """
    known = np.flatnonzero(labels >= 0)
    folds = np.full(len(labels), -1, np.int8)
    if clusters is None:
        folds[known] = _next_folds(labels[known], seen, n_folds, seed)
        return folds
    assert whole is not None
    keys, first, place = np.unique(clusters[known], return_index=True, return_inverse=True)
    names = keys.tolist()
    new = np.array(sorted(at for name, at in zip(names, first.tolist(), strict=True) if name not in whole), np.intp)
    dealt = _next_folds(labels[known[new]], seen, n_folds, seed)
    whole.update(zip(clusters[known[new]].tolist(), dealt.tolist(), strict=True))
    folds[known] = np.array([whole[name] for name in names], np.int8)[place]
    return folds


def _next_folds(labels: NDArray[np.int64], seen: NDArray[np.int64], n_folds: int, seed: int) -> NDArray[np.int64]:
    occurrence = seen[labels] + kernels.rank_within_class(labels)
    seen += np.bincount(labels, minlength=len(seen))
    return kernels.fold_of(occurrence, labels, n_folds, seed)


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

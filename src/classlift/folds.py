"""Stratified folds of a source, without an index of its rows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from classlift import kernels
from classlift.predictions import Predictions, PredictionSource, SourceView, require_labels

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True)
class Folds:
    """Stratified folds of the labelled rows of a source.

    Parameters
    ----------
    source : PredictionSource
        Labelled predictions.
    n_folds : int
        Number of folds, at least 2. A class with fewer rows than folds is held out in some folds alone.
    seed : int
        Seed of the assignment.
    """

    source: PredictionSource
    n_folds: int
    seed: int

    def training(self, fold: int) -> PredictionSource:
        """Labelled rows outside of `fold`."""
        return _Part(self.source, self, fold, held_out=False)

    def held_out(self, fold: int) -> PredictionSource:
        """Labelled rows of `fold`."""
        return _Part(self.source, self, fold, held_out=True)

    def blocks(self) -> Iterator[tuple[Predictions, NDArray[np.int64]]]:
        """Yield each block with the fold of each of its rows, -1 where it is unlabelled."""
        seen = np.zeros(self.source.n_classes, np.int64)
        for block in self.source.blocks():
            labels = require_labels(block)
            folds = np.full(len(labels), -1, np.int64)
            known = np.flatnonzero(labels >= 0)
            occurrence = seen[labels[known]] + _rank_within_class(labels[known])
            folds[known] = kernels.fold_of(occurrence, labels[known], self.n_folds, self.seed)
            seen += np.bincount(labels[known], minlength=len(seen))
            yield block, folds


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
                yield replace(block, scores=block.scores[rows], labels=require_labels(block)[rows], columns={})


def _rank_within_class(labels: NDArray[np.int64]) -> NDArray[np.int64]:
    """Number of earlier rows of the same class, shape (n_samples,)."""
    order = np.argsort(labels, kind="stable")
    sorted_labels = labels[order]
    starts = np.flatnonzero(np.diff(sorted_labels, prepend=-1))
    ranks = np.arange(len(labels)) - np.repeat(starts, np.diff(starts, append=len(labels)))
    out = np.empty(len(labels), np.int64)
    out[order] = ranks
    return out

"""Counts of rows per class, which add up: over blocks, shards, folds and machines."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Self

import numpy as np

from classlift.data.adding import AddsUp
from classlift.data.clusters import Clusters

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from classlift.data.cost_sums import CostSums
    from classlift.data.costs import Costs

    Counts = NDArray[np.int64]
    Words = NDArray[np.uint64]
    Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class ClassCounts(AddsUp):
    """Rows per class: labelled so, predicted right, predicted so.

    Parameters
    ----------
    support, right, predicted : ndarray of int64, shape (n_classes,)
        Rows with this label; those of them that were predicted right; labelled rows predicted as this class. Many
        results on the same rows may be held at once: `right` and `predicted` of shape (n_results, n_classes).
    clusters : Clusters, optional
        Rows and right rows of each class in each cluster, where rows come in clusters.
    cost : CostSums, optional
        What their mistakes cost, where costs were given.
    """

    support: Counts
    right: Counts
    predicted: Counts
    clusters: Clusters | None = None
    cost: CostSums | None = field(default=None, kw_only=True)

    @classmethod
    def zeros(cls, n_classes: int) -> Self:
        """Counts of no rows."""
        nothing = np.zeros(n_classes, np.int64)
        return cls(nothing, nothing, nothing)

    @classmethod
    def of(
        cls,
        labels: Counts,
        predicted: NDArray[np.integer],
        n_classes: int,
        key: Words | None = None,
        costs: Costs | None = None,
    ) -> Self:
        """Count rows, of clusters by their `key`; unlabelled rows (label -1) do not count."""
        known = labels >= 0
        labels, predicted = labels[known], predicted[known]
        return cls(
            np.bincount(labels, minlength=n_classes),
            np.bincount(labels[labels == predicted], minlength=n_classes),
            np.bincount(predicted, minlength=n_classes),
            None if key is None else Clusters.of(key[known], labels, labels == predicted),
            cost=None if costs is None else costs.sums(labels, predicted),
        )

    @property
    def n_classes(self) -> int:
        """Number of classes."""
        return len(self.support)

    @property
    def n_samples(self) -> int:
        """Number of labelled rows."""
        return int(np.rint(self.support.sum()))

    @property
    def recall(self) -> Floats:
        """Class accuracy (recall), shape (n_classes,); NaN for a class without samples."""
        nowhere = np.full(self.right.shape, np.nan)
        return np.asarray(np.divide(self.right, self.support, out=nowhere, where=self.support > 0))


@dataclass(frozen=True, eq=False)
class PairedCounts(AddsUp):
    """Two results on the same rows: their counts, and the rows that changed sides, per class.

    Parameters
    ----------
    before, after : ClassCounts
        Counts of either result.
    fixed, broken : ndarray of int64, shape (n_classes,)
        Rows of the class that were wrong and are right, that were right and are wrong.
    clusters : Clusters, optional
        Rows, right before, right after, fixed and broken, of each class in each cluster.
    cost_change : CostSums, optional
        Change of what their mistakes cost, where costs were given.
    """

    before: ClassCounts
    after: ClassCounts
    fixed: Counts
    broken: Counts
    clusters: Clusters | None = None
    cost_change: CostSums | None = None

    @classmethod
    def zeros(cls, n_classes: int) -> Self:
        """Counts of no rows."""
        nothing = ClassCounts.zeros(n_classes)
        return cls(nothing, nothing, nothing.support, nothing.support)

    @classmethod
    def of(
        cls,
        labels: Counts,
        before: NDArray[np.integer],
        after: NDArray[np.integer],
        n_classes: int,
        key: Words | None = None,
        costs: Costs | None = None,
    ) -> Self:
        """Count rows, of clusters by their `key`; unlabelled rows (label -1) do not count."""
        was, now = before == labels, after == labels
        known = labels >= 0
        return cls(
            ClassCounts.of(labels, before, n_classes, costs=costs),
            ClassCounts.of(labels, after, n_classes, costs=costs),
            np.bincount(labels[now & ~was], minlength=n_classes),
            np.bincount(labels[was & ~now], minlength=n_classes),
            None
            if key is None
            else Clusters.of(key[known], labels[known], *(m[known] for m in (was, now, now & ~was, was & ~now))),
            None if costs is None else costs.changes(labels, before, after),
        )

    @property
    def sides(self) -> tuple[ClassCounts, ClassCounts]:
        """Counts before and after, each with its clusters."""
        if self.clusters is None:
            return self.before, self.after
        one, two = (self.clusters.only(0, cell) for cell in (1, 2))
        return replace(self.before, clusters=one), replace(self.after, clusters=two)

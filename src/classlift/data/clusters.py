"""Rows of each class in each cluster (patient, video, source image), which add up; what clusters are called by."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Self

import numpy as np

from classlift.kernels.folding import GOLDEN, mix

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Words = NDArray[np.uint64]
    Counts = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Clusters:
    """Counts of the rows of each class in each cluster.

    Parameters
    ----------
    key : ndarray of uint64, shape (n_parts,)
        Which cluster.
    label : ndarray of int64, shape (n_parts,)
        Which class.
    cells : ndarray of int64, shape (n_parts, n_cells)
        Rows; right rows, or right before, right after, fixed and broken, or sums of other numbers.
    more : tuple of Clusters
        Parts that are not added up yet: this is done when they have become as many again.
    """

    key: Words
    label: Counts
    cells: Counts
    more: tuple[Clusters, ...] = ()

    @classmethod
    def of(cls, key: Words, label: Counts, *marks: NDArray[np.bool_] | Counts) -> Self:
        """Count rows, and those of them with each mark; add up whole numbers."""
        return cls(key, label, np.stack([np.ones(len(key), np.int64), *marks], axis=1))._summed()

    def __add__(self, other: Self) -> Self:
        more = (*self.more, Clusters(other.key, other.label, other.cells), *other.more)
        found = type(self)(self.key, self.label, self.cells, more)
        return found._summed() if sum(len(one.key) for one in more) > len(self.key) else found

    @cached_property
    def summed(self) -> Self:
        """The same in order of cluster and class, each pair once."""
        return self._summed()

    @property
    def n_clusters(self) -> int:
        """How many clusters there are."""
        return len(np.unique(self.key))

    def only(self, *cells: int) -> Self:
        """The same with some of its counts."""
        found = self.summed
        return type(self)(found.key, found.label, found.cells[:, list(cells)])

    def by_cluster(self, *weights: NDArray[np.number]) -> list[NDArray[np.float64]]:
        """Sums over the classes of each cluster, of numbers for each part of `summed`."""
        _, place = np.unique(self.summed.key, return_inverse=True)
        return [np.bincount(place, each).astype(np.float64) for each in weights]

    def _summed(self) -> Self:
        parts: tuple[Clusters, ...] = (self, *self.more)
        key, label = (np.concatenate([getattr(one, name) for one in parts]) for name in ("key", "label"))
        cells = np.concatenate([one.cells for one in parts])
        if not len(key):
            return type(self)(key, label, cells)
        order = np.lexsort((label, key))
        key, label = key[order], label[order]
        first = np.flatnonzero(np.concatenate([[True], (key[1:] != key[:-1]) | (label[1:] != label[:-1])]))
        return type(self)(key[first], label[first], np.add.reduceat(cells[order], first, axis=0))


def keys_of(values: NDArray) -> Words:
    """A 64-bit hash of each value, as text: the same in every process, block and file format.

    Examples
    --------
    >>> bool((keys_of(np.array([7, 12])) == keys_of(np.array(["7", "12"]))).all())
    True
    """
    text = np.ascontiguousarray(values.astype(str))
    width = max(1, text.dtype.itemsize // 4)
    words = text.view("<u4").reshape(len(text), width).astype(np.uint64)
    with np.errstate(over="ignore"):
        factors = mix(np.arange(1, width + 1, dtype=np.uint64) * np.uint64(GOLDEN)) | np.uint64(1)
        return mix(words @ factors)

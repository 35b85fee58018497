"""What mistakes cost, added up: in whole units, so that the order of rows does not matter."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, Self

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Counts = NDArray[np.int64]

DIGITS = 9
"""Costs are kept to this many digits below the largest: whole units add up to the same in any order."""


class Scale(NamedTuple):
    """What sums of costs are in: units of ``10 ** -digits``; least and most are the ends of the costs."""

    digits: int
    least: float
    most: float


@dataclass(frozen=True, eq=False)
class CostSums:
    """Cost of the rows of each class, which adds up: over blocks, shards, folds and machines.

    Parameters
    ----------
    scale : Scale
        The unit, and the ends of the costs.
    total : ndarray of int64, shape (n_classes,)
        Sum of costs in units.
    squares : ndarray of int64, shape (n_classes,)
        Sum of squared costs, in squared units times ``10 ** 9``, each rounded.
    """

    scale: Scale
    total: Counts
    squares: Counts

    @classmethod
    def of(cls, scale: Scale, labels: Counts, cost: Counts, n_classes: int) -> Self:
        """Add up the costs of rows, in units."""
        squares = np.rint(cost.astype(np.float64) ** 2 / 10.0**DIGITS)
        found = (np.zeros(n_classes, np.int64) for _ in range(2))
        sums = [_added(at, labels, values) for at, values in zip(found, (cost, squares.astype(np.int64)), strict=True)]
        return cls(scale, *sums)

    def __add__(self, other: Self) -> Self:
        return type(self)(self.scale, self.total + other.total, self.squares + other.squares)

    def weighted(self, weights: Floats) -> Self:
        """Sums with every row weighted by its class."""
        return type(self)(self.scale, self.total * weights, self.squares * weights)  # type: ignore[arg-type]

    def effective_rows(self, support: Counts, shares: Floats) -> float:
        """How many rows drawn with these class shares know the mean cost as well as the rows of the classes do."""
        seen = support > 0
        n, share = support[seen], shares[seen]
        mean, squares = self.total[seen] / n, self.squares[seen] / n * 10.0**DIGITS
        all_alike = float(1 / (share**2 / n).sum())
        variance = float((share**2 / n * (squares - mean**2)).sum())
        pooled = float(share @ squares - (share @ mean) ** 2)
        return min(all_alike, pooled / variance) if variance > 0 else all_alike

    def of_class(self, k: int) -> float:
        """Cost of all rows of a class."""
        return float(self.total[k] / 10.0**self.scale.digits)

    def mean(self, n_samples: int) -> float:
        """Mean cost of a row."""
        return float(self.total.sum() / n_samples / 10.0**self.scale.digits)

    def second_moment(self, n_samples: int) -> float:
        """Mean squared cost of a row."""
        return float(self.squares.sum() / n_samples * 10.0 ** (DIGITS - 2 * self.scale.digits))


def _added(sums: Counts, labels: Counts, values: Counts) -> Counts:
    np.add.at(sums, labels, values)
    return sums

"""Mean and variance of every class's logit, which add up over blocks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Spread:
    """Number of rows, mean, and sum of squared deviations of each column.

    Parameters
    ----------
    n_rows : int
        Rows in the sums.
    mean : ndarray of float64, shape (n_classes,)
        E[z].
    deviations : ndarray of float64, shape (n_classes,)
        Sum of ``(z - E[z])^2``.

    Notes
    -----
    Two spreads add by the update of Chan, Golub and LeVeque (1979), which loses no digits however large the mean is.
    """

    n_rows: int
    mean: Floats
    deviations: Floats

    @classmethod
    def zeros(cls, n_classes: int) -> Self:
        """Spread of no rows."""
        return cls(0, np.zeros(n_classes), np.zeros(n_classes))

    @classmethod
    def of(cls, rows: NDArray[np.floating]) -> Self:
        """Spread of some rows, at least one, shape (n_rows, n_classes)."""
        mean = rows.mean(axis=0, dtype=np.float64)
        centred = rows - mean
        return cls(len(rows), mean, np.einsum("nk,nk->k", centred, centred))

    def __add__(self, other: Self) -> Self:
        n_rows = self.n_rows + other.n_rows
        if not n_rows:
            return self
        between = other.mean - self.mean
        mean = self.mean + between * (other.n_rows / n_rows)
        shared = between**2 * (self.n_rows * other.n_rows / n_rows)
        return type(self)(n_rows, mean, self.deviations + other.deviations + shared)

    def scale(self, epsilon: float) -> Floats:
        """``sqrt(Var[z] + epsilon)``, shape (n_classes,); Var divides by the number of rows."""
        return np.asarray(np.sqrt(self.deviations / max(self.n_rows, 1) + epsilon))

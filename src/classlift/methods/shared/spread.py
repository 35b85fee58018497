"""What a first pass over rows finds out: mean and variance of every class's logit, which add up over blocks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import numpy as np

from classlift.data.adding import AddsUp
from classlift.methods.shared.rows import over_parts, row_parts

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from classlift.data.pieces import Piece
    from classlift.layer.step import Domain
    from classlift.methods.shared.rows import Part

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


@dataclass(frozen=True, eq=False)
class FirstPass(AddsUp):
    """What one pass over rows finds out.

    Parameters
    ----------
    spread : Spread
        Of every class's logit.
    support : ndarray of int64, shape (n_classes,)
        Labelled rows of each class.
    zeros : int
        Probabilities that are exactly 0, where the rows are logarithms of probabilities.
    floating : str
        Floating type of the rows; empty where there are none.
    """

    spread: Spread
    support: NDArray[np.int64]
    zeros: int = 0
    floating: str = ""

    @classmethod
    def none(cls, n_classes: int) -> Self:
        """Find nothing in no rows."""
        return cls(Spread.zeros(n_classes), np.zeros(n_classes, np.int64))

    @classmethod
    def of(cls, part: Part) -> Self:
        """Look at some rows, at least one."""
        support = np.bincount(part.labels[part.labels >= 0], minlength=part.rows.shape[1])
        return cls(Spread.of(part.rows), support, part.zeros, part.rows.dtype.name)

    @property
    def entries(self) -> int:
        """Numbers in the rows."""
        return self.spread.n_rows * len(self.support)


def first_pass(piece: Piece, domain: Domain, labelled: bool, threads: int = 1) -> FirstPass:
    """Look at the rows of a piece, or at the labelled ones."""
    source = piece.open()
    found = over_parts(FirstPass.of, row_parts(source, domain, labelled=labelled), threads)
    return sum(found, FirstPass.none(source.n_classes))

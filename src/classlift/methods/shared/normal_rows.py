"""Normalised logits that are gone through again and again: in memory where they fit, on all cores."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Self, TypeVar

import numpy as np

from classlift.kernels.threads import n_threads
from classlift.methods.shared.rows import Piece
from classlift.methods.shared.spread import Spread

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from numpy.typing import NDArray

T = TypeVar("T")

BUDGET = 3 * 2**26
"""Bytes of rows that are kept in memory (192 MiB); where there are more, every pass reads the source again."""

EXACT_ENTRIES = 2**22
"""Up to this many numbers are worked on in float64 whatever their type: the time is not noticed."""

AT_ONCE = 8
"""Pieces that are read before they are worked on."""


class NormalRows:
    """Rows ``x = (z - E[z]) / s`` with ``s = sqrt(Var[z] + epsilon)`` of each class, in pieces.

    Parameters
    ----------
    pieces : iterable of Piece
        Labelled rows z in arrays of their own; gone through once if they fit into BUDGET, else once per `map`.
    n_classes : int
        Number of classes.
    epsilon : float
        Added to the variance.
    most_rows : int, optional
        How many rows there may be, where it is known: rows that cannot fit are not kept to begin with.

    Attributes
    ----------
    mean, scale : ndarray of float64, shape (n_classes,)
        E[z] and s.
    n_rows : int
        Number of rows.
    support : ndarray of int64, shape (n_classes,)
        Rows of each class.
    dtype : dtype
        Floating type of x: that of z, or float64 where there are few.
    """

    def __init__(self, pieces: Iterable[Piece], n_classes: int, epsilon: float, most_rows: int | None = None) -> None:
        from concurrent.futures import ThreadPoolExecutor  # noqa: PLC0415  (5 ms, only for this method)

        self._source = pieces
        self._pool = ThreadPoolExecutor(n_threads())
        self._kept: list[Piece] | None = [] if 4 * n_classes * (most_rows or 0) <= BUDGET else None
        self.support = np.zeros(n_classes, np.int64)
        spread, size = Spread.zeros(n_classes), 0
        stored: np.dtype[np.floating] = np.dtype(np.float64)
        for piece, part in self._over(lambda piece: (piece, Spread.of(piece.rows)), pieces):
            spread += part
            self.support += np.bincount(piece.labels, minlength=n_classes)
            size, stored = size + piece.rows.nbytes, piece.rows.dtype
            if size > BUDGET:
                self._kept = None
            if self._kept is not None:
                self._kept.append(piece)
        self.n_rows, self.mean, self.scale = spread.n_rows, spread.mean, spread.scale(epsilon)
        few = self.n_rows * n_classes <= EXACT_ENTRIES
        self.dtype = np.dtype(np.float64) if few else stored
        if self._kept is not None:
            self._kept = list(self._over(self._normal, self._kept))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self._pool.shutdown()

    def map(self, function: Callable[[Piece], T]) -> Iterator[T]:
        """Yield what `function` makes of each piece, in the order of the pieces; it runs in several threads."""
        if self._kept is not None:
            return self._over(function, self._kept)
        return self._over(lambda piece: function(self._normal(piece)), self._source)

    def _over(self, function: Callable[[Piece], T], pieces: Iterable[Piece]) -> Iterator[T]:
        waiting = iter(pieces)
        while some := list(islice(waiting, AT_ONCE)):
            yield from self._pool.map(function, some)

    def _normal(self, piece: Piece) -> Piece:
        rows: NDArray[np.floating] = piece.rows.astype(self.dtype, copy=False)
        rows -= self.mean
        rows /= self.scale
        return Piece(rows, piece.labels)

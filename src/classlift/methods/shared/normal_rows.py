"""Normalised logits that are gone through again and again: here, in memory where they fit, or piece by piece."""

from __future__ import annotations

import functools
import operator
from typing import TYPE_CHECKING, Any

import numpy as np

from classlift.kernels.threads import n_threads
from classlift.methods.shared.rows import Part, over_parts, row_parts
from classlift.methods.shared.spread import FirstPass, first_pass

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from numpy.typing import NDArray

    from classlift.data.pieces import Piece, Pieces
    from classlift.layer.step import Domain

    Floats = NDArray[np.float64]

BUDGET = 3 * 2**26
"""Bytes of rows that are kept in memory (192 MiB); where there are more, every pass reads the source again."""

EXACT_ENTRIES = 2**22
"""Up to this many numbers are worked on in float64 whatever their type: the time is not noticed."""


class NormalRows:
    """Labelled rows ``x = (z - E[z]) / s`` with ``s = sqrt(Var[z] + epsilon)`` of each class.

    Parameters
    ----------
    cut : Pieces
        Rows z; in this process gone through once if they fit into BUDGET, else once per sum, as pieces always are.
    domain : Domain
        What the rows are taken as.
    epsilon : float
        Added to the variance.
    most_rows : int
        How many rows there may be: rows that cannot fit are not kept to begin with.

    Attributes
    ----------
    found : FirstPass
        What the first pass found out.
    mean, scale : ndarray of float64, shape (n_classes,)
        E[z] and s.
    dtype : dtype
        Floating type of x: that of z, or float64 where there are few.
    """

    def __init__(self, cut: Pieces, domain: Domain, epsilon: float, most_rows: int) -> None:
        self._engine, self._threads = cut.engine, n_threads() if cut.in_process else 1
        n_classes, self._kept = cut.source.n_classes, None
        if cut.in_process and 4 * n_classes * most_rows <= BUDGET:
            self._kept = _kept(row_parts(cut.pieces[0].open(), domain, labelled=True))
        if self._kept is None:
            found = cut.engine.map(first_pass, cut.pieces, domain, True, self._threads)
        else:
            found = list(over_parts(FirstPass.of, self._kept, self._threads))
        self.found = sum(found, FirstPass.none(n_classes))
        self._pieces = [piece for piece, one in zip(cut.pieces, found, strict=False) if one.spread.n_rows]
        self.mean, self.scale = self.found.spread.mean, self.found.spread.scale(epsilon)
        self.dtype = np.dtype(self.found.floating if self.found.entries > EXACT_ENTRIES else np.float64)
        self._domain = domain
        self._normal = functools.partial(_normalised, mean=self.mean, scale=self.scale, dtype=self.dtype)
        if self._kept is not None:
            self._kept = list(over_parts(self._normal, self._kept, self._threads))

    def sum(self, function: Callable[..., Any], *shared: Any) -> Any:  # noqa: ANN401
        """Sum of ``function(part, *shared)`` over parts of all rows, at least one, in their order."""
        if self._kept is None:
            more = self._domain, self._normal, function, shared, self._threads
            return self._engine.reduce(_sum_piece, self._pieces, *more)
        return _sum(function, shared, self._kept, self._threads)


def _kept(parts: Iterable[Part]) -> list[Part] | None:
    """Hold all the parts; None where they are too many."""
    kept, size = [], 0
    for part in parts:
        kept.append(part)
        size += part.rows.nbytes
        if size > BUDGET:
            return None
    return kept


def _normalised(part: Part, mean: Floats, scale: Floats, dtype: np.dtype[np.floating]) -> Part:
    """Normalise some rows, in place where they have the type already."""
    rows: NDArray[np.floating] = part.rows.astype(dtype, copy=False)
    rows -= mean
    rows /= scale
    return part._replace(rows=rows)


def _sum_piece(
    piece: Piece,
    domain: Domain,
    normal: Callable[[Part], Part],
    function: Callable[..., Any],
    shared: tuple[Any, ...],
    threads: int,
) -> Any:  # noqa: ANN401
    parts = row_parts(piece.open(), domain, labelled=True)
    return _sum(lambda part: function(normal(part), *shared), (), parts, threads)


def _sum(function: Callable[..., Any], shared: tuple[Any, ...], parts: Iterable[Part], threads: int) -> Any:  # noqa: ANN401
    return functools.reduce(operator.add, over_parts(lambda part: function(part, *shared), parts, threads))

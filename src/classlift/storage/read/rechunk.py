"""Blocks of one size, however the file is cut: results then depend only on the values."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from numpy.typing import NDArray

    from classlift.storage.read.container import Chunk

FEWEST, MOST, VALUES = 256, 65536, 2**20


def block_rows(n_classes: int) -> int:
    """Rows of a block: the power of two that brings it near 2**20 values, between 256 and 65536.

    Examples
    --------
    >>> block_rows(1000), block_rows(10), block_rows(100_000)
    (1024, 65536, 256)
    """
    return min(MOST, max(FEWEST, 1 << round(math.log2(VALUES / n_classes))))


def rechunk(chunks: Iterable[Chunk], rows: int) -> Iterator[Chunk]:
    """Cut chunks of any length anew: every one but the last has exactly `rows` rows.

    A piece that lies whole in a chunk is a view of it; only what crosses a cut is copied, into reused buffers.
    """
    waiting = _Waiting(rows)
    for chunk in chunks:
        length = chunk_rows(chunk)
        start = 0
        while start < length:
            end = min(length, start + rows - waiting.filled)
            piece = {name: column[start:end] for name, column in chunk.items()}
            start = end
            if waiting.filled == 0 and chunk_rows(piece) == rows:
                yield piece
            elif waiting.add(piece) == rows:
                yield waiting.take()
    if waiting.filled:
        yield waiting.take()


def chunk_rows(chunk: Chunk) -> int:
    """Number of rows of a chunk."""
    return len(next(iter(chunk.values())))


class _Waiting:
    """Rows that wait for the rest of their block."""

    def __init__(self, rows: int) -> None:
        self.rows = rows
        self.filled = 0
        self.buffers: dict[str, NDArray] = {}

    def add(self, piece: Chunk) -> int:
        start, self.filled = self.filled, self.filled + chunk_rows(piece)
        for name, column in piece.items():
            buffer = self._buffer(name, column, start)
            buffer[start : self.filled] = column
        return self.filled

    def take(self) -> Chunk:
        end, self.filled = self.filled, 0
        return {name: buffer[:end] for name, buffer in self.buffers.items()}

    def _buffer(self, name: str, column: NDArray, start: int) -> NDArray:
        """Buffer of the column, widened where this piece needs it (text of `<U` grows)."""
        old = self.buffers.get(name)
        if old is None:
            old = np.empty((self.rows, *column.shape[1:]), column.dtype)
        common = np.result_type(old, column) if old.dtype != column.dtype else old.dtype
        if common != old.dtype:
            wider = np.empty(old.shape, common)
            wider[:start] = old[:start]
            old = wider
        self.buffers[name] = old
        return old


def widened(scores: NDArray) -> NDArray:
    """Scores of half precision in single precision; others as they are."""
    return scores.astype(np.float32) if scores.dtype == np.float16 else scores

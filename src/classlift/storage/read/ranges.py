"""A range of the rows of a container: where reading may start, and reading from there."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol, runtime_checkable

from classlift.storage.read.rechunk import chunk_rows

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from classlift.storage.read.container import Chunk, Container


class RowRange(NamedTuple):
    """Rows of a container.

    Parameters
    ----------
    skip : int
        Rows of the container before the range.
    rows : int, optional
        Rows in the range; None: all that follow.
    origin : int
        Number of its first row in the whole that the container is a part of.
    """

    skip: int = 0
    rows: int | None = None
    origin: int = 0


ALL_ROWS = RowRange()


@runtime_checkable
class Seekable(Protocol):
    """A container that need not be read from its first row."""

    def starts(self, name: str, step: int) -> Sequence[int]:
        """Rows at which reading of the column `name` may start at no cost, 0 first; where all may, each `step`."""

    def chunks_from(self, start: int, numbers: Sequence[str], others: Sequence[str], rows: int) -> Iterator[Chunk]:
        """Yield successive rows as `chunks` does, from the row `start` on; no checksum of the whole is compared."""


def starts_of(box: Container, name: str, step: int) -> Sequence[int]:
    """Rows of `box` at which reading may start at no cost, 0 first."""
    return box.starts(name, step) if isinstance(box, Seekable) else [0]


def chunks_of(
    box: Container, span: RowRange, numbers: Sequence[str], others: Sequence[str], rows: int
) -> Iterator[Chunk]:
    """Yield the rows of a range; where the container cannot seek, those before it are read and dropped."""
    if span.skip == 0:
        chunks = box.chunks(numbers, others, rows)
    elif isinstance(box, Seekable):
        chunks = box.chunks_from(span.skip, numbers, others, rows)
    else:
        chunks = dropped(box.chunks(numbers, others, rows), span.skip)
    return chunks if span.rows is None else _limited(chunks, span.rows)


def dropped(chunks: Iterable[Chunk], rows: int) -> Iterator[Chunk]:
    """Drop the first rows."""
    for chunk in chunks:
        n = chunk_rows(chunk)
        if rows == 0:
            yield chunk
        elif n > rows:
            yield {name: column[rows:] for name, column in chunk.items()}
        rows = max(0, rows - n)


def _limited(chunks: Iterable[Chunk], rows: int) -> Iterator[Chunk]:
    """Stop after this many rows."""
    for chunk in chunks:
        n = chunk_rows(chunk)
        if n < rows:
            yield chunk
            rows -= n
            continue
        yield {name: column[:rows] for name, column in chunk.items()}
        return

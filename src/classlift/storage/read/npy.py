""".npy: one array after a short header, or the named fields of one."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from classlift.storage.read.arrays import ArrayReader, read_header
from classlift.storage.read.objects import object_fix
from classlift.storage.read.structured import StructuredContainer

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from classlift.storage.read.container import Chunk, Container

UNREADABLE = "only arrays of plain numbers or text with rows can be read: save the values as such."


class NpyContainer:
    """One ``.npy`` file: a single column, named after the file."""

    slow = False

    def __init__(self, path: Path, name: str) -> None:
        self.path, self.name = path, name
        self.key = Path(name).stem
        with path.open("rb") as stream:
            self.header = read_header(stream, name, path.stat().st_size)
            fix = object_fix(stream, self.header.shape) if self.header.dtype.hasobject else UNREADABLE
        self.columns = {self.key: self.header.column} if self.header.readable else {}
        self.refused = {} if self.header.readable else {self.key: fix}

    def called(self, key: str) -> NpyContainer:
        """Give the column another name: that of the other shards."""
        self.columns = dict.fromkeys(self.columns and [key], self.header.column)
        self.refused = dict.fromkeys(self.refused and [key], *self.refused.values())
        self.key = key
        return self

    def chunks(self, numbers: Sequence[str], others: Sequence[str], rows: int) -> Iterator[Chunk]:
        """Yield the rows of the one array under each name asked for."""
        with self.path.open("rb", buffering=0) as stream:
            stream.seek(self.header.offset)
            reader = ArrayReader(stream, self.header, rows)
            for start in range(0, self.header.shape[0], rows):
                yield {self.key: reader.read(min(rows, self.header.shape[0] - start))}

    def starts(self, name: str, step: int) -> Sequence[int]:
        """Rows at which reading may start."""
        return range(0, max(1, self.header.shape[0]), step)

    def chunks_from(self, start: int, numbers: Sequence[str], others: Sequence[str], rows: int) -> Iterator[Chunk]:
        """Yield the rows from `start` on."""
        with self.path.open("rb", buffering=0) as stream:
            reader = ArrayReader(stream, self.header, rows)
            reader.skip(start)
            for begin in range(start, self.header.shape[0], rows):
                yield {self.key: reader.read(min(rows, self.header.shape[0] - begin))}

    def whole(self, name: str) -> NDArray:
        """The array."""
        return next(iter(self.chunks([], [name], max(1, self.header.shape[0]))))[name]

    def locate(self, row: int) -> str:
        """The file and the row."""
        return f"{self.name}, row {row}"


def read_array(path: Path) -> NDArray:
    """The array of a small ``.npy`` file: plain numbers or text, without pickle; no more is allocated than is stored.

    Raises
    ------
    ValueError, EOFError, ClassliftError
        If it is none.
    """
    box = NpyContainer(path, str(path))
    if not box.columns:
        raise ValueError("it holds no plain numbers or text")
    return box.whole(box.key)


def open_container(path: Path, name: str) -> Container:
    """Open the file for reading; named fields become columns."""
    box = NpyContainer(path, name)
    if box.header.dtype.names is None or box.header.dtype.hasobject:
        return box
    return StructuredContainer(path, name, box.header)

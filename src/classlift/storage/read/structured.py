""".npy with named fields: a record per row, read as columns."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from classlift.errors import ClassliftError
from classlift.storage.read.arrays import READABLE_KINDS, ArrayHeader, fill
from classlift.storage.read.container import Column

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from classlift.storage.read.container import Chunk


class StructuredContainer:
    """The fields of one array."""

    slow = False

    def __init__(self, path: Path, name: str, header: ArrayHeader) -> None:
        self.path, self.name, self.header = path, name, header
        self.columns: dict[str, Column] = {}
        self.refused: dict[str, str] = {}
        if len(header.shape) != 1:
            raise ClassliftError(
                name, f"has named fields and shape {header.shape}, expected (n_samples,)", fix="save array.ravel()."
            )
        for key in header.dtype.names or ():
            kind, shape = _plain(header.dtype[key])
            if kind.kind in READABLE_KINDS and kind.itemsize and 0 not in shape:
                text = kind.kind in "US"
                dtype = np.dtype(object) if text else kind.newbyteorder("=")
                self.columns[key] = Column(dtype, shape, header.shape[0])
            else:
                self.refused[key] = "only fields of plain numbers or text can be read: save it as an array of its own."

    def chunks(self, numbers: Sequence[str], others: Sequence[str], rows: int) -> Iterator[Chunk]:
        """Yield successive rows of the fields."""
        return self.chunks_from(0, numbers, others, rows)

    def starts(self, name: str, step: int) -> Sequence[int]:
        """Rows at which reading may start."""
        return range(0, max(1, self.header.shape[0]), step)

    def chunks_from(self, start: int, numbers: Sequence[str], others: Sequence[str], rows: int) -> Iterator[Chunk]:
        """Yield the rows from `start` on."""
        size, total = self.header.dtype.itemsize, self.header.shape[0]
        with self.path.open("rb", buffering=0) as stream:
            stream.seek(self.header.offset + start * size)
            for begin in range(start, total, rows):
                raw = np.empty(min(rows, total - begin) * size, np.uint8)
                fill(stream, raw)
                records = raw.view(self.header.dtype)
                yield {key: _values(records[key]) for key in dict.fromkeys([*numbers, *others])}

    def whole(self, name: str) -> NDArray:
        """One field."""
        return next(iter(self.chunks([], [name], max(1, self.header.shape[0]))))[name]

    def locate(self, row: int) -> str:
        """The file and the row."""
        return f"{self.name}, row {row}"


def _plain(field: np.dtype) -> tuple[np.dtype, tuple[int, ...]]:
    return field.base, field.shape


def _values(field: NDArray) -> NDArray:
    if field.dtype.kind == "S":
        return np.strings.decode(field, "utf-8")
    return np.ascontiguousarray(field.astype(field.dtype.newbyteorder("="), copy=False))

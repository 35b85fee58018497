"""Columns that wait on disk until their turn to be written comes."""

from __future__ import annotations

import math
import tempfile
import weakref
from typing import IO, TYPE_CHECKING

import numpy as np

from classlift.errors import ClassliftError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from numpy.typing import NDArray


class Spool:
    """The blocks of one column, in a temporary file: memory does not grow with the rows.

    Parameters
    ----------
    folder : Path, optional
        Where the file lies (it has no name there).
    """

    def __init__(self, folder: Path | None) -> None:
        self.file: IO[bytes] = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115 (closed with the spool)
        weakref.finalize(self, self.file.close)
        self.pieces: list[tuple[np.dtype, tuple[int, ...]]] = []
        self.rows = 0

    def add(self, values: NDArray) -> None:
        """Add the rows of a block."""
        values = np.ascontiguousarray(values)
        self.pieces.append((values.dtype, values.shape))
        self.rows += len(values)
        self.file.write(values.reshape(-1).view(np.uint8).data)
        self.file.flush()  # a full disk is told here

    @property
    def dtype(self) -> np.dtype:
        """Type that holds all blocks: text as wide as the widest."""
        return np.result_type(*(dtype for dtype, _ in self.pieces))

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the whole column."""
        return (self.rows, *self.pieces[0][1][1:])

    @property
    def n_bytes(self) -> int:
        """Size of the file."""
        return sum(self._sizes)

    @property
    def _sizes(self) -> list[int]:
        return [math.prod(shape) * dtype.itemsize for dtype, shape in self.pieces]

    def blocks(self) -> Iterator[NDArray]:
        """Yield the blocks again, in order, in the common type."""
        common, start = self.dtype, 0
        for (dtype, shape), size in zip(self.pieces, self._sizes, strict=True):
            block = np.asarray(np.memmap(self.file, dtype, "r", start, shape)) if size else np.empty(shape, dtype)
            start += size
            yield block.astype(common, copy=False)


class Spools(dict[str, Spool]):
    """Spools by column name, made when a column is first seen."""

    def __init__(self, folder: Path | None) -> None:
        super().__init__()
        self.folder = folder

    def add(self, name: str, values: NDArray) -> None:
        """Add the rows of a block to the column `name`."""
        if name not in self:
            self[name] = Spool(self.folder)
        self[name].add(values)

    def close(self) -> None:
        """Let go of the temporary files."""
        for spool in self.values():
            spool.file.close()


def plain(values: NDArray) -> NDArray:
    """`values` as numbers in native little-endian order or as `<U` text (no value: empty text)."""
    if values.dtype.kind in "OT":
        return np.array(["" if v is None or v != v else str(v) for v in values.tolist()], dtype=np.str_).astype("<U")  # noqa: PLR0124
    if values.dtype.kind == "S":
        return np.strings.decode(values, "utf-8")
    return values.astype(values.dtype.newbyteorder("<"), copy=False)


def check_rows(written: int, expected: int | None, where: str) -> None:
    """Refuse to finish a file that announced another number of rows than it got."""
    if expected is not None and written != expected:
        raise ClassliftError(
            where,
            f"{written} rows were written, {expected} were announced",
            fix="the input changed while it was read: run the command again.",
        )

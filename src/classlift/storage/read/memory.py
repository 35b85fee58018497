"""Arrays and DataFrames that are in memory already."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from classlift.storage.read.arrays import OBJECT_FIX, READABLE_KINDS
from classlift.storage.read.container import Column

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from classlift.storage.read.container import Chunk


class MemoryContainer:
    """Named arrays; a pandas DataFrame is a mapping of its columns."""

    slow = False

    def __init__(self, arrays: Mapping[Any, Any], name: str) -> None:
        self.name = name
        self.refused: dict[str, str] = {}
        self.arrays: dict[str, NDArray] = {}
        for key, values in arrays.items():
            self._add(str(key), _plain(np.asarray(values)))
        self.columns = {
            key: Column(np.dtype(object) if a.dtype.kind in "OUT" else a.dtype, a.shape[1:], len(a))
            for key, a in self.arrays.items()
        }

    def _add(self, key: str, array: NDArray) -> None:
        if array.ndim and array.dtype.kind in READABLE_KINDS + "OT":
            self.arrays[key] = array
        elif array.ndim:
            self.refused[key] = OBJECT_FIX

    def chunks(self, numbers: Sequence[str], others: Sequence[str], rows: int) -> Iterator[Chunk]:
        """Yield views of the arrays."""
        names = [*numbers, *others]
        for start in range(0, len(self.arrays[names[0]]), rows):
            yield {name: self.arrays[name][start : start + rows] for name in names}

    def whole(self, name: str) -> NDArray:
        """The array."""
        return self.arrays[name]

    def locate(self, row: int) -> str:
        """The name and the row."""
        return f"{self.name}, row {row}"


def _plain(array: NDArray) -> NDArray:
    """Cells that hold arrays or lists become a matrix, bytes become text."""
    if array.dtype.kind == "S":
        return np.strings.decode(array, "utf-8")
    if array.dtype.kind == "O" and array.ndim == 1 and len(array) and isinstance(array[0], np.ndarray | list | tuple):
        return np.array([np.asarray(cell) for cell in array])
    return array

"""What every format hands over: named columns and their rows, chunk after chunk. No meaning here."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

import numpy as np

from classlift.errors import ClassliftError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    Chunk = Mapping[str, NDArray]

TRANSPOSED_ROWS = 256
"""Rows that are turned from columns into rows at a time: the piece stays in the cache."""


class Column(NamedTuple):
    """One named column or array of a container.

    Parameters
    ----------
    dtype : dtype
        Type of its values; object for text. In text files a guess from the first lines.
    width : tuple of int
        Shape of one row: ``()`` for a plain column, ``(K,)`` for a matrix.
    rows : int, optional
        Number of rows, or None where only reading tells.
    members : tuple of str
        Names of the values of one row, where each cell names them.
    in_order : bool
        Whether the order of `members` is one that the file states.
    """

    dtype: np.dtype
    width: tuple[int, ...] = ()
    rows: int | None = None
    members: tuple[str, ...] = ()
    in_order: bool = True

    @property
    def is_text(self) -> bool:
        """Whether it holds text."""
        return self.dtype.kind in "OUT"

    @property
    def shape(self) -> str:
        """Its shape in words."""
        rows = "n" if self.rows is None else str(self.rows)
        return f"({', '.join((rows, *map(str, self.width)))})"


class Container(Protocol):
    """A file, a folder of shards or arrays in memory, read as named columns."""

    @property
    def name(self) -> str:
        """What messages call it."""

    @property
    def slow(self) -> bool:
        """Whether reading it again costs much more than reading as many bytes: text, compressed arrays."""

    @property
    def columns(self) -> Mapping[str, Column]:
        """The columns in the order of the file."""

    @property
    def refused(self) -> Mapping[str, str]:
        """Columns that cannot be read safely, with how to fix each."""

    def chunks(self, numbers: Sequence[str], others: Sequence[str], rows: int) -> Iterator[Chunk]:
        """Yield successive rows of the named columns; a chunk is valid until the next one is asked for.

        `numbers` come as numbers, `others` as they are stored (from text files: as text). `rows` is
        the welcome length of a chunk; a format may give more or fewer.
        """

    def whole(self, name: str) -> NDArray:
        """One small column, read whole."""

    def locate(self, row: int) -> str:
        """Where `row` lies, for messages."""


def twice(where: str, name: str, what: str = "columns") -> ClassliftError:
    """The error for one name of two columns."""
    return ClassliftError(where, f"two {what} are named {name!r}", fix="give each a name of its own.")


def side_by_side(columns: Sequence[NDArray]) -> NDArray:
    """Put plain columns side by side into one C-ordered matrix, shape (rows, len(columns))."""
    stacked = np.stack(columns)
    out = np.empty(stacked.shape[::-1], stacked.dtype)
    for start in range(0, len(out), TRANSPOSED_ROWS):
        out[start : start + TRANSPOSED_ROWS] = stacked[:, start : start + TRANSPOSED_ROWS].T
    return out

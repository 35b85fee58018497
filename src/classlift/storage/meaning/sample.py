"""The first rows of a container: what a judgement on its columns is based on, read once."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from classlift.data.kind import row_sum_tolerance
from classlift.storage.read.head import first_rows

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from classlift.storage.read.container import Container

CLASSES_COLUMN = "class_names"
ROWS = 2048
FEWEST = 64
VALUES = 1 << 20
SUM_TOLERANCE = 0.011
"""Rows whose sums are this near to 1 are meant to be probabilities, however they were rounded."""


class Sample:
    """First rows of the columns of a container; each is read when it is first asked for."""

    def __init__(self, box: Container) -> None:
        self.box = box
        self.stored: dict[str, NDArray] = {}

    @cached_property
    def plain(self) -> list[str]:
        """Plain columns with as many rows as the longest has, read at once."""
        plain = [name for name, c in self.box.columns.items() if not c.width and name != CLASSES_COLUMN]
        rows = [self.box.columns[name].rows for name in self.box.columns]
        longest = None if None in rows else max((r for r in rows if r is not None), default=0)
        plain = [name for name in plain if self.box.columns[name].rows == longest]
        if plain:
            n = int(min(ROWS, max(FEWEST, VALUES // len(plain))))
            self.stored |= first_rows(self.box, plain, n)
        return plain

    def values(self, name: str) -> NDArray:
        """First values of a column as they are stored (of text files: as text where the column is text)."""
        if name not in self.stored:
            if not self.box.columns[name].width and name in self.plain:
                return self.stored[name]
            width = int(np.prod(self.box.columns[name].width)) or 1
            self.stored |= first_rows(self.box, [name], int(min(ROWS, max(FEWEST, VALUES // width))))
        return self.stored[name]

    def is_numeric(self, name: str) -> bool:
        """Whether a column holds numbers."""
        return not self.box.columns[name].is_text

    def numbers(self, names: Sequence[str]) -> NDArray[np.float64]:
        """First rows of columns of numbers side by side, shape (rows, len(names)); NaN where a cell is not a number."""
        columns = [as_numbers(self.values(name)) for name in names]
        n = min(map(len, columns), default=0)
        return np.stack([column[:n] for column in columns], axis=1) if columns else np.empty((0, 0))

    def texts(self, name: str) -> list[str]:
        """Filled values of a plain column as text, whole numbers without a point."""
        values = self.values(name).ravel()
        return [t for t in map(str if values.dtype.kind in "iu" else as_text, values.tolist()) if t]

    def proper(self, names: Sequence[str]) -> bool:
        """Whether the rows of these columns are probabilities together."""
        return are_proper(self.numbers(names))


def as_numbers(values: NDArray) -> NDArray[np.float64]:
    """Values as float64; NaN where one is not a number."""
    if values.dtype.kind in "fiub":
        with np.errstate(invalid="ignore"):  # a signalling NaN
            return values.astype(np.float64)
    out = np.full(len(values), np.nan)
    for i, value in enumerate(values.tolist()):
        try:
            out[i] = float(value)
        except (TypeError, ValueError, OverflowError):
            continue
    return out


def as_text(value: object) -> str:
    """A label as text; a whole number without a point, nothing for what is missing."""
    if value is None or value != value:  # noqa: PLR0124  (NaN)
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()


def are_proper(rows: NDArray[np.float64]) -> bool:
    """Whether rows are not negative and sum to 1, but for rounding."""
    rows = rows[np.isfinite(rows).all(axis=1)] if rows.size else rows
    if not len(rows) or rows.shape[1] < 2:
        return False
    with np.errstate(over="ignore"):
        away = np.abs(rows.sum(axis=1) - 1)
    tolerance = SUM_TOLERANCE if (away <= SUM_TOLERANCE).mean() > 0.9 else row_sum_tolerance(rows)
    good = (rows >= 0).all(axis=1) & (away <= max(SUM_TOLERANCE, tolerance))
    return bool(good.mean() > 0.9)

"""The table noun: a title, columns, rows of raw values; the type of a value says how it is written."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple, Self

import numpy as np

from classlift.data.metrics import Better

if TYPE_CHECKING:
    from numpy.typing import NDArray


class Share(float):
    """A fraction that people read in per cent."""


class Change(float):
    """A difference of two values of a figure, and which way it gets better."""

    better: Better

    def __new__(cls, value: float, better: Better = Better.UP) -> Self:
        """Make one that gets better upwards, unless it is said."""
        made = super().__new__(cls, value)
        made.better = better
        return made


class Points(Change):
    """A difference of fractions that people read in percentage points (pp)."""


class CountChange(int):
    """A difference of two counts, and which way it gets better."""

    better: Better

    def __new__(cls, value: int, better: Better = Better.UP) -> Self:
        """Make one that gets better upwards, unless it is said."""
        made = super().__new__(cls, value)
        made.better = better
        return made


Value = str | int | float | None
"""Text, a count (int), a number (float, Share), a change that knows its direction, or None where nothing is known."""


class Table(NamedTuple):
    """A title, column names, rows of raw values, and sentences that explain them.

    Parameters
    ----------
    title : str
        What it shows.
    columns : tuple of str
        Column names.
    rows : tuple of tuple of Value
        One value per column; NaN and None are both unknown.
    footer : tuple of str
        What a reader should know.
    bars : tuple of str
        Columns of shares that a terminal also draws as a bar: one column, or two, before and after.
    detail : bool
        Whether it is shown on request only (``--details``).
    detail_columns : tuple of str
        Columns that are shown on request only.
    explained : tuple of str
        Sentences about how the values are made, which are shown on request only.
    line : int
        After how many rows a terminal draws a line; 0: nowhere.
    """

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Value, ...], ...]
    footer: tuple[str, ...] = ()
    bars: tuple[str, ...] = ()
    detail: bool = False
    detail_columns: tuple[str, ...] = ()
    explained: tuple[str, ...] = ()
    line: int = 0


def brief(table: Table) -> Table:
    """The table as it is shown where nobody asks for details."""
    for column in table.detail_columns:
        table = without(table, column) if column in table.columns else table
    return table._replace(explained=())


def detailed(table: Table) -> Table:
    """The table with its explanations below it."""
    return table._replace(footer=(*table.footer, *table.explained), explained=())


def with_notes(table: Table, notes: Sequence[str]) -> Table:
    """The table with what a user should know below it; no sentence twice."""
    return table._replace(footer=tuple(dict.fromkeys((*notes, *table.footer))))


def said_once(tables: Sequence[Table], said: Sequence[str]) -> list[Table]:
    """The tables without the sentences below them that were said before, there or in an earlier table."""
    known, found = {sentence.rstrip(".") for sentence in said}, []
    for table in tables:
        new = dict.fromkeys(sentence for sentence in table.footer if sentence.rstrip(".") not in known)
        known |= {sentence.rstrip(".") for sentence in new}
        found.append(table._replace(footer=tuple(new)))
    return found


def without(table: Table, column: str) -> Table:
    """The same table without one of its columns."""
    at = table.columns.index(column)
    rows = tuple(row[:at] + row[at + 1 :] for row in table.rows)
    return table._replace(columns=table.columns[:at] + table.columns[at + 1 :], rows=rows)


def worst_first(accuracy: NDArray[np.float64]) -> Sequence[int]:
    """Class numbers by accuracy, lowest first; classes without samples (NaN) last."""
    order: list[int] = np.argsort(accuracy, kind="stable").tolist()
    return order


def shown(count: int, of: int, what: str = "classes") -> tuple[str, ...]:
    """Footer that tells how many classes, or other rows, are missing from a table."""
    return () if count == of else (f"{count} of {of} {what} shown; --top 0 shows all.",)


def per_cent(fraction: float) -> str:
    """Write a fraction in per cent, as in ``20 %``."""
    return f"{fraction * 100:g} %"


def share(part: int, of: int) -> Share:
    """Give `part` as a fraction of a whole; NaN of nothing."""
    return Share(part / of) if of else Share("nan")


def setting_value(value: object) -> Value:
    """A setting as a table shows it: a list by its length and first numbers, a switch as yes or no."""
    if isinstance(value, list | tuple):
        first = ", ".join(f"{entry:g}" for entry in value[:5])
        return first if len(value) <= 5 else f"{first}, … ({len(value)} numbers)"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return value if isinstance(value, str | int | float) else None

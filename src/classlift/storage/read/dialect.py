"""How a text file is written: separator, header, decimal sign; found from its first lines."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from classlift.errors import ClassliftError
from classlift.storage.read.header import has_header, is_number, names_without_header

if TYPE_CHECKING:
    from collections.abc import Iterator

    from classlift.storage.read.lines import Piece

BLANKS = " "
GUARDED = "=+-@\t\r"
SEPARATOR_LINE = re.compile(r"\ufeff?\"?sep=([,;|\t])\"?", re.IGNORECASE)
THOUSANDS = re.compile(r"[+-]?\d{1,3}(?:(?:\.\d{3})+,\d+|(?:,\d{3})+\.\d+|(?:[ '\u00a0\u202f]\d{3})+[.,]\d+)")


@dataclass(frozen=True)
class Dialect:
    """How to read the lines of a text file.

    Parameters
    ----------
    separator : str
        Tab, semicolon, comma, bar, or a blank for runs of blanks.
    names : tuple of str
        Column names; where there is no header, numbers for the scores and words for the other columns.
    has_header : bool
        Whether a line holds the names.
    decimal : str
        Point or comma.
    above : int
        Lines above the first row that are not empty: remarks, and the header.
    """

    separator: str
    names: tuple[str, ...]
    has_header: bool
    decimal: str
    above: int


def find_dialect(lines: list[str], where: str, header: bool | None = None) -> Dialect:
    """Dialect of a file that begins with `lines`: at least one, none of them empty.

    Parameters
    ----------
    lines : list of str
        First lines.
    where : str
        What messages call the file.
    header : bool, optional
        Whether a line holds names, where the user says it.

    Raises
    ------
    ClassliftError
        If it cannot be told how it is written.
    """
    said, remarks, lines = _without_remarks(lines)
    separator = said or _separator(lines)
    cells = [split(line, separator) for line in lines]
    first, second = cells[0], cells[1] if len(cells) > 1 else []
    decimal = "," if separator in ";\t |" and any("," in c and is_number(c, ",") for c in second or first) else "."
    _check_no_thousands(cells, where)
    named = has_header(cells, decimal, where) if header is None else header
    if not named:
        return Dialect(separator, names_without_header(cells, decimal), False, decimal, remarks)
    names = tuple(unguarded(name.lstrip()) or "index" for name in first)
    return Dialect(separator, names, True, decimal, remarks + 1)


def _without_remarks(lines: list[str]) -> tuple[str, int, list[str]]:
    """The separator that a first line ``sep=;`` names, how many lines are remarks, and the lines below them.

    The last of the lines that begin with # holds the names where it has as many cells as the line below it.
    """
    said = SEPARATOR_LINE.fullmatch(lines[0])
    start = 1 if said and len(lines) > 1 else 0
    end = next((i for i, line in enumerate(lines[start:], start) if not line.startswith("#")), start)
    if end > start:
        above, separator = lines[end - 1].lstrip("# "), _separator(lines[end:])
        if len(split(above, separator)) == len(split(lines[end], separator)):
            return "", end - 1, [above, *lines[end:]]
    elif lines[start].startswith("#"):
        return "", start, [lines[start].lstrip("# "), *lines[start + 1 :]]
    return said[1] if said and start else "", end, lines[end:]


def _check_no_thousands(rows: list[list[str]], where: str) -> None:
    """Refuse numbers such as 1.234,5 and 1,234.5, which a reader of decimal numbers gets wrong."""
    found = next((cell for row in rows for cell in row if THOUSANDS.fullmatch(cell.strip())), None)
    if found is not None:
        raise ClassliftError(
            where,
            f"{found!r} has a separator of thousands",
            fix="write numbers without separators of thousands, such as 1234.5.",
        )


def is_libsvm(dialect: Dialect) -> bool:
    """Whether a file has the header that LIBSVM writes: ``labels`` and the numbers of the classes."""
    first, *numbers = dialect.names
    return dialect.has_header and dialect.separator == BLANKS and first == "labels" and all(map(is_number, numbers))


def split(line: str, separator: str) -> list[str]:
    """Cells of one line."""
    if separator == BLANKS:
        return line.split()
    return next(csv.reader(io.StringIO(line, newline=""), delimiter=separator), [])


def logical_lines(text: str) -> list[str]:
    """Lines of `text`; a line end within quotes does not end one."""
    lines: list[str] = []
    for line in text.replace("\r\n", "\n").split("\n"):
        if lines and lines[-1].count('"') % 2:
            lines[-1] += "\n" + line
        else:
            lines.append(line)
    return lines


def last_line_end(piece: Piece) -> int:
    """End of the last whole line: a line end within quotes does not count."""
    if b'"' not in piece:
        return piece.rfind(b"\n") + 1
    signs = np.frombuffer(piece, np.uint8)
    ends = np.flatnonzero(signs == ord("\n"))
    outside = ends[np.searchsorted(np.flatnonzero(signs == ord('"')), ends) % 2 == 0]
    return int(outside[-1]) + 1 if len(outside) else 0


def rows_of(piece: Piece, dialect: Dialect) -> Iterator[list[str]]:
    """Cells of each row of a piece of a file; empty lines are none."""
    blanks = dialect.separator == BLANKS
    text = (single_blanks(piece) if blanks else piece).decode("utf-8", "replace")
    rows = csv.reader(io.StringIO(text, newline=""), delimiter="\t" if blanks else dialect.separator)
    return (cells for cells in rows if cells)


def swallowed(piece: Piece, dialect: Dialect) -> int | None:
    """Row of a piece with a cell that holds the end of one row and the start of another, counted from 1, or None."""
    separator, needed = dialect.separator if dialect.separator != BLANKS else "\t", len(dialect.names) - 1
    for row, cells in enumerate(rows_of(piece, dialect)):
        if any("\n" in cell and cell.count(separator) >= max(1, needed) for cell in cells):
            return row + 1
    return None


def single_blanks(piece: Piece) -> bytes:
    """Runs of blanks within lines as one tab each, and none at their ends."""
    trimmed = re.sub(rb"(?m)^[ \t]+|[ \t]+\r?$", b"", piece)
    return re.sub(rb"[ \t]+", b"\t", trimmed)


def guarded(text: str) -> str:
    """`text` as a cell that no spreadsheet takes for a formula; numbers stay."""
    return "'" + text if text and text[0] in GUARDED and not is_number(text) else text


def unguarded(text: str) -> str:
    """`text` without the apostrophe that `guarded` puts before it."""
    return text[1:] if len(text) > 1 and text[0] == "'" and text[1] in GUARDED else text


def _separator(lines: list[str]) -> str:
    """The separator that cuts all lines alike, or the one that cuts the first line most."""
    for separator in ("\t", ";", ",", "|", BLANKS):
        lengths = {len(split(line, separator)) for line in lines}
        if len(lengths) == 1 and lengths != {1}:
            return separator
    return max((",", "\t", ";", "|"), key=lines[0].count)

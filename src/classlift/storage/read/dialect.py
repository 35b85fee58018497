"""How a text file is written: separator, header, decimal sign; found from its first lines."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from classlift.storage.meaning.names import is_usual

if TYPE_CHECKING:
    from collections.abc import Iterator

BLANKS = " "
GUARDED = "=+-@\t\r"


@dataclass(frozen=True)
class Dialect:
    """How to read the lines of a text file.

    Parameters
    ----------
    separator : str
        Tab, semicolon, comma, or a blank for runs of blanks.
    names : tuple of str
        Column names, or numbers where there is no header.
    has_header : bool
        Whether the first line holds the names.
    decimal : str
        Point or comma.
    """

    separator: str
    names: tuple[str, ...]
    has_header: bool
    decimal: str


def find_dialect(lines: list[str]) -> Dialect:
    """Dialect of a file that begins with `lines`: at least one, none of them empty."""
    lines = [lines[0].lstrip("# ") if lines[0].startswith("#") else lines[0], *lines[1:]]
    separator = _separator(lines)
    cells = [split(line, separator) for line in lines]
    first, second = cells[0], cells[1] if len(cells) > 1 else []
    decimal = "," if separator in ";\t " and any("," in c and is_number(c, ",") for c in second or first) else "."
    has_header = _is_header(first, second, decimal)
    names = tuple(unguarded(name.lstrip()) or "index" for name in first) if has_header else _numbered(len(first))
    return Dialect(separator, names, has_header, decimal)


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


def last_line_end(piece: bytes) -> int:
    """End of the last whole line: a line end within quotes does not count."""
    if b'"' not in piece:
        return piece.rfind(b"\n") + 1
    signs = np.frombuffer(piece, np.uint8)
    ends = np.flatnonzero(signs == ord("\n"))
    outside = ends[np.searchsorted(np.flatnonzero(signs == ord('"')), ends) % 2 == 0]
    return int(outside[-1]) + 1 if len(outside) else 0


def rows_of(piece: bytes, dialect: Dialect) -> Iterator[list[str]]:
    """Cells of each row of a piece of a file; empty lines are none."""
    blanks = dialect.separator == BLANKS
    text = (single_blanks(piece) if blanks else piece).decode("utf-8", "replace")
    rows = csv.reader(io.StringIO(text, newline=""), delimiter="\t" if blanks else dialect.separator)
    return (cells for cells in rows if cells)


def single_blanks(piece: bytes) -> bytes:
    """Runs of blanks within lines as one tab each, and none at their ends."""
    trimmed = re.sub(rb"(?m)^[ \t]+|[ \t]+\r?$", b"", piece)
    return re.sub(rb"[ \t]+", b"\t", trimmed)


def is_number(cell: str, decimal: str = ".") -> bool:
    """Whether a cell reads as a number."""
    try:
        float(cell.replace(decimal, "."))
    except ValueError:
        return False
    return True


def guarded(text: str) -> str:
    """`text` as a cell that no spreadsheet takes for a formula; numbers stay."""
    return "'" + text if text and text[0] in GUARDED and not is_number(text) else text


def unguarded(text: str) -> str:
    """`text` without the apostrophe that `guarded` puts before it."""
    return text[1:] if len(text) > 1 and text[0] == "'" and text[1] in GUARDED else text


def _separator(lines: list[str]) -> str:
    """The separator that cuts all lines alike, or the one that cuts the first line most."""
    for separator in ("\t", ";", ",", BLANKS):
        lengths = {len(split(line, separator)) for line in lines}
        if len(lengths) == 1 and lengths != {1}:
            return separator
    return max((",", "\t", ";"), key=lines[0].count)


def _is_header(first: list[str], second: list[str], decimal: str) -> bool:
    if len(first) == 1 and not is_number(first[0], decimal):
        return is_usual(first[0])
    if not all(is_number(cell, decimal) for cell in first):
        return True
    counted = first in (_counted(0, len(first)), _counted(1, len(first)))
    one_hot = len(first) == 2 and all(cell in ("0", "1") for cell in second)
    return counted and len(first) > 1 and not one_hot


def _counted(start: int, n: int) -> list[str]:
    return [str(k) for k in range(start, start + n)]


def _numbered(n: int) -> tuple[str, ...]:
    return tuple(_counted(0, n))

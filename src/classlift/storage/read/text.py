""".csv, .tsv, .txt, plain or gzip'd: pieces of the file, cut at line ends, parsed by all cores."""

from __future__ import annotations

from typing import IO, TYPE_CHECKING

import numpy as np
import pyarrow as pa

from classlift.errors import ClassliftError
from classlift.storage.read.container import Column
from classlift.storage.read.dialect import (
    Dialect,
    find_dialect,
    is_number,
    last_line_end,
    logical_lines,
    rows_of,
    split,
)
from classlift.storage.read.lines import LONGEST_LINE, check_length, open_text, parsed, pieces
from classlift.storage.read.parsing import Wanted, parse, read
from classlift.storage.read.rechunk import chunk_rows

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from classlift.storage.read.container import Chunk

SNIFFED_LINES = 20
MATRIX = "values"
"""Name of what a file without header holds."""


class TextContainer:
    """The columns of one text file; a file without header is one matrix (or one plain column)."""

    slow = True

    def __init__(self, path: Path, name: str) -> None:
        self.path, self.name = path, name
        self.refused: dict[str, str] = {}
        lines = self._first_lines()
        self.dialect = find_dialect(lines)
        self.columns = self._columns(lines[self.dialect.has_header :])

    def chunks(self, numbers: Sequence[str], others: Sequence[str], rows: int) -> Iterator[Chunk]:
        """Yield the rows of successive pieces of the file; a piece has the length that parses well, not `rows`."""
        wanted = Wanted({name: self._inner(name) for name in numbers}, {name: self._inner(name) for name in others})
        start = 0
        for piece, chunk in self._parsed(wanted):
            if isinstance(chunk, pa.ArrowInvalid):
                self._name_fault(piece, wanted, start)
                raise chunk
            start += chunk_rows(chunk)
            yield chunk

    def whole(self, name: str) -> NDArray:
        """One small column as text."""
        return np.concatenate([chunk[name] for chunk in self.chunks([], [name], 1)])

    def locate(self, row: int) -> str:
        """The file and the row."""
        return f"{self.name}, row {row}"

    def _inner(self, name: str) -> tuple[str, ...]:
        """Names of the file's columns that make the column `name`."""
        return (name,) if self.dialect.has_header else self.dialect.names

    def _columns(self, lines: list[str]) -> dict[str, Column]:
        d = self.dialect
        if len(set(d.names)) < len(d.names):
            twice = next(n for n in d.names if d.names.count(n) > 1)
            raise ClassliftError(self.name, f"two columns are named {twice!r}", fix="name every column once.")
        cells = [row for row in (split(line, d.separator) for line in lines) if len(row) == len(d.names)]
        kinds = [_guess([row[k] for row in cells], d) for k in range(len(d.names))]
        if d.has_header:
            return {name: Column(kind) for name, kind in zip(d.names, kinds, strict=True)}
        return {MATRIX: Column(np.result_type(*kinds), (len(kinds),) if len(kinds) > 1 else ())}

    def _first_lines(self) -> list[str]:
        with open_text(self.path) as stream:
            head = b"".join(self._line(stream) for _ in range(2 * SNIFFED_LINES))
            cut = head[: last_line_end(head)] if stream.read(1) else head
        lines = logical_lines(cut.decode("utf-8-sig"))
        filled = [line for line in lines if line.strip()]
        if not filled:
            raise ClassliftError(self.name, "the file is empty", fix="export the predictions again.")
        above = lines[: lines.index(filled[0]) + 1]
        self.header_lines = len(above) + sum(line.count("\n") for line in above)
        return filled[:SNIFFED_LINES]

    def _line(self, stream: IO[bytes]) -> bytes:
        line = stream.readline(LONGEST_LINE + 1)
        check_length(line, self.name)
        return line

    def _parsed(self, wanted: Wanted) -> Iterator[tuple[bytes, Chunk | pa.ArrowInvalid]]:
        """Pieces of the file below its header, with what is in them."""
        with open_text(self.path) as stream:
            for _ in range(self.header_lines if self.dialect.has_header else 0):
                stream.readline()
            cut = pieces(stream, self.name, last_line_end)
            yield from parsed(cut, lambda piece: parse(piece, self.dialect, wanted))

    def _name_fault(self, piece: bytes, wanted: Wanted, start: int) -> None:
        """Say which row and column could not be read."""
        expected = len(self.dialect.names)
        for row, cells in enumerate(rows_of(piece, self.dialect)):
            if len(cells) != expected:
                raise ClassliftError(
                    f"{self.name}, row {start + row}",
                    f"{len(cells)} cells, expected {expected} as in the first line",
                    fix="write every row with the same number of cells, and quote cells that hold the separator.",
                )
        table = read(piece, self.dialect, Wanted({}, {"": self.dialect.names}))
        for name in wanted.floating:
            for row, cell in enumerate(table.column(name).to_pylist()):
                if cell and not is_number(cell, self.dialect.decimal):
                    raise ClassliftError(
                        f"{self.name}, row {start + row}, column {name!r}",
                        f"{cell!r} is not a number",
                        fix="write scores as decimal numbers, or name the score columns with --prefix.",
                    )


def _guess(cells: list[str], d: Dialect) -> np.dtype:
    filled = [cell for cell in cells if cell]
    if 2 * sum(is_number(cell, d.decimal) for cell in filled) < len(filled):
        return np.dtype(object)  # a stray word must not hide a column of numbers: it is named when it is read
    whole = all(cell.strip().lstrip("+-").isdigit() for cell in cells)
    return np.dtype(np.int64 if whole else np.float64)


def open_container(path: Path, name: str) -> TextContainer:
    """Open the file for reading."""
    return TextContainer(path, name)

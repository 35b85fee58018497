""".csv, .tsv, .txt, plain or gzip'd: pieces of the file, cut at line ends, parsed by all cores."""

from __future__ import annotations

from typing import IO, TYPE_CHECKING

import numpy as np
import pyarrow as pa

from classlift.errors import ClassliftError
from classlift.storage.arrow import texts_of
from classlift.storage.read.cells import LIBSVM_FIX, check_is_a_table, list_width, refusal_of
from classlift.storage.read.container import Column
from classlift.storage.read.dialect import (
    Dialect,
    find_dialect,
    is_libsvm,
    last_line_end,
    logical_lines,
    rows_of,
    split,
    swallowed,
    unguarded,
)
from classlift.storage.read.header import is_number
from classlift.storage.read.lines import LONGEST_LINE, check_length, first_piece, open_text, parsed, pieces
from classlift.storage.read.parsing import Wanted, lists_in, numbers_in, parse, read
from classlift.storage.read.rechunk import chunk_rows

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from classlift.storage.read.container import Chunk
    from classlift.storage.read.lines import Piece

SNIFFED_LINES = 20
UNNAMED = "index"
"""Name of a column whose header is empty, as pandas writes its index."""

MATRIX = "values"
"""Name of what a file without header holds."""


class TextContainer:
    """The columns of one text file; a file without header is one matrix (or one plain column)."""

    slow = True
    matrix = ""
    """Name of the scores of a file without header."""

    def __init__(self, path: Path, name: str, header: bool | None = None) -> None:
        self.path, self.name = path, name
        self.refused: dict[str, str] = {}
        self.lists: dict[str, int] = {}
        lines, ends = self._first_lines()
        check_is_a_table(lines, name)
        self.dialect = find_dialect(lines, name, header)
        self.skipped = ends[self.dialect.above - 1] if self.dialect.above else 0
        self.columns = self._columns(lines[self.dialect.above :])

    def chunks(self, numbers: Sequence[str], others: Sequence[str], rows: int) -> Iterator[Chunk]:
        """Yield the rows of successive pieces of the file; a piece has the length that parses well, not `rows`."""
        wanted = Wanted(
            {name: self._inner(name) for name in numbers}, {name: self._inner(name) for name in others}, self.lists
        )
        start = 0
        for piece, chunk in self._parsed(wanted):
            if isinstance(chunk, pa.ArrowInvalid):
                self._name_fault(piece, wanted, start)
                raise chunk
            start += chunk_rows(chunk)
            yield chunk

    def head(self, names: Sequence[str]) -> dict[str, NDArray]:
        """First rows; a cell that is not a number where one should be is NaN."""
        with open_text(self.path) as stream:
            for _ in range(self.skipped):
                stream.readline()
            piece = first_piece(stream, self.name, last_line_end)
        inner = {name: self._inner(name) for name in names}
        if not piece.strip():
            return {name: np.empty((0, *self.columns[name].width), self.columns[name].dtype) for name in names}
        try:
            texts = read(piece, self.dialect, Wanted({}, inner, {}))
        except pa.ArrowInvalid as error:
            self._name_fault(piece, Wanted({}, inner, {}), 0)
            raise error from None
        return {name: self._head(texts, name) for name in names}

    def _head(self, texts: pa.Table, name: str) -> NDArray:
        columns = [texts_of(texts.column(k).combine_chunks()) for k in self._inner(name)]
        if name in self.lists:
            return lists_in(columns[0], self.lists[name])
        if not self.columns[name].is_text:
            columns = [numbers_in(column, self.dialect.decimal) for column in columns]
        else:
            columns = [np.array([v and unguarded(v) for v in column], object) for column in columns]
        return np.stack(columns, axis=1) if self.columns[name].width else columns[0]

    def whole(self, name: str) -> NDArray:
        """One small column as text."""
        return np.concatenate([chunk[name] for chunk in self.chunks([], [name], 1)])

    def locate(self, row: int) -> str:
        """The file and the row."""
        return f"{self.name}, row {row}"

    def _inner(self, name: str) -> tuple[str, ...]:
        """Names of the file's columns that make the column `name`."""
        return tuple(n for n in self.dialect.names if n.isdigit()) if name == self.matrix else (name,)

    def _columns(self, lines: list[str]) -> dict[str, Column]:
        d = self.dialect
        if len(set(d.names)) < len(d.names):
            twice = next(n for n in d.names if d.names.count(n) > 1)
            raise ClassliftError(self.name, f"two columns are named {twice!r}", fix="name every column once.")
        rows = [row for row in (split(line, d.separator) for line in lines) if len(row) == len(d.names)]
        cells = {name: [row[k] for row in rows] for k, name in enumerate(d.names)}
        if is_libsvm(d):
            self.refused["labels"] = LIBSVM_FIX
        if d.has_header:
            found = {name: self._column(name, cells[name]) for name in d.names}
            return {name: column for name, column in found.items() if name not in self.refused}
        inner = [name for name in d.names if name.isdigit()]
        beside = {name: self._column(name, cells[name]) for name in d.names if name not in inner}
        if not inner:
            return beside
        self.matrix = MATRIX
        kinds = [_guess(cells[name], d) for name in inner]
        return {MATRIX: Column(np.result_type(*kinds), (len(kinds),) if len(kinds) > 1 else ()), **beside}

    def _column(self, name: str, cells: list[str]) -> Column:
        width = list_width(cells)
        if width > 1:
            self.lists[name] = width
            return Column(np.dtype(np.float64), (width,))
        fix = refusal_of(cells, name)
        if fix is not None:
            self.refused[name] = fix
        if name == UNNAMED:
            return Column(np.dtype(object))
        return Column(_guess(cells, self.dialect))

    def _first_lines(self) -> tuple[list[str], list[int]]:
        """The first lines that are not empty, and after how many lines of the file each ends."""
        with open_text(self.path) as stream:
            head = b"".join(self._line(stream) for _ in range(2 * SNIFFED_LINES))
            cut = head[: last_line_end(head)] if stream.read(1) else head
        lines, ends, read = [], [], 0
        for line in logical_lines(cut.decode("utf-8-sig")):
            read += 1 + line.count("\n")
            if line.strip():
                lines.append(line)
                ends.append(read)
        if not lines:
            raise ClassliftError(self.name, "the file is empty", fix="export the predictions again.")
        return lines[:SNIFFED_LINES], ends

    def _line(self, stream: IO[bytes]) -> bytes:
        line = stream.readline(LONGEST_LINE + 1)
        check_length(line, self.name)
        return line

    def _parsed(self, wanted: Wanted) -> Iterator[tuple[Piece, Chunk | pa.ArrowInvalid]]:
        """Pieces of the file below its header, with what is in them."""
        with open_text(self.path) as stream:
            for _ in range(self.skipped):
                stream.readline()
            cut = pieces(stream, self.name, last_line_end)
            yield from parsed(cut, lambda piece: parse(piece, self.dialect, wanted))

    def _name_fault(self, piece: Piece, wanted: Wanted, start: int) -> None:
        """Say which row and column could not be read."""
        torn = swallowed(piece, self.dialect)
        if torn is not None:
            raise ClassliftError(
                f"{self.name}, row {start + torn - 1}",
                "a cell begins with a quote and ends in a later row",
                fix='write quotes within cells twice, the cell in quotes: """Great"" film".',
            )
        expected = len(self.dialect.names)
        for row, cells in enumerate(rows_of(piece, self.dialect)):
            if len(cells) != expected:
                raise ClassliftError(
                    f"{self.name}, row {start + row}",
                    f"{len(cells)} cells, expected {expected} as in the first line",
                    fix="write every row with the same number of cells, and quote cells that hold the separator.",
                )
        table = read(piece, self.dialect, Wanted({}, {"": self.dialect.names}))
        for name in set(wanted.listed):
            for row, cell in enumerate(table.column(name).to_pylist()):
                if cell and list_width([cell]) != self.lists[name]:
                    raise ClassliftError(
                        f"{self.name}, row {start + row}, column {name!r}",
                        f"{cell[:40]!r} is not a list of {self.lists[name]} numbers as in the first row",
                        fix="write the scores of all classes as numbers in every row.",
                    )
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


def open_container(path: Path, name: str, header: bool | None = None) -> TextContainer:
    """Open the file for reading; `header` says whether its first line holds names, where the user says it."""
    return TextContainer(path, name, header)

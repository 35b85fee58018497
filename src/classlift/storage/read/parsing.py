"""One piece of a text file to columns, by pyarrow's parser."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.csv as pc

from classlift.storage.arrow import numbers_of, texts_of
from classlift.storage.read.cells import matrix_of_lists
from classlift.storage.read.container import side_by_side
from classlift.storage.read.dialect import BLANKS, Dialect, single_blanks, swallowed, unguarded

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from classlift.storage.read.container import Chunk
    from classlift.storage.read.lines import Piece


@dataclass(frozen=True)
class Wanted:
    """The columns asked for, each with the columns of the file that make it."""

    numbers: Mapping[str, tuple[str, ...]]
    others: Mapping[str, tuple[str, ...]]
    lists: Mapping[str, int] = field(default_factory=dict)

    @cached_property
    def listed(self) -> list[str]:
        """Columns of the file whose cells hold lists."""
        return [
            inner for group in (*self.numbers.values(), *self.others.values()) for inner in group if inner in self.lists
        ]

    @cached_property
    def floating(self) -> list[str]:
        """Columns of the file that are read as numbers."""
        return [inner for group in self.numbers.values() for inner in group if inner not in self.lists]

    @cached_property
    def types(self) -> dict[str, pa.DataType]:
        """Type of every column of the file that is read."""
        texts = [inner for group in self.others.values() for inner in group]
        return dict.fromkeys([*texts, *self.listed], pa.string()) | dict.fromkeys(self.floating, pa.float64())


def parse(piece: Piece, d: Dialect, wanted: Wanted) -> Chunk | pa.ArrowInvalid:
    """The columns of one piece, or the error that its text gives."""
    try:
        table = read(piece, d, wanted)
        lists = {name: matrix_of_lists(_one_chunk(table, name), wanted.lists[name]) for name in wanted.listed}
    except pa.ArrowInvalid as error:
        return error
    if b'"' in piece and table.num_rows < piece.count(b"\n") and swallowed(piece, d):
        return pa.ArrowInvalid("a quote that begins a cell is closed in another row")
    numbers = {name: _numbers(table, inner) for name, inner in wanted.numbers.items() if name not in lists}
    others = {name: inner for name, inner in wanted.others.items() if name not in lists}
    return lists | numbers | {name: _text(table, inner, guards=b"'" in piece) for name, inner in others.items()}


def read(piece: Piece, d: Dialect, wanted: Wanted) -> pa.Table:
    """The wanted columns of one piece; raises `pyarrow.ArrowInvalid` where a row or a cell cannot be read."""
    if d.separator == BLANKS:
        piece = single_blanks(piece)
    return pc.read_csv(
        pa.BufferReader(piece),
        pc.ReadOptions(use_threads=False, column_names=list(d.names), block_size=len(piece) + 1),
        pc.ParseOptions(
            delimiter="\t" if d.separator == BLANKS else d.separator,
            newlines_in_values=b'"' in piece,
        ),
        pc.ConvertOptions(
            column_types=wanted.types,
            include_columns=list(wanted.types),
            strings_can_be_null=False,
            decimal_point=d.decimal,
            null_values=["", "nan", "NaN", "NAN", "NA", "N/A", "null", "NULL", "None"],
        ),
    )


def _numbers(table: pa.Table, inner: tuple[str, ...]) -> NDArray:
    columns = [numbers_of(_one_chunk(table, name)) for name in inner]
    return columns[0] if len(columns) == 1 else side_by_side(columns)


def _one_chunk(table: pa.Table, name: str) -> pa.Array:
    """A column without a copy: one piece of text was parsed as one block."""
    chunked = table.column(name)
    return chunked.chunk(0) if chunked.num_chunks == 1 else chunked.combine_chunks()


def _text(table: pa.Table, inner: tuple[str, ...], *, guards: bool) -> NDArray:
    columns = [texts_of(_one_chunk(table, key)) for key in inner]
    if guards:
        columns = [np.array([unguarded(v) for v in values], object) for values in columns]
    return columns[0] if len(columns) == 1 else np.stack(columns, axis=1)


def numbers_in(texts: NDArray, decimal: str) -> NDArray[np.float64]:
    """Numbers that cells of text hold; NaN where one holds none."""
    out = np.full(len(texts), np.nan)
    for i, text in enumerate(texts.tolist()):
        try:
            out[i] = float(text.replace(decimal, "."))
        except (AttributeError, ValueError):
            continue
    return out


def lists_in(texts: NDArray, width: int) -> NDArray[np.float64]:
    """Lists of numbers that cells of text hold; NaN where one holds none of this width."""
    out = np.full((len(texts), width), np.nan)
    for i, text in enumerate(texts.tolist()):
        row = numbers_in(np.array(str(text).strip("[]() ").replace(",", " ").split(), object), ".")
        if len(row) == width:
            out[i] = row
    return out

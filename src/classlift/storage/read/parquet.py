""".parquet: one list column or a column per class, read batch by batch."""

from __future__ import annotations

import bisect
import itertools
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from classlift.errors import ClassliftError
from classlift.storage.arrow import numbers_of, texts_of
from classlift.storage.own.json_text import text_list
from classlift.storage.paths import is_remote, readable
from classlift.storage.read.ahead import ahead
from classlift.storage.read.container import Column, twice
from classlift.storage.read.nested import Nested, matrix_of, nested_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from classlift.storage.read.container import Chunk

CLASSES_KEY = b"classlift.class_names"
CLASSES_COLUMN = "class_names"
NESTED_FIX = "only lists, structs and maps of numbers can be read: save the scores as lists of floats."
BUFFER = 1 << 16
REMOTE_BUFFER = 8 << 20
"""Bytes of a request to a store: a column of a row group comes in one, or in a few."""


class ParquetContainer:
    """The columns of one ``.parquet`` file; class names that our writer left in its metadata are a column too."""

    slow = False

    def __init__(self, path: Path, name: str) -> None:
        self.path, self.name = path, name
        self.refused: dict[str, str] = {}
        self.columns: dict[str, Column] = {}
        self.nested: dict[str, Nested] = {}
        with _open(path) as file:
            schema, rows = file.schema_arrow, file.metadata.num_rows
            if len(set(schema.names)) < len(schema.names):
                raise twice(name, next(key for key in schema.names if schema.names.count(key) > 1))
            for field in schema:
                self._add(file, field, rows)
        names = (schema.metadata or {}).get(CLASSES_KEY)
        self.classes = text_list(names) if names and CLASSES_COLUMN not in self.columns else None
        if self.classes is not None:
            self.columns[CLASSES_COLUMN] = Column(np.dtype(object), (), len(self.classes))

    def chunks(self, numbers: Sequence[str], others: Sequence[str], rows: int) -> Iterator[Chunk]:
        """Yield successive batches of the named columns."""
        wanted = [*numbers, *others]
        start = 0
        with _open(self.path) as file:
            for batch in self._in_time(file.iter_batches(batch_size=rows, columns=wanted)):
                yield {key: self._values(key, batch.column(key), start, key in numbers) for key in wanted}
                start += batch.num_rows
            if start != file.metadata.num_rows:
                raise ClassliftError(
                    self.name,
                    f"declares {file.metadata.num_rows:,} rows, {start:,} are stored",
                    fix="the file is damaged: export it again.",
                )

    def starts(self, name: str, step: int) -> Sequence[int]:
        """First rows of the row groups."""
        del name, step
        with _open(self.path) as file:
            return _group_starts(file)[:-1] or [0]

    def chunks_from(self, start: int, numbers: Sequence[str], others: Sequence[str], rows: int) -> Iterator[Chunk]:
        """Yield the rows from `start` on; those before it in its row group are read and dropped."""
        wanted = [*numbers, *others]
        with _open(self.path) as file:
            groups = _group_starts(file)
            first = max(0, bisect.bisect_right(groups, start) - 1)
            at, kept = groups[first], range(first, len(groups) - 1)
            for batch in self._in_time(file.iter_batches(batch_size=rows, row_groups=kept, columns=wanted)):
                before = max(0, start - at)
                if before < batch.num_rows:
                    part = batch.slice(before)
                    yield {key: self._values(key, part.column(key), at + before, key in numbers) for key in wanted}
                at += batch.num_rows

    def whole(self, name: str) -> NDArray:
        """One small column."""
        if name == CLASSES_COLUMN and self.classes is not None:
            return self.classes
        chunks = [chunk[name] for chunk in self.chunks([], [name], 1 << 16)]
        return np.concatenate(chunks) if chunks else np.empty(0, object)

    def locate(self, row: int) -> str:
        """The file and the row."""
        return f"{self.name}, row {row}"

    def _in_time(self, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        """Batches of an object one ahead: the store answers meanwhile."""
        return ahead(batches) if is_remote(str(self.path)) else batches

    def _add(self, file: pq.ParquetFile, field: pa.Field, rows: int) -> None:
        kind = field.type
        if _is_bytes(kind) and not _are_text(file, field.name):
            self.refused[field.name] = "it holds bytes that are not text: leave it out, or save it as text."
            return
        if not _is_list(kind) and not _has_members(kind):
            self.columns[field.name] = Column(_dtype(kind), (), rows)
            return
        if _is_list(kind) and _dtype(kind.value_type).kind != "O":
            width = kind.list_size if pa.types.is_fixed_size_list(kind) else len(_first_cell(file, field.name) or ())
            self.columns[field.name] = Column(_dtype(kind.value_type), (width,), rows)
            return
        how = nested_of(_first_cell(file, field.name))
        if how is None or how.kind == "list":
            self.refused[field.name] = NESTED_FIX
            return
        self.nested[field.name] = how
        self.columns[field.name] = Column(np.dtype(np.float64), (how.width,), rows, how.members, how.in_order)

    def _values(self, key: str, array: pa.Array, start: int, number: bool) -> NDArray:
        column = self.columns[key]
        if column.width:
            how = self.nested.get(key) or Nested("list", column.width[0])
            return matrix_of(array, how, lambda row: f"{self.name}, row {start + row}, {key!r}")
        if column.is_text:
            return _text(array)
        if array.null_count and column.dtype.kind != "f" and not number:
            return np.array(array.to_pylist(), object)
        return numbers_of(array)


def _open(path: Path) -> pq.ParquetFile:
    """The file, read page by page: without a buffer size a row group, which may be the file, is read whole."""
    size = REMOTE_BUFFER if is_remote(str(path)) else BUFFER
    return pq.ParquetFile(readable(path, ahead=False), pre_buffer=False, buffer_size=size)


def _group_starts(file: pq.ParquetFile) -> list[int]:
    """First row of each row group, and the number of rows."""
    sizes = (file.metadata.row_group(i).num_rows for i in range(file.num_row_groups))
    return list(itertools.accumulate(sizes, initial=0))


def _is_list(kind: pa.DataType) -> bool:
    return bool(pa.types.is_fixed_size_list(kind) or pa.types.is_list(kind) or pa.types.is_large_list(kind))


def _dtype(kind: pa.DataType) -> np.dtype:
    """Type of the values as numpy holds them; whatever is not a plain number is text."""
    if pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_boolean(kind):
        dtype: np.dtype = np.dtype(kind.to_pandas_dtype())
        return dtype
    return np.dtype(object)


def _has_members(kind: pa.DataType) -> bool:
    return bool(pa.types.is_struct(kind) or pa.types.is_map(kind))


def _is_bytes(kind: pa.DataType) -> bool:
    return bool(pa.types.is_binary(kind) or pa.types.is_large_binary(kind) or pa.types.is_fixed_size_binary(kind))


def _are_text(file: pq.ParquetFile, key: str) -> bool:
    """Whether the first bytes of a column are text, as programs write that do not say which bytes are."""
    try:
        for cell in _first_cells(file, key):
            cell.decode()
    except UnicodeDecodeError:
        return False
    return True


def _first_cell(file: pq.ParquetFile, key: str) -> Any:  # noqa: ANN401
    """First cell that is not missing, as Python has it."""
    return next(iter(_first_cells(file, key)), None)


def _first_cells(file: pq.ParquetFile, key: str) -> list[Any]:
    """Cells of the first batch that has some, as Python has them, without those that are missing."""
    for batch in file.iter_batches(batch_size=64, columns=[key]):
        found = [cell for cell in batch.column(0).to_pylist() if cell is not None]
        if found:
            return found
    return []


def _text(array: pa.Array) -> NDArray:
    if pa.types.is_dictionary(array.type):
        array = array.dictionary_decode()
    if pa.types.is_duration(array.type):
        counts = array.cast(pa.int64()).to_pylist()
        array = pa.array([None if n is None else f"{n} {array.type.unit}" for n in counts], pa.large_string())
    return texts_of(array.cast(pa.large_string()))


def open_container(path: Path, name: str) -> ParquetContainer:
    """Open the file for reading."""
    return ParquetContainer(path, name)

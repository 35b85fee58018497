""".jsonl, .ndjson, plain or gzip'd: an object in every line, parsed piece by piece by all cores."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.json as pj

from classlift.errors import ClassliftError
from classlift.storage.arrow import numbers_of, texts_of
from classlift.storage.own.json_text import HALF_CHARACTER
from classlift.storage.read.container import Column, twice
from classlift.storage.read.lines import LONGEST_LINE, check_length, first_piece, open_text, parsed, pieces
from classlift.storage.read.nested import Nested, is_number, matrix_of, nested_of
from classlift.storage.read.rechunk import chunk_rows

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from classlift.storage.read.container import Chunk
    from classlift.storage.read.lines import Piece

SNIFFED_LINES = 20
SNIFFED_BYTES = 1 << 20
LINE_FIX = "write one object per line, as pandas does with to_json(FILE, orient='records', lines=True)."


BEST_FEW = (
    "its rows hold scores of other classes each, as of the best few: save those of all classes in every row "
    "(of a Hugging Face pipeline: top_k=None)."
)


class JsonLinesContainer:
    """The members of the objects of one file; the first lines tell their types."""

    slow = True

    def __init__(self, path: Path, name: str) -> None:
        self.path, self.name = path, name
        self.refused: dict[str, str] = {}
        self.columns: dict[str, Column] = {}
        self.types: dict[str, pa.DataType] = {}
        self.nested: dict[str, Nested] = {}
        rows = self._first_rows()
        for key in dict.fromkeys(key for row in rows for key in row):
            self._add(key, [row[key] for row in rows if row.get(key) is not None])

    def chunks(self, numbers: Sequence[str], others: Sequence[str], rows: int) -> Iterator[Chunk]:
        """Yield the rows of successive pieces of the file; a piece has the length that parses well, not `rows`."""
        wanted = {key: self.types[key] for key in others} | {key: self._as_number(key) for key in numbers}
        start = 0
        with open_text(self.path) as stream:
            cut = pieces(stream, self.name, _line_end)
            for piece, table in parsed(cut, lambda piece: _table(piece, wanted)):
                chunk = self._chunk(piece, table, wanted, numbers, start)
                if chunk_rows(chunk):
                    start += chunk_rows(chunk)
                    yield chunk

    def head(self, names: Sequence[str]) -> Chunk:
        """First rows, of one piece."""
        with open_text(self.path) as stream:
            piece = first_piece(stream, self.name, _line_end)
        wanted = {key: self.types[key] for key in names}
        return self._chunk(piece, _table(piece, wanted), wanted, [], 0)

    def whole(self, name: str) -> NDArray:
        """One small column."""
        return np.concatenate([chunk[name] for chunk in self.chunks([], [name], 1)])

    def locate(self, row: int) -> str:
        """The file and the row."""
        return f"{self.name}, row {row}"

    def _first_rows(self) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = []
        with open_text(self.path) as stream:
            read = 0
            while len(rows) < SNIFFED_LINES and read < SNIFFED_BYTES and (line := stream.readline(LONGEST_LINE + 1)):
                check_length(line, self.name)
                read += len(line)
                if line.strip():
                    rows.append(self._object(line, len(rows)))
        if not rows:
            raise ClassliftError(self.name, "the file is empty", fix="export the predictions again.")
        return rows

    def _object(self, line: Piece, row: int) -> dict[str, Any]:
        """The object of one line."""
        try:
            text = line.decode("utf-8-sig")
            found = json.loads(text, object_pairs_hook=_once)
            if HALF_CHARACTER.search(text):
                json.dumps(found, ensure_ascii=False).encode()
        except UnicodeDecodeError:
            raise ClassliftError(
                self.locate(row), "the line is not UTF-8 text", fix="save the file as UTF-8."
            ) from None
        except UnicodeEncodeError:
            problem = "the line holds half of a character, such as \\ud800"
            raise ClassliftError(self.locate(row), problem, fix="write text that UTF-8 can hold.") from None
        except LookupError as error:
            raise twice(self.locate(row), error.args[0], "members") from None
        except (ValueError, RecursionError):
            raise ClassliftError(self.locate(row), "the line is not a whole JSON object", fix=LINE_FIX) from None
        if not isinstance(found, dict):
            raise ClassliftError(
                self.locate(row),
                f"the line holds {'a list' if isinstance(found, list) else 'a single value'}, expected an object",
                fix='write lines such as {"probs": [0.1, 0.9], "label": 1}.',
            )
        return found

    def _add(self, key: str, values: list[Any]) -> None:
        if any(isinstance(value, dict | list) for value in values):
            how = nested_of(values[0])
            if how is None:
                self.refused[key] = "only lists and objects of numbers can be read: save the scores as such."
                return
            if how.kind == "object" and any(isinstance(v, dict) and set(v) != set(how.members) for v in values):
                self.refused[key] = BEST_FEW
                return
            self.nested[key] = how
            self.types[key] = _nested_type(how)
            self.columns[key] = Column(np.dtype(np.float64), (how.width,), None, how.members, how.in_order)
            return
        self.types[key] = _plain_type(values)
        text = pa.types.is_string(self.types[key])
        self.columns[key] = Column(np.dtype(object if text else self.types[key].to_pandas_dtype()))

    def _as_number(self, key: str) -> pa.DataType:
        return self.types[key] if key in self.nested else pa.float64()

    def _chunk(
        self, piece: Piece, table: pa.Table | pa.ArrowInvalid, wanted: dict[str, pa.DataType],
        numbers: Sequence[str], start: int,
    ) -> Chunk:  # fmt: skip
        if isinstance(table, pa.Table):
            return {key: self._values(key, _one(table.column(key)), start) for key in wanted}
        return self._by_hand(piece, wanted, numbers, start)

    def _values(self, key: str, array: pa.Array, start: int) -> NDArray:
        if key in self.nested:
            return matrix_of(array, self.nested[key], lambda row: f"{self.locate(start + row)}, {key!r}")
        if pa.types.is_string(array.type) or (array.null_count and not pa.types.is_floating(array.type)):
            return texts_of(array)
        return numbers_of(array)

    def _by_hand(self, piece: Piece, wanted: dict[str, pa.DataType], numbers: Sequence[str], start: int) -> Chunk:
        """The columns of a piece whose values are not of the types that the first lines have, or what is wrong."""
        lines = [line for line in piece.split(b"\n") if line.strip()]
        rows = [self._object(line, start + row) for row, line in enumerate(lines)]
        return {
            key: self._column(key, kind, [row.get(key) for row in rows], start, number=key in numbers)
            for key, kind in wanted.items()
        }

    def _column(self, key: str, kind: pa.DataType, values: list[Any], start: int, *, number: bool) -> NDArray:
        if number or key in self.nested:
            self._check(key, values, start)
        try:
            if not pa.types.is_string(kind):
                return self._values(key, pa.array(values, kind), start)
        except (pa.ArrowInvalid, pa.ArrowTypeError):
            pass
        out = np.empty(len(values), object)
        out[:] = [json.dumps(value) if isinstance(value, dict | list) else value for value in values]
        return out

    def _check(self, key: str, values: list[Any], start: int) -> None:
        """Say which row holds something else than the first."""
        first = self.nested.get(key)
        for row, value in enumerate(values):
            if value is None or (_alike(nested_of(value), first) if first else is_number(value)):
                continue
            raise ClassliftError(
                f"{self.locate(start + row)}, {key!r}",
                f"{json.dumps(value)[:60]} is not {'a row of numbers like the first' if first else 'a number'}",
                fix="write the scores of all classes as numbers, in the same form in every row.",
            )


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object whose members have names of their own."""
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            raise LookupError(name)
        found[name] = value
    return found


def _plain_type(values: list[Any]) -> pa.DataType:
    """Type that holds all values that are not missing; text where none but text does."""
    kinds = {type(value) for value in values}
    if kinds == {bool}:
        return pa.bool_()
    if kinds == {int} and all(-(2**63) <= value < 2**63 for value in values):
        return pa.int64()
    return pa.float64() if kinds in ({float}, {int, float}) else pa.string()


def _nested_type(how: Nested) -> pa.DataType:
    number = pa.float64()
    if how.kind == "object":
        return pa.struct([(name, number) for name in how.members])
    if how.kind == "vector":
        whole = pa.int64()
        return pa.struct([("type", whole), ("size", whole), ("indices", pa.list_(whole)), ("values", pa.list_(number))])
    if how.kind == "pairs":
        return pa.list_(pa.struct([(how.keys[0], pa.string()), (how.keys[1], number)]))
    return pa.list_(number)


def _alike(found: Nested | None, first: Nested) -> bool:
    return found is not None and (found.kind, found.width, found.members) == (first.kind, first.width, first.members)


def _one(chunked: pa.ChunkedArray) -> pa.Array:
    """A column without a copy: one piece was parsed as one block."""
    return chunked.chunk(0) if chunked.num_chunks == 1 else chunked.combine_chunks()


def _line_end(piece: Piece) -> int:
    return piece.rfind(b"\n") + 1


def _table(piece: Piece, wanted: dict[str, pa.DataType]) -> pa.Table | pa.ArrowInvalid:
    try:
        return pj.read_json(
            pa.BufferReader(piece),
            pj.ReadOptions(use_threads=False, block_size=len(piece) + 1),
            pj.ParseOptions(explicit_schema=pa.schema(list(wanted.items())), unexpected_field_behavior="ignore"),
        )
    except (pa.ArrowInvalid, UnicodeDecodeError) as error:
        return error


def open_container(path: Path, name: str) -> JsonLinesContainer:
    """Open the file for reading."""
    return JsonLinesContainer(path, name)

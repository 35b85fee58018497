""".safetensors: a length, a JSON header, the tensors; read by hand, so bfloat16 needs no other package."""

from __future__ import annotations

import contextlib
import struct
from typing import IO, TYPE_CHECKING, Any

import numpy as np

from classlift.errors import ClassliftError
from classlift.storage.own.json_text import read_json, text_list
from classlift.storage.read.arrays import ArrayHeader, ArrayReader
from classlift.storage.read.container import Column

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from classlift.storage.read.container import Chunk

DTYPES = {
    "F64": "<f8", "F32": "<f4", "F16": "<f2", "BF16": "<u2", "BOOL": "|b1",
    "I64": "<i8", "I32": "<i4", "I16": "<i2", "I8": "|i1", "U64": "<u8", "U32": "<u4", "U16": "<u2", "U8": "|u1",
}  # fmt: skip
LONGEST_HEADER = 100_000_000
TEXT_PREFIX = "text:"
"""Metadata keys that begin with this hold a text column as a JSON list."""


class SafetensorsContainer:
    """The tensors of one ``.safetensors`` file, and the text columns that our writer put into its metadata."""

    slow = False

    def __init__(self, path: Path, name: str) -> None:
        self.path, self.name = path, name
        self.refused: dict[str, str] = {}
        self.headers: dict[str, ArrayHeader] = {}
        self.brain_floats: set[str] = set()
        size = path.stat().st_size
        with path.open("rb") as stream:
            table, start = _read_table(stream, name, size)
        metadata = table.pop("__metadata__", None) or {}
        for key, entry in sorted(table.items(), key=lambda item: item[1]["data_offsets"]):
            self._add(key, entry, start, size)
        self.texts = {
            key.removeprefix(TEXT_PREFIX): text_list(text)
            for key, text in metadata.items()
            if key.startswith(TEXT_PREFIX)
        }
        self.columns = {key: self._column(key) for key in self.headers}
        self.columns |= {key: Column(np.dtype(object), (), len(text)) for key, text in self.texts.items()}

    def chunks(self, numbers: Sequence[str], others: Sequence[str], rows: int) -> Iterator[Chunk]:
        """Yield successive rows of the named tensors; bfloat16 as float32."""
        names = [*numbers, *others]
        n = self.columns[names[0]].rows or 0
        with contextlib.ExitStack() as stack:
            readers = {name: self._reader(name, rows, stack) for name in names if name in self.headers}
            for start in range(0, n, rows):
                m = min(rows, n - start)
                yield {
                    k: self._rows(k, readers[k], m) if k in readers else self.texts[k][start : start + m] for k in names
                }

    def whole(self, name: str) -> NDArray:
        """One small tensor or text column."""
        if name in self.texts:
            return self.texts[name]
        with contextlib.ExitStack() as stack:
            n = self.headers[name].shape[0]
            return self._rows(name, self._reader(name, n, stack), n)

    def locate(self, row: int) -> str:
        """The file and the row."""
        return f"{self.name}, row {row}"

    def _add(self, key: str, entry: dict[str, Any], start: int, size: int) -> None:
        begin, end = entry["data_offsets"]
        shape, kind = tuple(entry["shape"]), entry["dtype"]
        if kind not in DTYPES:
            self.refused[key] = f"the type {kind} is not read: convert the tensor with .float() before saving."
            return
        header = ArrayHeader(np.dtype(DTYPES[kind]), shape, False, start + begin)
        if not 0 <= begin <= end <= size - start or header.data_bytes != end - begin or min(shape, default=0) < 0:
            raise ClassliftError(
                f"{self.name}, tensor {key!r}",
                f"shape {shape} of {kind} does not fit bytes {begin}..{end} of {size - start:,} stored",
                fix="the file is cut or damaged: export it again.",
            )
        if header.readable:
            self.headers[key] = header
        if kind == "BF16":
            self.brain_floats.add(key)

    def _column(self, key: str) -> Column:
        column = self.headers[key].column
        return Column(np.dtype(np.float32), column.width, column.rows) if key in self.brain_floats else column

    def _reader(self, name: str, rows: int, stack: contextlib.ExitStack) -> ArrayReader:
        stream: IO[bytes] = stack.enter_context(self.path.open("rb", buffering=0))
        stream.seek(self.headers[name].offset)
        return ArrayReader(stream, self.headers[name], rows)

    def _rows(self, name: str, reader: ArrayReader, n: int) -> NDArray:
        rows = reader.read(n)
        return (rows.astype(np.uint32) << 16).view(np.float32) if name in self.brain_floats else rows


def _read_table(stream: IO[bytes], name: str, size: int) -> tuple[dict[str, Any], int]:
    """The JSON header and the place where the tensors start; checked before anything is allocated."""
    length = struct.unpack("<Q", stream.read(8))[0]
    if length > min(LONGEST_HEADER, size - 8):
        raise ClassliftError(
            name,
            f"declares a header of {length:,} bytes, the file has {size:,}",
            fix="the file is cut, damaged or no safetensors file: export it again.",
        )
    table = read_json(stream.read(length))
    good = (
        isinstance(table, dict)
        and all(_is_entry(v) for k, v in table.items() if k != "__metadata__")
        and isinstance(table.get("__metadata__") or {}, dict)
    )
    if not good:
        raise ClassliftError(name, "its header does not describe tensors", fix="export the file again.")
    return table, 8 + length


def _is_entry(entry: object) -> bool:
    if not isinstance(entry, dict) or not isinstance(entry.get("dtype"), str):
        return False
    offsets = entry.get("data_offsets")
    return _are_whole(entry.get("shape")) and _are_whole(offsets) and len(offsets or []) == 2


def _are_whole(values: Any) -> bool:  # noqa: ANN401
    return isinstance(values, list) and all(type(value) is int for value in values)


def open_container(path: Path, name: str) -> SafetensorsContainer:
    """Open the file for reading."""
    return SafetensorsContainer(path, name)

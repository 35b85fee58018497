"""Writing .jsonl and .ndjson, plain or gzip'd: an object per row, its scores by class where classes have names."""

from __future__ import annotations

import contextlib
import json
from typing import IO, TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from classlift.storage.arrow import array_of, array_of_texts
from classlift.storage.write.behind import Behind
from classlift.storage.write.text import packed_stream

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from classlift.storage.write.base import Writer, WriterSpec


WRITTEN_OUT = 1e10
"""Whole numbers below it are written without exponent, and get a decimal point: they stay decimal numbers."""


class JsonLinesWriter:
    """Writes blocks as lines."""

    def __init__(self, file: IO[bytes], spec: WriterSpec) -> None:
        self.spec = spec
        self.packed = spec.suffix.endswith(".gz")
        self.file = packed_stream(file) if self.packed else file

    def write(self, columns: Mapping[str, NDArray]) -> None:
        """Add rows."""
        parts: list[pa.Array | str] = []
        for name, values in columns.items():
            parts += [("," if parts else "{") + _quoted(name) + ":", self._cells(name, values)]
        lines = pc.binary_join_element_wise(*parts, "}\n", "")
        end = int(np.frombuffer(lines.buffers()[1], np.int32)[len(lines)])
        self.file.write(memoryview(lines.buffers()[2])[:end])

    def finish(self) -> None:
        """End the packed stream."""
        if self.packed:
            self.file.close()

    def close(self) -> None:
        """Let go of the packed stream."""
        with contextlib.suppress(OSError):
            self.finish()

    def _cells(self, name: str, values: NDArray) -> pa.Array:
        """The JSON text of each value of a column."""
        if values.dtype.kind in "OUT":
            return array_of_texts([_quoted(value) for value in values.tolist()])
        if values.ndim == 1:
            return _texts(values)
        cells, marks = _texts(np.ascontiguousarray(values).reshape(-1)), "[]"
        if name == self.spec.score_name and self.spec.classes is not None:
            keys = array_of_texts([_quoted(key) + ":" for key in self.spec.classes])
            each = keys.take(array_of(np.tile(np.arange(len(keys)), len(values))))
            cells, marks = pc.binary_join_element_wise(each, cells, ""), "{}"
        ends = array_of(np.arange(len(values) + 1, dtype=np.int32) * values.shape[1])
        joined = pc.binary_join(pa.ListArray.from_arrays(ends, cells), ",")
        return pc.binary_join_element_wise(marks[0], joined, marks[1], "")


def _texts(values: NDArray) -> pa.Array:
    """Numbers as JSON has them: the shortest text that gives the same number, null where there is none."""
    texts = array_of(values).cast(pa.string())
    if values.dtype.kind != "f":
        return texts
    whole = np.isfinite(values) & (values == np.rint(values)) & (np.abs(values) < WRITTEN_OUT)
    if whole.any():
        texts = pc.binary_join_element_wise(texts, pc.if_else(array_of(whole), ".0", ""), "")
    if not np.isfinite(values).all():
        signs = np.select([np.isnan(values), values == np.inf], ["null", "Infinity"], "-Infinity")
        texts = pc.if_else(array_of(np.isfinite(values)), texts, array_of_texts(signs.tolist()))
    return texts


def _quoted(value: object) -> str:
    missing = isinstance(value, float) and value != value  # noqa: PLR0124
    return json.dumps(None if missing else value, ensure_ascii=False)


def start_writer(file: IO[bytes], spec: WriterSpec) -> Writer:
    """Start writing."""
    return Behind(JsonLinesWriter(file, spec))

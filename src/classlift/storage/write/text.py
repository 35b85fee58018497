"""Writing .csv, .tsv and .txt, plain or gzip'd: a column per class, text cells guarded against spreadsheets."""

from __future__ import annotations

import contextlib
import csv
import gzip
import io
from typing import IO, TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.csv as pc

from classlift.data.classes import class_names
from classlift.storage.arrow import array_of, array_of_texts
from classlift.storage.read.dialect import guarded
from classlift.storage.write.base import PREFIXES
from classlift.storage.write.behind import Behind, PackedBehind

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from numpy.typing import NDArray

    from classlift.storage.write.base import Writer, WriterSpec

AT_ONCE = 1 << 16
"""Cells of which the text is made before it is written, or packed while that of the next ones is made."""


class TextWriter:
    """Writes blocks as lines; commas in .csv, tabs in .tsv and .txt."""

    def __init__(self, file: IO[bytes], spec: WriterSpec) -> None:
        self.spec = spec
        self.packed = spec.suffix.endswith(".gz")
        self.file = packed_stream(file) if self.packed else file
        self.separator = "," if spec.suffix.startswith(".csv") else "\t"
        self.started = False

    def write(self, columns: Mapping[str, NDArray]) -> None:
        """Add rows."""
        cells = {head: cell for name, values in columns.items() for head, cell in self._cells(name, values)}
        if not self.started:
            self._write_header(list(cells))
        options = pc.WriteOptions(include_header=False, delimiter=self.separator, quoting_style="needed")
        table = pa.table([_arrow(v) for v in cells.values()], [str(k) for k in range(len(cells))])
        for rows in table.to_batches(max_chunksize=max(1, AT_ONCE // len(cells))):
            text = io.BytesIO()
            pc.write_csv(rows, text, options)
            self.file.write(text.getbuffer())

    def finish(self) -> None:
        """End the packed stream."""
        if self.packed:
            self.file.close()

    def close(self) -> None:
        """Let go of the packed stream."""
        with contextlib.suppress(OSError):
            self.finish()

    def _write_header(self, names: list[str]) -> None:
        text = io.StringIO()
        csv.writer(text, delimiter=self.separator, lineterminator="\n").writerow([guarded(name) for name in names])
        self.file.write(text.getvalue().encode())
        self.started = True

    def _cells(self, name: str, values: NDArray) -> Iterator[tuple[str, NDArray]]:
        """The plain columns that a column becomes, with their names."""
        if values.ndim == 1:
            yield name, values
            return
        if name == self.spec.score_name:
            prefix = PREFIXES.get(name, f"{name}_")
            heads = [prefix + k for k in class_names(self.spec.classes, self.spec.n_classes)]
        else:
            heads = [f"{name}_{k}" for k in range(values.shape[1])]
        yield from zip(heads, np.ascontiguousarray(values.T), strict=True)


def _arrow(values: NDArray) -> pa.Array:
    if values.dtype.kind in "OUT":
        return array_of_texts([None if v is None else _text(v) for v in values.tolist()])
    return array_of(values)


def _text(value: object) -> str:
    """A cell; truth values are written as in a column where none is missing."""
    return str(value).lower() if isinstance(value, bool) else guarded(str(value))


def packed_stream(file: IO[bytes]) -> PackedBehind:
    """A gzip stream without name and time: the same content gives the same bytes."""
    return PackedBehind(gzip.GzipFile(filename="", mode="wb", fileobj=file, mtime=0, compresslevel=6))


def start_writer(file: IO[bytes], spec: WriterSpec) -> Writer:
    """Start writing."""
    return Behind(TextWriter(file, spec))

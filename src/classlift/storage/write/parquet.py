"""Writing .parquet: one fixed-size-list column for the scores, a row group per block, class names in the metadata."""

from __future__ import annotations

import contextlib
import json
from typing import IO, TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from classlift.storage.arrow import array_of, array_of_texts
from classlift.storage.read.parquet import CLASSES_KEY

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from classlift.storage.write.base import WriterSpec


class ParquetTableWriter:
    """Writes blocks as row groups."""

    def __init__(self, file: IO[bytes], spec: WriterSpec) -> None:
        self.file, self.spec = file, spec
        self.writer: pq.ParquetWriter | None = None

    def write(self, columns: Mapping[str, NDArray]) -> None:
        """Add rows."""
        arrays = {name: _arrow(values) for name, values in columns.items()}
        if self.writer is None:
            self.writer = self._start(arrays)
        schema = self.writer.schema
        cells = [a if a.type == schema.field(k).type else a.cast(schema.field(k).type) for k, a in arrays.items()]
        batch = pa.record_batch(cells, schema=schema)
        self.writer.write_batch(batch)

    def finish(self) -> None:
        """Write the footer."""
        if self.writer is not None:
            self.writer.close()

    def close(self) -> None:
        """Let go of the parquet writer."""
        with contextlib.suppress(OSError):
            self.finish()

    def _start(self, arrays: Mapping[str, pa.Array]) -> pq.ParquetWriter:
        names = self.spec.classes
        metadata = {CLASSES_KEY: json.dumps(names).encode()} if names is not None else None
        schema = pa.schema([(name, array.type) for name, array in arrays.items()], metadata=metadata)
        plain = [name for name, array in arrays.items() if not pa.types.is_fixed_size_list(array.type)]
        return pq.ParquetWriter(self.file, schema, compression="none", use_dictionary=plain, write_statistics=plain)


def _arrow(values: NDArray) -> pa.Array:
    if values.dtype.kind in "OUT":
        return _of_objects(values.tolist())
    if values.ndim == 1:
        return array_of(values)
    flat = array_of(np.ascontiguousarray(values).reshape(-1))
    return pa.FixedSizeListArray.from_arrays(flat, values.shape[1])


def _of_objects(values: list[object]) -> pa.Array:
    """Whole numbers and truth values of which some are missing stay what they are; all else becomes text."""
    kinds = {type(value) for value in values} - {type(None)}
    if kinds == {bool} or (kinds == {int} and all(v is None or -(2**63) <= v < 2**63 for v in values)):  # type: ignore[operator]
        return pa.array(values, pa.bool_() if kinds == {bool} else pa.int64())
    return array_of_texts([None if value is None else str(value) for value in values])


def start_writer(file: IO[bytes], spec: WriterSpec) -> ParquetTableWriter:
    """Start writing."""
    return ParquetTableWriter(file, spec)

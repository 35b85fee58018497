"""Arrays and DataFrames that are in memory already."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from classlift.errors import ClassliftError
from classlift.storage.read.arrays import READABLE_KINDS, type_fix
from classlift.storage.read.container import Column, twice

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from numpy.typing import NDArray

    from classlift.storage.read.container import Chunk


class MemoryContainer:
    """Arrays with their names, such as the columns of a DataFrame."""

    slow = False

    def __init__(self, arrays: Iterable[tuple[Any, Any]], name: str) -> None:
        self.name = name
        self.refused: dict[str, str] = {}
        self.arrays: dict[str, NDArray] = {}
        for key, values in arrays:
            if str(key) in self.arrays or str(key) in self.refused:
                raise twice(name, str(key))
            self._add(str(key), _plain(_array(str(key), values)))
        self.columns = {
            key: Column(np.dtype(object) if a.dtype.kind in "OUT" else a.dtype, a.shape[1:], len(a))
            for key, a in self.arrays.items()
        }

    def _add(self, key: str, array: NDArray) -> None:
        if array.ndim and array.dtype.kind in READABLE_KINDS + "OT":
            self.arrays[key] = array
        elif array.ndim:
            self.refused[key] = type_fix(array.dtype)

    def chunks(self, numbers: Sequence[str], others: Sequence[str], rows: int) -> Iterator[Chunk]:
        """Yield views of the arrays."""
        names = [*numbers, *others]
        for start in range(0, len(self.arrays[names[0]]), rows):
            yield {name: self.arrays[name][start : start + rows] for name in names}

    def whole(self, name: str) -> NDArray:
        """The array."""
        return self.arrays[name]

    def locate(self, row: int) -> str:
        """The name and the row."""
        return f"{self.name}, row {row}"


def in_memory(where: Any) -> MemoryContainer:  # noqa: ANN401
    """Take a mapping of arrays, a DataFrame, or what hands out an Arrow stream, as a container."""
    if isinstance(where, Mapping):
        return MemoryContainer(where.items(), "arrays")
    if hasattr(where, "columns") and hasattr(where, "iloc"):
        return MemoryContainer(((key, _column(series)) for key, series in where.items()), "DataFrame")
    if hasattr(where, "__arrow_c_stream__"):
        return _of_arrow(where)
    raise ClassliftError(
        "predictions",
        f"are of the type {type(where).__name__}, expected a path, arrays or a frame",
        fix="give a path, a mapping such as {'probs': p, 'labels': y}, a frame, or two arrays: scores, labels.",
    )


def _column(series: Any) -> NDArray:  # noqa: ANN401
    """A column of a DataFrame; None where pandas has a missing value of its own."""
    values: NDArray = series.to_numpy()
    missing = series.isna().to_numpy() if values.dtype == object else None
    if missing is not None and missing.any():
        values = values.copy()
        values[missing] = None
    return values


def _of_arrow(frame: Any) -> MemoryContainer:  # noqa: ANN401
    """What hands out an Arrow stream (pyarrow, polars, duckdb): numbers without a copy where nothing is missing."""
    import pyarrow as pa  # noqa: PLC0415  (only for who has such a frame)

    table = pa.table(frame)
    columns = zip(table.column_names, table.columns, strict=True)
    return MemoryContainer(((name, _column_of(column)) for name, column in columns), type(frame).__name__)


def _column_of(column: Any) -> NDArray:  # noqa: ANN401
    """A column of an Arrow table: numbers, text, or a matrix where its cells are lists of numbers."""
    import pyarrow as pa  # noqa: PLC0415

    from classlift.storage.arrow import numbers_of, texts_of  # noqa: PLC0415

    array = column.combine_chunks()
    array = array.chunk(0) if isinstance(array, pa.ChunkedArray) and array.num_chunks else array
    if pa.types.is_dictionary(array.type):
        array = array.dictionary_decode()
    kind = array.type
    if not (pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_boolean(kind)):
        return texts_of(array)
    if array.null_count and not pa.types.is_floating(kind):
        return texts_of(array)
    return numbers_of(array)


def _array(key: str, values: Any) -> NDArray:  # noqa: ANN401
    """Values of any array library as numpy holds them, without a copy where that can be."""
    try:
        if hasattr(values, "__dlpack__") and not hasattr(values, "__array__"):
            return np.from_dlpack(values)
        if isinstance(values, np.ma.MaskedArray):
            return _unmasked(values)
        return np.asarray(values)
    except (TypeError, RuntimeError, BufferError, ValueError) as error:
        raise ClassliftError(
            f"arrays, {key!r}",
            f"cannot become a numpy array ({str(error).splitlines()[0]})",
            fix="give it as one: of a tensor x.detach().cpu().float().numpy(), of ragged lists one row per sample.",
        ) from error


def _unmasked(values: np.ma.MaskedArray) -> NDArray:
    """A masked array as a plain one: what is masked is missing, NaN or None."""
    plain, masked = np.asarray(values.data), np.ma.getmaskarray(values)
    if not masked.any():
        return plain
    if plain.dtype.kind not in "fiub":
        return _but_missing(plain, masked)
    out = plain.astype(np.result_type(plain.dtype, np.float16))
    out[masked] = np.nan
    return out


def _but_missing(values: NDArray, missing: NDArray) -> NDArray:
    """Values as objects, None where one is missing."""
    out = values.astype(object)
    out[missing] = None
    return out


def _plain(array: NDArray) -> NDArray:
    """Cells that hold arrays or lists become a matrix, bytes become text."""
    if array.dtype.kind == "S":
        return np.strings.decode(array, "utf-8")
    if array.dtype.kind == "M" and array.ndim:
        return _but_missing(np.datetime_as_string(array, unit="auto"), np.isnat(array))
    if array.dtype.kind == "m" and array.ndim:
        texts = np.array([str(time) for time in array.ravel()], object).reshape(array.shape)
        return _but_missing(texts, np.isnat(array))
    if array.dtype.kind == "O" and array.ndim == 2:
        with contextlib.suppress(TypeError, ValueError):
            return array.astype(np.float64)
    if array.dtype.kind == "O" and array.ndim == 1 and len(array) and isinstance(array[0], np.ndarray | list | tuple):
        return np.array([np.asarray(cell) for cell in array])
    return array

"""Between Arrow and numpy without pandas and pyarrow.compute, which pyarrow imports for it (0.2 s and 0.02 s)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray


def numbers_of(array: pa.Array) -> NDArray:
    """Values of a plain array of numbers or truth values; a view where nothing is missing, else NaN there."""
    if pa.types.is_boolean(array.type):
        if array.null_count:
            return numbers_of(array.cast(pa.uint8()))
        bits = np.frombuffer(array.buffers()[1] or b"", np.uint8)
        return np.unpackbits(bits, bitorder="little")[array.offset :][: len(array)].view(np.bool_)
    if array.null_count:
        return np.asarray(array.to_numpy(zero_copy_only=False))
    dtype = np.dtype(array.type.to_pandas_dtype())
    if not len(array):
        return np.empty(0, dtype)
    return np.frombuffer(array.buffers()[1], dtype, len(array), array.offset * dtype.itemsize)


def values_in(lists: pa.Array) -> pa.Array:
    """Values of all lists one after another; a view where no list is missing."""
    if lists.null_count:
        return lists.flatten()
    if pa.types.is_fixed_size_list(lists.type):
        start, end = (rows * lists.type.list_size for rows in (lists.offset, lists.offset + len(lists)))
    else:
        start, end = numbers_of(lists.offsets)[[0, -1]].tolist()
    return lists.values.slice(start, end - start)


def lengths_of(lists: pa.Array, missing: int) -> NDArray:
    """How many values each list of an array holds, or `missing` where there is none."""
    lengths = np.diff(numbers_of(lists.offsets))
    if lists.null_count:
        lengths[~numbers_of(lists.is_valid())] = missing
    return lengths


def texts_of(array: pa.Array) -> NDArray:
    """Values of an array of text as objects, shape (n,); None where one is missing."""
    out = np.empty(len(array), object)
    out[:] = array.to_pylist()
    return out


def array_of(values: NDArray) -> pa.Array:
    """An Arrow array with the values of a numpy array of numbers, shape (n,); they are not copied."""
    if values.dtype.kind == "b":
        bits = np.packbits(values, bitorder="little")
        return pa.Array.from_buffers(pa.bool_(), len(values), [None, pa.py_buffer(bits)])
    values = np.ascontiguousarray(values)
    return pa.Array.from_buffers(pa.from_numpy_dtype(values.dtype), len(values), [None, pa.py_buffer(values)])


def array_of_texts(texts: Sequence[str | None]) -> pa.Array:
    """An Arrow array of texts, null for None."""
    cells = [b"" if text is None else text.encode() for text in texts]
    ends = np.cumsum([0, *map(len, cells)])
    offsets, kind = (ends.astype(np.int32), pa.string()) if ends[-1] < 2**31 else (ends, pa.large_string())
    missing = None
    if None in texts:
        missing = pa.py_buffer(np.packbits([text is not None for text in texts], bitorder="little"))
    return pa.Array.from_buffers(kind, len(cells), [missing, pa.py_buffer(offsets), pa.py_buffer(b"".join(cells))])

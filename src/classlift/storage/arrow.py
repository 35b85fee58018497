"""Between Arrow and numpy without pandas, which pyarrow's own conversions import (0.2 s at start-up)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

if TYPE_CHECKING:
    from numpy.typing import NDArray


def numbers_of(array: pa.Array) -> NDArray:
    """Values of a plain array of numbers or truth values; a view where nothing is missing, else NaN there."""
    if pa.types.is_boolean(array.type):
        numbers = numbers_of(array.cast(pa.uint8()))
        return numbers if array.null_count else numbers.view(np.bool_)
    if array.null_count:
        return np.asarray(array.to_numpy(zero_copy_only=False))
    dtype = np.dtype(array.type.to_pandas_dtype())
    if not len(array):
        return np.empty(0, dtype)
    return np.frombuffer(array.buffers()[1], dtype, len(array), array.offset * dtype.itemsize)


def texts_of(array: pa.Array) -> NDArray:
    """Values of an array of text as objects, shape (n,); None where one is missing."""
    out = np.empty(len(array), object)
    out[:] = array.to_pylist()
    return out


def array_of(values: NDArray) -> pa.Array:
    """An Arrow array with the values of a numpy array of numbers, shape (n,); they are not copied."""
    if values.dtype.kind == "b":
        return array_of(values.view(np.uint8)).cast(pa.bool_())
    values = np.ascontiguousarray(values)
    return pa.Array.from_buffers(pa.from_numpy_dtype(values.dtype), len(values), [None, pa.py_buffer(values)])

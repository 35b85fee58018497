"""Rows of probabilities and logits: softmax, sums of 1, floors."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

LOG_FLOOR = 1e-12
"""Probabilities are floored here before their logarithm is taken."""

STEP_FLOOR = 1e-6
"""Probabilities are floored here between the steps of a layer."""

LARGEST_LOGIT = 1e15
"""Logits beyond this, which mask classes out, are cut off for fits and steps: what is made of them stays finite."""


BLOCK_ENTRIES = 2**16
"""Rows of about this many entries at a time stay in the cache of a core through a few passes over them."""

ONE_THREAD = 2**18
"""Products of no more multiplications than this OpenBLAS does in one thread."""

TILE = 64
"""A multiple of the rows that kernels of BLAS take at once."""

SHORT = 64
"""Rows of fewer entries are turned before numpy reduces them."""


def row_blocks(n_samples: int, n_classes: int, least: int = 1) -> Iterator[slice]:
    """Cut rows into blocks of about BLOCK_ENTRIES entries and at least so many rows: as many as columns for a Gram."""
    height = max(least, BLOCK_ENTRIES // max(n_classes, 1))
    return (slice(start, start + height) for start in range(0, n_samples, height))


def row_maxima(rows: NDArray[np.floating]) -> NDArray[np.floating]:
    """Largest entry of each row; numpy's own reduction takes 10 times as long on rows of 10 entries."""
    return np.asarray(rows.max(axis=1) if rows.shape[1] >= SHORT else np.ascontiguousarray(rows.T).max(axis=0))


def first_maxima(rows: NDArray[np.floating]) -> NDArray[np.intp]:
    """Column of the largest entry of each row, the first where it ties, shape (n_samples,); no entry is NaN.

    Short rows are turned, and columns counted up to the largest: numpy's own argmax takes 3 times as long on rows of
    10 entries.
    """
    n_samples, n_classes = rows.shape
    if n_classes >= SHORT // 2:
        return np.asarray(rows.argmax(axis=1))
    out = np.empty(n_samples, np.intp)
    for block in row_blocks(n_samples, n_classes):
        columns = np.ascontiguousarray(rows[block].T)
        below = columns != columns.max(axis=0)
        before, count = below[0].copy(), below[0].astype(np.int8)
        for column in below[1:]:
            before &= column
            count += before.view(np.int8)
        out[block] = count
    return out


def row_sums(rows: NDArray[np.floating]) -> NDArray[np.floating]:
    """Sum of each row, in its type, as a product: 3 to 9 times as quick as numpy's reduction, and less exact."""
    return np.asarray(rows @ np.ones(rows.shape[1], rows.dtype))


def products(rows: NDArray[np.floating], matrix: NDArray[np.floating]) -> NDArray[np.floating]:
    """``rows @ matrix.T``; in float64 and of few columns in blocks that BLAS leaves to one thread.

    Its threads wait for each other in a loop. Measured on two cores for 65,536 x 10: 0.5 ms in one thread, 25 ms in two
    while others, such as those that parse text, need the cores. The bits are those of one thread (in float32 they
    would not be: BLAS has other kernels for small products).
    """
    n_samples, n_columns = rows.shape
    height = ONE_THREAD // (n_columns * len(matrix)) // TILE * TILE
    if height < 8 * n_columns or rows.dtype != np.float64:
        return np.asarray(rows @ matrix.T)
    out = np.empty((n_samples, len(matrix)))
    for start in range(0, n_samples, height):
        np.matmul(rows[start : start + height], matrix.T, out=out[start : start + height])
    return out


def softmax(logits: NDArray[np.floating]) -> Floats:
    """Softmax of each row in float64.

    Parameters
    ----------
    logits : ndarray, shape (n_samples, n_classes)
        Finite values.

    Returns
    -------
    ndarray of float64, shape (n_samples, n_classes)
        Rows sum to 1.
    """
    with np.errstate(over="ignore"):  # two logits near the ends of float64: the lower class gets 0
        return np.asarray(softmax_in_place(logits.astype(np.float64)), np.float64)


def softmax_in_place(rows: NDArray[np.floating]) -> NDArray[np.floating]:
    """Replace each row by its softmax, in its type; gives the same array back."""
    rows -= row_maxima(rows)[:, None]
    np.exp(rows, out=rows)
    normalize_rows(rows)
    return rows


def bounded_logits(logits: NDArray[np.floating]) -> NDArray[np.floating]:
    """Cut off logits at LARGEST_LOGIT, in place, and hand them on."""
    return np.clip(logits, -LARGEST_LOGIT, LARGEST_LOGIT, out=logits)


def log_softmax(logits: NDArray[np.floating]) -> Floats:
    """Logarithm of the softmax of each row in float64, shape (n_samples, n_classes)."""
    out = logits.astype(np.float64)
    out -= row_maxima(out)[:, None]
    out -= np.log(row_sums(np.exp(out)))[:, None]
    return out


def tempered(log_scores: NDArray[np.floating], inverse: float) -> NDArray[np.floating]:
    """Logarithm of ``softmax(inverse x)`` of each row, in the type of x, shape (n_samples, n_classes)."""
    out = log_scores * log_scores.dtype.type(inverse)
    for rows in row_blocks(*out.shape):
        block = out[rows]
        block -= row_maxima(block)[:, None]
        block -= np.log(row_sums(np.exp(block)))[:, None]
    return out


def normalize_rows(rows: NDArray[np.floating]) -> None:
    """Divide each row by its float64 sum, in place; sums must not be zero."""
    rows /= row_sums(rows.astype(np.float64, copy=False)).astype(rows.dtype)[:, None]


def ranks(rows: NDArray[np.floating], columns: NDArray[np.integer]) -> NDArray[np.intp]:
    """Place of a column in each row that does not put it first, largest first, shape (n_samples,): 1 is the second."""
    own = rows[np.arange(len(rows)), columns][:, None]
    ahead = rows > own
    ahead |= (rows == own) & (np.arange(rows.shape[1]) < columns[:, None])
    return np.asarray(np.maximum(np.count_nonzero(ahead, axis=1), 1))

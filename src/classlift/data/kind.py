"""What scores can be, and what a good row of each kind is."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

ROW_SUM_TOLERANCE = 1e-3
LARGEST_TOLERANCE = 0.1
"""What rounding to few digits of many classes may explain at most."""
LOOKED_AT = 256
"""Rows that tell how many digits a file shows."""
SMALLEST = 1e-30
"""Smaller values say nothing of digits, and their powers overflow."""
ROUNDED_TOO = 1 + 1e-4
"""The sums of rounded values are rounded too."""


class Kind(StrEnum):
    """What the scores of a file are."""

    PROBABILITIES = "probabilities"
    LOGITS = "logits"
    SCORES = "scores"


class RowFault(NamedTuple):
    """The first bad row of a block: its number, what was found, and how to fix it."""

    row: int
    problem: str
    fix: str


def first_fault(scores: NDArray[np.floating], kind: Kind) -> RowFault | None:
    """Find the first row of `scores` that breaks the rules of its `kind`, or None.

    Probabilities are finite, not negative, and sum to 1 within 0.001 or what rounding explains; all are finite.
    """
    bad = bad_rows(scores, kind)
    if bad is None:
        return None
    row = int(np.flatnonzero(bad)[0])
    with np.errstate(invalid="ignore"):  # a signalling NaN
        values = scores[row].astype(np.float64)
    if not np.isfinite(values).all():
        column = int(np.flatnonzero(~np.isfinite(values))[0])
        return RowFault(
            row,
            f"class {column} has the value {values[column]}, expected a finite number",
            "find out why the model gave it, or leave such rows out with --bad-rows drop.",
        )
    if values.min() < 0:
        column = int(values.argmin())
        return RowFault(
            row,
            f"class {column} has the probability {values[column]:.6g}, expected none below 0",
            "pass --logits if these are logits, or leave such rows out with --bad-rows drop.",
        )
    with np.errstate(over="ignore"):
        total = values.sum()
    if sum_to_hundred(values[None]).all():
        return RowFault(
            row,
            f"probabilities sum to {total:.6g}, expected 1: they are per cent",
            "divide them by 100 before saving, or use --bad-rows normalize.",
        )
    expected = f"expected 1 within {row_sum_tolerance(scores):.3g}"
    return RowFault(row, f"probabilities sum to {total:.6g}, {expected}", _fix_of_sums(scores, bad))


def _fix_of_sums(scores: NDArray[np.floating], bad: NDArray[np.bool_]) -> str:
    """What to do about rows that do not sum to 1: normalizing is right only for a few, or for small differences."""
    if scores[bad].max() > 1 + LARGEST_TOLERANCE:
        return "pass --logits if these are logits, or use --bad-rows normalize (or drop)."
    sums = scores[bad].sum(axis=1, dtype=np.float64)
    if bad.mean() <= 0.5 or np.abs(sums - 1).max() <= LARGEST_TOLERANCE:
        return "use --bad-rows normalize (or drop)."
    return "if each class is a model of its own (sigmoid), save the logits, np.log(p / (1 - p)), and pass --logits."


def sum_to_hundred(rows: NDArray[np.floating]) -> NDArray[np.bool_]:
    """Mark the rows that are per cent: not negative, with a sum of 100; shape (n_samples,)."""
    with np.errstate(invalid="ignore", over="ignore"):
        sums = rows.sum(axis=1, dtype=np.float64)
        near: NDArray[np.bool_] = (rows >= 0).all(axis=1) & (np.abs(sums - 100) <= 100 * row_sum_tolerance(rows / 100))
    return near


def row_sum_tolerance(scores: NDArray[np.floating]) -> float:
    """How far from 1 rows of probabilities may sum: more where the values were rounded to few digits.

    Rounding explains half of the last decimal place for each class.

    Examples
    --------
    >>> round(row_sum_tolerance(np.array([[0.333, 0.333, 0.333, 0.0], [0.12, 0.345, 0.5, 0.034]])), 6)
    0.002
    >>> row_sum_tolerance(np.array([[1 / 3, 1 / 3, 1 / 3]]))
    0.001
    """
    return max(ROW_SUM_TOLERANCE, min(_explained(scores), LARGEST_TOLERANCE))


def _explained(scores: NDArray[np.floating]) -> float:
    """How far from 1 rounding may bring the sum of a row, as far as some rows show it; 0 where nothing is rounded."""
    step = max(1, len(scores) // LOOKED_AT)
    values = scores[::step].astype(np.float64).ravel()
    values = values[np.isfinite(values) & (np.abs(values) > SMALLEST) & (np.abs(values) <= 2)]
    places = _decimal_places(values, 5 if scores.dtype == np.float32 else 7)
    if places in range(2, 4):
        return float(scores.shape[1] * 0.5 * 10.0**-places * ROUNDED_TOO)
    sizes = np.floor(np.log10(np.abs(values)))
    for digits in (2, 3):  # as %.3g writes them
        if _near_whole(values * 10.0 ** (digits - 1 - sizes), 1e-4):
            return 0.5 * 10.0 ** (1 - digits) * ROUNDED_TOO
    if not (values.astype(np.float32).view(np.uint32) & 0xFFFF).any():  # bfloat16 keeps 8 bits
        return 2.0**-8 * ROUNDED_TOO
    return float(scores.shape[1] * 0.5 * 10.0**-places * ROUNDED_TOO) if places else 0.0


def _decimal_places(values: NDArray[np.float64], most: int) -> int:
    """Decimal places that the values are rounded to, or 0 where they are not rounded to few."""
    for places in range(2, most + 1):
        if _near_whole(values * 10.0**places, 1e-5 + (1e-7 * 10.0**places if places < 6 else 0)):
            return places
    return 0


def _near_whole(values: NDArray[np.float64], near: float) -> bool:
    return bool((np.abs(values - np.rint(values)) <= near).all())


def bad_rows(scores: NDArray[np.floating], kind: Kind) -> NDArray[np.bool_] | None:
    """Mark the rows that break the rules of their kind, shape (n_samples,), or None when all hold."""
    if scores.size == 0:
        return None
    with np.errstate(invalid="ignore", over="ignore"):
        sums = np.einsum("ij->i", scores)  # a product would wake the threads of BLAS for nothing
    if kind is not Kind.PROBABILITIES:
        if np.isfinite(sums).all():
            return None
        bad = ~np.isfinite(scores).all(axis=1)
        return bad if bad.any() else None
    sure = 0.9 * ROW_SUM_TOLERANCE  # a float32 sum of 20,000 terms is right within 1e-5
    if scores.min() >= 0 and (np.abs(sums - 1) <= sure).all():
        return None
    with np.errstate(invalid="ignore", over="ignore"):
        exact = scores.sum(axis=1, dtype=np.float64)
        positive = (scores >= 0).all(axis=1)
        good = positive & (np.abs(exact - 1) <= ROW_SUM_TOLERANCE)
        if not good.all():
            good = positive & (np.abs(exact - 1) <= row_sum_tolerance(scores))
    return None if good.all() else ~good

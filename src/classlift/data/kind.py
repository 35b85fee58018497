"""What scores can be, and what a good row of each kind is."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

ROW_SUM_TOLERANCE = 1e-3


class Kind(StrEnum):
    """What the scores of a file are."""

    PROBABILITIES = "probabilities"
    LOGITS = "logits"
    SCORES = "scores"


@dataclass(frozen=True)
class RowFault:
    """The first bad row of a block: its number, what was found, and the mend."""

    row: int
    problem: str
    fix: str


def first_fault(scores: NDArray[np.floating], kind: Kind) -> RowFault | None:
    """Find the first row of `scores` that breaks the rules of its `kind`, or None.

    Probabilities are finite, not negative, and sum to 1 within 0.001; logits and scores are finite.
    """
    bad = bad_rows(scores, kind)
    if bad is None:
        return None
    row = int(np.flatnonzero(bad)[0])
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
    return RowFault(
        row,
        f"probabilities sum to {total:.6g}, expected 1 within {ROW_SUM_TOLERANCE}",
        "pass --logits if these are logits, or use --bad-rows normalize (or drop).",
    )


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
        good = (scores >= 0).all(axis=1) & (np.abs(exact - 1) <= ROW_SUM_TOLERANCE)
    return None if good.all() else ~good

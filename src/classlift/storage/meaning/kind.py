"""What scores are, checked by the values of the first block where no name says it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from classlift.data.kind import ROW_SUM_TOLERANCE, Kind
from classlift.errors import ClassliftError

if TYPE_CHECKING:
    from numpy.typing import NDArray

LOG_PROBABILITIES = "the logits are log-probabilities: each row's exponentials sum to 1"


def kind_of_values(scores: NDArray[np.floating], where: str) -> Kind:
    """Tell probabilities, logits and scores of a layer apart.

    Rows that are not finite are left aside: they are checked as bad rows later.

    Raises
    ------
    ClassliftError
        If the values fit neither.
    """
    rows = scores[np.isfinite(scores).all(axis=1)]
    with np.errstate(over="ignore"):
        one = np.abs(rows.sum(axis=1, dtype=np.float64) - 1) <= ROW_SUM_TOLERANCE
    inside = (rows >= 0) & (rows <= 1 + ROW_SUM_TOLERANCE)
    if len(rows) and one.mean() > 0.5:
        if (rows[one] >= 0).all():
            return Kind.PROBABILITIES
        if one.all():
            return Kind.SCORES
    elif not inside.all():
        return Kind.LOGITS
    raise ClassliftError(
        where,
        f"cannot tell probabilities from logits: values in {_range(rows)}, {one.sum()} of {len(rows)} rows sum to 1",
        fix="say what the scores are with --probabilities or --logits.",
    )


def are_log_probabilities(scores: NDArray[np.floating]) -> bool:
    """Whether the exponentials of every row sum to 1."""
    if not len(scores) or not (scores <= ROW_SUM_TOLERANCE).all():
        return False
    sums = np.exp(scores.astype(np.float64)).sum(axis=1)
    return bool((np.abs(sums - 1) <= ROW_SUM_TOLERANCE).all())


def _range(rows: NDArray[np.floating]) -> str:
    return f"{rows.min():.4g}..{rows.max():.4g}" if rows.size else "no finite range"

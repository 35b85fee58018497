"""What scores are, checked by the values of the first block where no name says it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from classlift.data.kind import ROW_SUM_TOLERANCE, Kind, row_sum_tolerance, sum_to_hundred
from classlift.errors import ClassliftError

if TYPE_CHECKING:
    from numpy.typing import NDArray

FEWEST_CLASSES, FEWEST_ROWS = 4, 12
"""Fewer rows and classes may well be in one order."""

LOOKED_AT = 64
LOG_PROBABILITIES = "the logits are log-probabilities: each row's exponentials sum to 1"


def judged(
    scores: NDArray[np.floating], named: Kind | None, where: str, *, asked: bool
) -> tuple[Kind, tuple[str, ...]]:
    """Kind of scores, and what to say of it.

    Parameters
    ----------
    scores : ndarray, shape (n_samples, n_classes)
        First rows.
    named : Kind, optional
        What a name or the user says.
    where : str
        What messages call the scores.
    asked : bool
        Whether the user says it.

    Raises
    ------
    ClassliftError
        If they are per cent, or a name says logits of what are probabilities.
    """
    if scores.dtype == np.uint8:
        raise ClassliftError(
            where,
            f"scores are whole numbers from {scores.min()} to {scores.max()} (uint8), expected decimal ones",
            fix="if they are probabilities times 255, save scores / scores.sum(axis=1, keepdims=True).",
        )
    if not asked:
        check_not_per_cent(scores, where)
    if named is Kind.LOGITS and not asked and len(scores) >= FEWEST_ROWS and _all_probabilities(scores):
        raise ClassliftError(
            where,
            "the scores are named logits, and every row sums to 1 as probabilities do",
            fix="say --probabilities if they are the output of a softmax, else --logits.",
        )
    kind = named or kind_of_values(scores, where)
    if kind is Kind.LOGITS and not asked:
        check_natural(scores, where)
    return kind, (LOG_PROBABILITIES,) if kind is Kind.LOGITS and are_log_probabilities(scores) else ()


def _all_probabilities(scores: NDArray[np.floating]) -> bool:
    if not (scores >= 0).all():
        return False
    with np.errstate(over="ignore"):
        sums = scores.sum(axis=1, dtype=np.float64)
    return bool((np.abs(sums - 1) <= row_sum_tolerance(scores)).all())


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
        one = np.abs(rows.sum(axis=1, dtype=np.float64) - 1) <= row_sum_tolerance(rows)
    check_not_per_cent(rows, where)
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


def check_not_per_cent(rows: NDArray[np.floating], where: str) -> None:
    """Refuse finite rows of which most sum to 100.

    Raises
    ------
    ClassliftError
        With the ways to read them.
    """
    if len(rows) and sum_to_hundred(rows).mean() > 0.5:
        raise ClassliftError(
            where,
            "its rows sum to 100: the scores are per cent, expected probabilities or logits",
            fix="divide them by 100 before saving, or pass --probabilities --bad-rows normalize.",
        )


def check_not_sorted(rows: NDArray[np.floating], where: str) -> None:
    """Refuse rows that are all sorted by score: each column then holds another class in every row.

    Raises
    ------
    ClassliftError
        If there are enough rows and classes for it to be no chance.
    """
    n, n_classes = rows.shape
    if n_classes < FEWEST_CLASSES or n < FEWEST_ROWS or (rows == rows[0]).all():
        return
    if any((_ordered(rows[:LOOKED_AT], up) and _ordered(rows, up)) for up in (False, True)):
        raise ClassliftError(
            where,
            "the scores are sorted by size in every row, so that a column holds another class in each",
            fix="save the scores in the order of the classes; "
            "if that is their order, say what they are with --probabilities or --logits.",
        )


def _ordered(rows: NDArray[np.floating], up: bool) -> bool:
    """Whether every row is sorted; compared, as differences wrap in unsigned numbers and are NaN of infinite ones."""
    left, right = rows[:, :-1], rows[:, 1:]
    return bool((left <= right if up else left >= right).all())


def check_natural(scores: NDArray[np.floating], where: str) -> None:
    """Refuse negative logarithms of probabilities, and those to the base 2 or 10, which logits are not.

    Raises
    ------
    ClassliftError
        With what turns them into natural ones.
    """
    if len(scores) >= FEWEST_ROWS and (scores >= 0).all() and are_log_probabilities(-scores):
        raise ClassliftError(
            where,
            "the scores are negative logarithms of probabilities, of which the lowest is the best",
            fix="save the probabilities, np.exp(-scores); if they are logits all the same, say --logits.",
        )
    if len(scores) < FEWEST_ROWS or not (scores <= ROW_SUM_TOLERANCE).all():
        return
    for base, function in ((2, "2 ** x"), (10, "10 ** x")):
        sums = np.power(float(base), scores.astype(np.float64)).sum(axis=1)
        if (np.abs(sums - 1) <= ROW_SUM_TOLERANCE).all():
            raise ClassliftError(
                where,
                f"the scores are logarithms of probabilities to the base {base}, expected natural ones or logits",
                fix=f"save the probabilities, {function}; if they are logits all the same, say --logits.",
            )


def are_log_probabilities(scores: NDArray[np.floating]) -> bool:
    """Whether the exponentials of every row sum to 1."""
    if not len(scores) or not (scores <= ROW_SUM_TOLERANCE).all():
        return False
    sums = np.exp(scores.astype(np.float64)).sum(axis=1)
    return bool((np.abs(sums - 1) <= ROW_SUM_TOLERANCE).all())


def _range(rows: NDArray[np.floating]) -> str:
    return f"{rows.min():.4g}..{rows.max():.4g}" if rows.size else "no finite range"

"""Class shares of other rows than those of a file, and counts as they would be under them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from classlift.data.counts import ClassCounts, PairedCounts
from classlift.errors import ClassliftError, alike
from classlift.intervals.homogeneity import same_shares

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

ESTIMATE = "estimate"
"""What asks for shares that are found in the rows themselves."""

SURELY = 0.001
"""Class shares that differ as much by chance with this probability do differ."""

LEAST_SHIFT = 0.01
"""A smaller part of the rows that would have to change class is not worth a word, however sure."""

FURTHEST = 3
"""Classes that are named."""

ROUNDED = 0.01
"""How far from 1 the sum of shares may be, as rounding of many classes makes it."""


@dataclass(frozen=True)
class Shares:
    """Class shares by name; they are divided by their sum.

    Parameters
    ----------
    of : mapping of str to float
        Share of each class, at least 0; they sum to 1 within 0.01.
    name : str
        What messages call them.

    Raises
    ------
    ClassliftError
        If a share is negative or not a number, or the sum is another one.
    """

    of: Mapping[str, float]
    name: str = "shares"

    def __post_init__(self) -> None:
        fix = "give the share of every class as a fraction, such as 0.25; together they are 1."
        for each, share in self.of.items():
            if not 0 <= share <= 1 + ROUNDED:
                raise ClassliftError(self.name, f"gives class {each!r} the share {share:g}, expected 0 to 1", fix=fix)
        total = sum(self.of.values())
        if not abs(total - 1) <= ROUNDED:
            raise ClassliftError(self.name, f"holds shares whose sum is {total:.4g}, expected 1", fix=fix)

    def in_order(self, classes: tuple[str, ...], other: str) -> Floats:
        """Give the shares in the order of class names, sum 1, shape (n_classes,).

        Raises
        ------
        ClassliftError
            If a class is unknown or missing; `other` is what has the classes.
        """
        known = set(classes)
        missing = [each for each in classes if each not in self.of]
        for each in self.of:
            if each not in known:
                near = alike(each, missing or classes)
                listed = ", ".join(classes[:8]) + (", …" if len(classes) > 8 else "")
                problem = f"gives a share to {each!r}, which is not a class of {other}"
                raise ClassliftError(
                    self.name, problem, fix=f"did you mean {near[0]!r}?" if near else f"the classes are {listed}."
                )
        if missing:
            fix = "give every class a share; 0 where it does not occur."
            raise ClassliftError(self.name, f"gives no share to class {missing[0]!r} of {other}", fix=fix)
        found = np.array([self.of[each] for each in classes], np.float64)
        return np.asarray(found / found.sum())


def differing(rows: NDArray[np.int64], others: object, classes: tuple[str, ...]) -> str:
    """Say where the class shares of rows lie furthest from those of other rows; nothing where that may be chance.

    Parameters
    ----------
    rows : ndarray of int64, shape (n_classes,)
        Rows of each class.
    others : object
        Those of the other rows, as a layer file keeps them: a list of whole numbers; None where it does not.
    classes : tuple of str
        Class names.

    Examples
    --------
    >>> differing(np.array([300, 700]), [600, 400], ("cat", "dog"))
    'cat 30.0 % against 60.0 %, dog 70.0 % against 40.0 %'
    """
    if not isinstance(others, list) or len(others) != len(rows) or not all(type(n) is int and n >= 0 for n in others):
        return ""
    here, there = rows / max(1, rows.sum()), np.array(others) / max(1, sum(others))
    if np.abs(here - there).sum() < 2 * LEAST_SHIFT or same_shares(rows, others) >= SURELY:
        return ""
    furthest = np.argsort(-np.abs(here - there), kind="stable")[:FURTHEST].tolist()
    return ", ".join(f"{classes[k]} {100 * here[k]:.1f} % against {100 * there[k]:.1f} %" for k in furthest)


MOVED = "predicted shares differ"
"""How every note of predictions that moved begins."""

FAR_FROM_SAID = "the mean probability"
"""How the note of rows begins that do not look as if they had the class shares that were said."""

FAR, SURE_ERRORS = 0.1, 4.0
"""How far a mean probability may be from a share that was said, and how many of its standard errors are no chance."""


def far_from_said(sums: Floats, n_samples: int, said: Floats, classes: tuple[str, ...]) -> tuple[str, ...]:
    """Say which class gets another mean probability than the share that was said, by far and more than chance.

    Parameters
    ----------
    sums : ndarray of float64, shape (2, n_classes)
        Sums of the probabilities of rows, and of their squares.
    n_samples : int
        Rows.
    said : ndarray of float64, shape (n_classes,)
        Class shares.
    classes : tuple of str
        Class names.
    """
    mean, square = sums / max(1, n_samples)
    off, error = np.abs(mean - said), np.sqrt(np.maximum(square - mean**2, 0) / max(1, n_samples))
    k = np.where(off > SURE_ERRORS * error, off, 0).argmax()
    if not n_samples or off[k] <= FAR or off[k] <= SURE_ERRORS * error[k]:
        return ()
    return (
        f"{FAR_FROM_SAID} of {classes[k]} is {100 * mean[k]:.1f} % now, though its share was said to be "
        f"{100 * said[k]:.1f} %: these rows have other shares, or shift and layer lift the same classes twice "
        "(a layer of tune --choose raw only shifts)",
    )


def moved_predictions(rows: NDArray[np.int64], others: object, classes: tuple[str, ...]) -> tuple[str, ...]:
    """Say where raw predictions surely have other class shares than on the validation file, and what may be why."""
    told = differing(rows, others, classes)
    why = "other data, or predictions of another model"
    return (f"{MOVED} from the validation file's by more than chance ({told}): {why}",) if told else ()


def row_weights(support: NDArray[np.int64], shares: Floats) -> Floats:
    """Weight of a row of each class under which classes have these shares, of mean 1 over all rows.

    Classes without rows cannot be weighted: the others share what is theirs.

    Examples
    --------
    >>> row_weights(np.array([3, 1]), np.array([0.5, 0.5])).tolist()
    [0.6666666666666666, 2.0]
    """
    known = np.where(support > 0, shares, 0)
    weights = np.divide(known * support.sum(), support, out=np.zeros(len(support)), where=support > 0)
    return np.asarray(weights / max(float(known.sum()), 1e-300))


def weighted(counts: ClassCounts, weights: Floats, predicted: Floats) -> ClassCounts:
    """Counts with every row weighted by its class; `predicted` are the weighted ones, shape (n_classes,)."""
    cost = counts.cost and counts.cost.weighted(weights)
    return ClassCounts(counts.support * weights, counts.right * weights, predicted, cost=cost)  # type: ignore[arg-type]


def weighted_pairs(counts: PairedCounts, weights: Floats, before: Floats, after: Floats) -> PairedCounts:
    """Paired counts with every row weighted by its class; `before` and `after` are the weighted predictions."""
    sides = weighted(counts.before, weights, before), weighted(counts.after, weights, after)
    change = counts.cost_change and counts.cost_change.weighted(weights)
    return PairedCounts(*sides, counts.fixed * weights, counts.broken * weights, change)  # type: ignore[arg-type]

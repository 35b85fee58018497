"""Classes that a layer could not help, and why."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from classlift.data import metrics

if TYPE_CHECKING:
    from classlift.evaluation.comparison import Comparison
    from classlift.fitting.inspection import Inspection

FEW_ROWS = 20
"""With fewer checked rows a class moves by more than 5 points with each of them."""


@dataclass(frozen=True)
class NotHelped:
    """A class that was not helped.

    Parameters
    ----------
    number : int
        The class.
    reason : str
        Why, in a sentence without its full stop.
    """

    number: int
    reason: str


def not_helped(result: Comparison, validation: Inspection, *, by_range: bool = False) -> tuple[NotHelped, ...]:
    """Find the classes that needed help and did not get it, lowest accuracy before first.

    A class needs help if it cannot be checked, or if its accuracy before is below total accuracy or among the lowest;
    it got help if the 95 % interval of its change lies above 0.

    Parameters
    ----------
    result : Comparison
        Raw against adjusted rows.
    validation : Inspection
        The file that the layer was fitted on.
    by_range : bool
        Whether the layer was fitted on the rows of the competitive range, so that a class may have none.

    Returns
    -------
    tuple of NotHelped
        Classes without checked rows last.
    """
    before = result.counts.before
    low, high = result.recall_change_intervals()
    lowest = np.isin(np.arange(before.n_classes), metrics.low_classes(before.recall, result.low_fraction))
    weak = (before.support == 0) | lowest | (before.recall < result.before.total)
    order = np.argsort(before.recall, kind="stable")
    found = [int(k) for k in order if weak[k] and not low[k] > 0]
    reason = partial(_reason, result=result, validation=validation, by_range=by_range)
    return tuple(NotHelped(k, reason(k, falls=bool(high[k] < 0))) for k in found)


def _reason(k: int, result: Comparison, validation: Inspection, *, by_range: bool, falls: bool) -> str:
    before, known = result.counts.before, validation.counts.support
    change = int(result.counts.fixed[k]) - int(result.counts.broken[k])
    if not before.support[k]:
        return "no row of it was checked, so nothing can be said of it"
    if not known[k]:
        return "the validation file has no row of it, so there was nothing to learn from"
    if by_range and validation.competitive is not None and not validation.competitive[k]:
        return "none of its validation rows is competitive: the model is sure of another class, or gives it no chance"
    if before.right[k] == before.support[k]:
        return "all of its rows are right already"
    if falls:
        return "it pays for other classes: rows that were right now go to classes that were weaker"
    if before.support[k] < FEW_ROWS or known[k] < FEW_ROWS:
        return "it has too few rows to tell a change from chance"
    if change == 0 and not result.counts.fixed[k]:
        return "the layer changes none of its rows for the better"
    return "its change is within what chance makes"

"""Classes that a failed gate names: which of them do worst by its figure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from classlift.data import metrics
from classlift.gates.figures import class_number
from classlift.gates.units import NEGATIVE_FLIPS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from classlift.evaluation.comparison import Comparison
    from classlift.evaluation.result import Evaluation
    from classlift.gates.units import Figure


def worst_first(figure: Figure, side: Evaluation) -> NDArray[np.intp]:
    """Class numbers, worst first."""
    counts = side.counts
    seen = np.flatnonzero(counts.support > 0)
    if figure.class_name is not None:
        return np.array([class_number(figure, side.classes, None)])
    match figure.name:
        case "low20" | "low20.baseline" | "low20.validation":
            return _low_set(figure, side)
        case "total":
            return _most(counts.support - counts.right)
        case "worst" | "gap":
            return metrics.low_classes(counts.recall, 1 / len(seen))
        case "macro_f1":
            return seen[np.argsort(metrics.f1(counts)[seen], kind="stable")]
        case "cost" if counts.cost is not None:
            return _most(counts.cost.total)
        case "weighted_f1":
            return _most(np.nan_to_num((1 - metrics.f1(counts)) * counts.support))
        case "never_predicted":
            return np.flatnonzero((counts.support > 0) & (counts.predicted == 0))
        case "no_samples":
            return np.flatnonzero(counts.support == 0)
        case _:
            return metrics.low_classes(counts.recall, 1)


def _low_set(figure: Figure, side: Evaluation) -> NDArray[np.intp]:
    """Classes that a low figure is about on one side, lowest first."""
    given = {"low20.baseline": metrics.baseline_low(side), "low20.validation": side.validation_low}.get(figure.name)
    return side.lowest_classes if given is None else given


def losers(figure: Figure, result: Comparison) -> NDArray[np.intp]:
    """Classes that lost rows, most first; for a low figure those of the low classes that lost most of their share."""
    counts = result.counts
    if figure.name == NEGATIVE_FLIPS:
        return _most(counts.broken)
    if figure.name == "cost" and counts.cost_change is not None:
        return _most(counts.cost_change.total)
    if not figure.name.startswith("low20"):
        return _most(counts.broken - counts.fixed)
    after = _low_set(figure, result.after)
    low = np.union1d(_low_set(figure, result.before), after)
    falling = low[_most(counts.before.recall[low] - counts.after.recall[low])]
    return falling if len(falling) else after


def _most(numbers: NDArray) -> NDArray[np.intp]:
    """Places of the positive numbers, largest first."""
    order = np.argsort(-numbers, kind="stable")
    return np.asarray(order[numbers[order] > 0])

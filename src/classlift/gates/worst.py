"""Which classes a failed gate is about, worst first, each with what it did."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from classlift.data import metrics
from classlift.evaluation import Comparison
from classlift.gates.figures import class_number, low_set, side_of
from classlift.gates.grammar import ROWS, Figure

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from classlift.evaluation import Evaluation

MOST = 10
"""So many classes are named at most."""

WorstClasses = dict[str, str]


def worst_classes(figure: Figure, result: Evaluation | Comparison) -> WorstClasses:
    """Name the classes that make a figure bad.

    Parameters
    ----------
    figure : Figure
        A figure that has a value in `result`.
    result : Evaluation or Comparison
        What was checked.

    Returns
    -------
    dict of str to str
        Class name to what it did, worst first, at most `MOST`.
    """
    moved = figure.side == "change" and figure.class_name is None and not figure.is_count
    if isinstance(result, Comparison) and (figure.name in ROWS or moved):
        return _losers(figure, result)
    side = side_of(figure, result)
    return {side.classes[k]: _told(figure, side, k) for k in _order(figure, side, result)[:MOST].tolist()}


def _order(figure: Figure, side: Evaluation, result: Evaluation | Comparison) -> NDArray[np.intp]:
    """Class numbers, worst first."""
    counts = side.counts
    seen = np.flatnonzero(counts.support > 0)
    if figure.class_name is not None:
        return np.array([class_number(figure, side.classes)])
    match figure.name:
        case "low":
            return low_set(figure, side, result)
        case "total":
            return _most(counts.support - counts.right)
        case "worst" | "gap":
            return metrics.low_classes(counts.recall, 1 / len(seen))
        case "macro_f1":
            return seen[np.argsort(metrics.f1(counts)[seen], kind="stable")]
        case "weighted_f1":
            return _most(np.nan_to_num((1 - metrics.f1(counts)) * counts.support))
        case "never_predicted":
            return np.flatnonzero((counts.support > 0) & (counts.predicted == 0))
        case "no_samples":
            return np.flatnonzero(counts.support == 0)
        case _:
            return metrics.low_classes(counts.recall, 1)


def _told(figure: Figure, side: Evaluation, k: int) -> str:
    """What a class did, in a few words."""
    counts = side.counts
    support, right, predicted = int(counts.support[k]), int(counts.right[k]), int(counts.predicted[k])
    if not support:
        return f"no samples, predicted {predicted} times"
    match figure.name:
        case "total":
            return f"{support - right} of {support} rows wrong"
        case "macro_f1" | "weighted_f1" | "f1":
            return f"F1 {100 * float(metrics.f1(counts)[k]):.2f} %"
        case "precision":
            return f"{right} of {predicted} predictions right"
        case "predicted" | "support" | "never_predicted":
            return f"{support} rows, predicted {predicted} times"
        case _:
            return f"{right} of {support} rows right"


def _losers(figure: Figure, result: Comparison) -> WorstClasses:
    """Classes that lost rows, most first; for a low figure those of the low classes that lost most of their share."""
    counts = result.counts
    lost = counts.broken - counts.fixed
    order = _most(lost)
    if figure.name == "low":
        after = low_set(figure, result.after, result)
        low = np.union1d(low_set(figure, result.before, result), after)
        falling = low[_most(counts.before.recall[low] - counts.after.recall[low])]
        order = falling if len(falling) else after
    return {
        result.classes[k]: f"{counts.fixed[k]} fixed, {counts.broken[k]} broken of {counts.before.support[k]} rows"
        for k in order[:MOST].tolist()
    }


def _most(numbers: NDArray) -> NDArray[np.intp]:
    """Places of the positive numbers, largest first."""
    order = np.argsort(-numbers, kind="stable")
    return np.asarray(order[numbers[order] > 0])

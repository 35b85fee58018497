"""Values of figures from counts per class, of one result or of many on the same rows.

A class without samples never counts as 0.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from classlift.data.counts import ClassCounts, PairedCounts
from classlift.data.metrics.metric import LOW_FRACTION

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

C = TypeVar("C", ClassCounts, PairedCounts)

LEAST_GROUP = 20
"""Groups of fewer labelled rows are shown, but not ranked."""


def total_accuracy(counts: ClassCounts) -> float | Floats:
    """Share of right rows; NaN without rows."""
    n = counts.n_samples
    return _plain(counts.right.sum(axis=-1) / n) if n else float("nan")


def precision(counts: ClassCounts) -> Floats:
    """Right rows among those predicted as the class, shape (n_classes,); NaN where it is never predicted."""
    return _divide(counts.right, counts.predicted)


def recall(counts: ClassCounts) -> Floats:
    """Class accuracy: right rows among those of the class, shape (n_classes,); NaN without samples."""
    return counts.recall


def f1(counts: ClassCounts) -> Floats:
    """F1 per class, ``2 right / (support + predicted)``, shape (n_classes,); NaN without samples."""
    out = _divide(2 * counts.right, counts.support + counts.predicted)
    return np.where(counts.support > 0, out, np.nan)


def balanced_accuracy(counts: ClassCounts) -> float | Floats:
    """Mean recall of the classes with samples."""
    return _mean(counts.recall)


def macro_f1(counts: ClassCounts) -> float | Floats:
    """Mean F1 of the classes with samples."""
    return _mean(f1(counts))


def weighted_f1(counts: ClassCounts) -> float | Floats:
    """Mean F1 of the classes with samples, weighted by their support."""
    if not counts.n_samples:
        return float("nan")
    return _plain(np.nansum(f1(counts) * counts.support, axis=-1) / counts.n_samples)


def worst_recall(counts: ClassCounts) -> float | Floats:
    """Smallest recall."""
    return _plain(np.nanmin(counts.recall, axis=-1)) if counts.n_samples else float("nan")


def gap(counts: ClassCounts) -> float | Floats:
    """Largest minus smallest recall."""
    return _plain(np.nanmax(counts.recall, axis=-1)) - worst_recall(counts) if counts.n_samples else float("nan")


def never_predicted(counts: ClassCounts) -> float | Floats:
    """Number of classes with samples that are never predicted."""
    return _plain(np.sum((counts.support > 0) & (counts.predicted == 0), axis=-1))


def no_samples(counts: ClassCounts) -> float | Floats:
    """Number of classes without samples."""
    return _plain(np.sum(counts.support == 0))


def mean_cost(counts: ClassCounts) -> float | Floats:
    """Mean cost of a row; NaN without rows or costs."""
    n = counts.n_samples
    return counts.cost.mean(n) if n and counts.cost is not None else float("nan")


def lowest(counts: ClassCounts, fraction: float = LOW_FRACTION) -> float | Floats:
    """Mean recall of the lowest classes, chosen in each result."""
    seen = counts.recall[..., counts.support > 0]
    return _mean(np.sort(seen, axis=-1)[..., : low_size(seen.shape[-1], fraction)])


def ranked_groups(groups: Mapping[str, Mapping[str, C]]) -> dict[str, dict[str, C]]:
    """Groups with at least 20 labelled rows, by column and value; a column without such a group is left out."""
    found = {
        column: {name: counts for name, counts in of.items() if group_size(counts) >= LEAST_GROUP}
        for column, of in groups.items()
    }
    return {column: of for column, of in found.items() if of}


def group_size(counts: ClassCounts | PairedCounts) -> int:
    """Labelled rows of a group."""
    return (counts.before if isinstance(counts, PairedCounts) else counts).n_samples


def totals(groups: Mapping[str, ClassCounts]) -> ClassCounts:
    """Counts of groups as if each was a class."""
    support, right = ([int(getattr(c, name).sum()) for c in groups.values()] for name in ("support", "right"))
    return ClassCounts(np.array(support), np.array(right), np.zeros(len(support), np.int64))


def worst_group(groups: Mapping[str, Mapping[str, ClassCounts]]) -> float:
    """Lowest total accuracy of the ranked groups; NaN where there is none."""
    return min(
        (float(total_accuracy(c)) for of in ranked_groups(groups).values() for c in of.values()), default=math.nan
    )


def group_gap(groups: Mapping[str, Mapping[str, ClassCounts]]) -> float:
    """Highest minus lowest total accuracy of the ranked groups of a column, largest of all columns; NaN without two."""
    found = [totals(of).recall for of in ranked_groups(groups).values() if len(of) > 1]
    return max((float(each.max() - each.min()) for each in found), default=math.nan)


def low_size(n_classes: int, fraction: float = LOW_FRACTION) -> int:
    """How many classes are the lowest ones: ``max(1, round-half-up(fraction n_classes))``."""
    return max(1, int(np.floor(round(fraction * n_classes, 9) + 0.5)))


def low_classes(accuracy: Floats, fraction: float = LOW_FRACTION) -> NDArray[np.intp]:
    """Find the lowest classes, lowest first; the earlier class first where accuracies tie.

    Parameters
    ----------
    accuracy : ndarray of float64, shape (n_classes,)
        Class accuracies, NaN without samples (never chosen).
    fraction : float
        Share of the classes with samples.

    Returns
    -------
    ndarray of intp
        Class numbers, `low_size` of them (none if no class has samples).
    """
    seen = np.flatnonzero(~np.isnan(accuracy))
    order = np.argsort(accuracy[seen], kind="stable")
    return seen[order[: low_size(len(seen), fraction)]]


def low_recall(accuracy: Floats, classes: NDArray[np.intp]) -> float | Floats:
    """Mean recall of some classes; those without samples do not count."""
    return _mean(accuracy[..., classes])


def _divide(a: NDArray[np.int64], b: NDArray[np.int64]) -> Floats:
    a, b = np.broadcast_arrays(a, b)
    return np.asarray(np.divide(a, b, out=np.full(a.shape, np.nan), where=b > 0))


def _mean(values: Floats) -> float | Floats:
    """Mean along the classes; those without a value have none in any of the results."""
    known = values[..., ~np.isnan(values if values.ndim == 1 else values[0])]
    return _plain(known.mean(axis=-1)) if known.shape[-1] else float("nan")


def _plain(values: NDArray[np.number] | np.number) -> float | Floats:
    return np.asarray(values, np.float64) if np.ndim(values) else float(values)

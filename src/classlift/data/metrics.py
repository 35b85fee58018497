"""Figures of one result from its counts per class; a class without samples never counts as 0."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from classlift.data.counts import ClassCounts

    Floats = NDArray[np.float64]

LOW_FRACTION = 0.2


def total_accuracy(counts: ClassCounts) -> float:
    """Share of right rows; NaN without rows."""
    return float(counts.right.sum() / counts.n_samples) if counts.n_samples else float("nan")


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


def balanced_accuracy(counts: ClassCounts) -> float:
    """Mean recall of the classes with samples."""
    return _mean(counts.recall)


def macro_f1(counts: ClassCounts) -> float:
    """Mean F1 of the classes with samples."""
    return _mean(f1(counts))


def weighted_f1(counts: ClassCounts) -> float:
    """Mean F1 of the classes with samples, weighted by their support."""
    if not counts.n_samples:
        return float("nan")
    return float(np.nansum(f1(counts) * counts.support) / counts.n_samples)


def worst_recall(counts: ClassCounts) -> float:
    """Smallest recall."""
    return _mean(np.sort(counts.recall)[:1])


def gap(counts: ClassCounts) -> float:
    """Largest minus smallest recall."""
    return float(np.nanmax(counts.recall)) - worst_recall(counts) if counts.n_samples else float("nan")


def never_predicted(counts: ClassCounts) -> float:
    """Number of classes with samples that are never predicted."""
    return float(np.sum((counts.support > 0) & (counts.predicted == 0)))


def no_samples(counts: ClassCounts) -> float:
    """Number of classes without samples."""
    return float(np.sum(counts.support == 0))


METRICS: dict[str, Callable[[ClassCounts], float]] = {
    "total": total_accuracy,
    "balanced": balanced_accuracy,
    "macro_f1": macro_f1,
    "weighted_f1": weighted_f1,
    "worst": worst_recall,
    "gap": gap,
    "never_predicted": never_predicted,
    "no_samples": no_samples,
}


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


def low_recall(accuracy: Floats, classes: NDArray[np.intp]) -> float:
    """Mean recall of some classes; those without samples do not count."""
    return _mean(accuracy[classes])


def _divide(a: NDArray[np.int64], b: NDArray[np.int64]) -> Floats:
    return np.asarray(np.divide(a, b, out=np.full(len(a), np.nan), where=b > 0))


def _mean(values: Floats) -> float:
    values = values[~np.isnan(values)]
    return float(values.mean()) if len(values) else float("nan")

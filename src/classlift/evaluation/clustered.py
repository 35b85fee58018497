"""Counts of clustered rows as counts of the independent rows that they are worth; intervals are made of these."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from classlift.data.scoring import CLUSTER_UNIT
from classlift.intervals.clustered import design_effects, few_clusters
from classlift.intervals.significance import sign_flip_test

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from classlift.data.clusters import Clusters
    from classlift.data.counts import ClassCounts, PairedCounts
    from classlift.data.scoring import Scoring

    Floats = NDArray[np.float64]

SUPPORT, WAS, NOW, FIXED, BROKEN = range(5)
"""Cells of the clusters of paired counts."""

SCORES = ("log_loss", "brier")
"""Sums beside the rows of each cluster of a `Scoring`."""

CONFIDENCE = 0.95
"""Of draws, whose ends are not known when they are made."""


class Worth(NamedTuple):
    """Right rows and rows, as independent ones: numbers, or arrays of shape (n_classes,)."""

    right: Floats
    n: Floats


def total_share(counts: ClassCounts, confidence: float = CONFIDENCE) -> Worth:
    """Rows that are right among all rows."""
    return _share(counts.clusters, 1, int(counts.right.sum()), counts.n_samples, confidence)


def flips_of(counts: PairedCounts, confidence: float) -> Worth:
    """Broken rows among all rows."""
    return _share(counts.clusters, BROKEN, int(counts.broken.sum()), counts.before.n_samples, confidence)


def among_first(scoring: Scoring | None, k: int, confidence: float) -> Worth:
    """Rows whose right class is among the `k` most probable, among all rows; NaN where that is not known."""
    n = np.array(math.nan if scoring is None else scoring.n_samples, np.float64)
    right = np.array(math.nan if scoring is None else np.rint(scoring.top(k) * n), np.float64)
    if scoring is None or scoring.clusters is None or np.isnan(right):
        return Worth(right, n)
    found = scoring.clusters.summed
    hits = found.cells[:, SUPPORT] * (found.label < k)
    worth = _whole(found, hits, float(n * _spread(right, n)), confidence)
    return Worth(right / worth, n / worth)


def error_of(scoring: Scoring | None, of: str, confidence: float) -> float:
    """Standard error of the mean log loss or Brier score; NaN where that is not known."""
    error = float(getattr(scoring, f"{of}_error", math.nan))
    if scoring is None or scoring.clusters is None or math.isnan(error):
        return error
    found, n = scoring.clusters.summed, scoring.n_samples
    sums = found.cells[:, 1 + SCORES.index(of)] * CLUSTER_UNIT
    return error * math.sqrt(_whole(found, sums, error**2 * n * (n - 1), confidence))


def _share(clusters: Clusters | None, cell: int, right: float, n: int, confidence: float) -> Worth:
    found = Worth(np.array(right, np.float64), np.array(n, np.float64))
    if clusters is None:
        return found
    worth = _whole(clusters, clusters.summed.cells[:, cell], float(n * _spread(*found)), confidence)
    return Worth(found.right / worth, found.n / worth)


def moved_rows(counts: PairedCounts, confidence: float) -> tuple[float, float, float]:
    """Broken rows, fixed rows, and all rows."""
    broken, fixed, n = (float(each) for each in (counts.broken.sum(), counts.fixed.sum(), counts.before.n_samples))
    if counts.clusters is None:
        return broken, fixed, n
    squares = broken + fixed - (fixed - broken) ** 2 / max(n, 1)
    worth = _whole(counts.clusters, _moves(counts.clusters), squares, confidence)
    return broken / worth, fixed / worth, n / worth


def worth_under(
    clusters: Clusters | None,
    cell: int,
    hits: NDArray[np.number],
    support: NDArray[np.int64],
    shares: Floats,
    confidence: float,
) -> float:
    """How many clustered rows are worth one independent row, for a share of rows under class shares."""
    if clusters is None:
        return 1.0
    return _under(clusters, clusters.summed.cells[:, cell], support * _spread(hits, support), shares, confidence)


def moved_under(counts: PairedCounts, shares: Floats, confidence: float) -> tuple[Floats, Floats, Floats]:
    """Broken rows, fixed rows, and rows of each class, for a change under class shares."""
    broken, fixed, n = (each.astype(np.float64) for each in (counts.broken, counts.fixed, counts.before.support))
    if counts.clusters is None:
        return broken, fixed, n
    squares = broken + fixed - (fixed - broken) ** 2 / np.maximum(n, 1)
    worth = _under(counts.clusters, _moves(counts.clusters), squares, shares, confidence)
    return broken / worth, fixed / worth, n / worth


def of_classes(counts: ClassCounts, confidence: float) -> Worth:
    """Right rows and rows of each class."""
    right, n = counts.right.astype(np.float64), counts.support.astype(np.float64)
    if counts.clusters is None:
        return Worth(right, n)
    found = counts.clusters.summed
    worth = _by_class(found, found.cells[:, 1], n * _spread(right, n), confidence)
    return Worth(right / worth, n / worth)


def moved_of_classes(counts: PairedCounts, confidence: float, *, levels: bool = False) -> tuple[Floats, Floats, Floats]:
    """Broken rows, fixed rows, and rows of each class; with `levels` also as the recalls themselves are worth."""
    broken, fixed, n = (each.astype(np.float64) for each in (counts.broken, counts.fixed, counts.before.support))
    if counts.clusters is None:
        return broken, fixed, n
    found = counts.clusters.summed
    squares = broken + fixed - (fixed - broken) ** 2 / np.maximum(n, 1)
    worth = _by_class(found, _moves(found), squares, confidence)
    for cell, right in ((WAS, counts.before.right), (NOW, counts.after.right)) if levels else ():
        worth = np.maximum(worth, _by_class(found, found.cells[:, cell], n * _spread(right, n), confidence))
    return broken / worth, fixed / worth, n / worth


def together(counts: ClassCounts, classes: NDArray[np.intp]) -> float:
    """Variance that the mean recall of some classes has besides that of each, as clusters hold rows of several."""
    if counts.clusters is None:
        return 0.0
    alone = of_classes(counts, CONFIDENCE)
    worth = _spread(*alone) / np.maximum(alone.n, 1e-9)
    return _together(counts.clusters, counts.clusters.summed.cells[:, 1], classes, worth)


def moved_together(counts: PairedCounts, low: tuple[NDArray[np.intp], NDArray[np.intp]]) -> float:
    """The same of the change of the mean recall of the lowest classes of either side."""
    if counts.clusters is None:
        return 0.0
    broken, fixed, n = moved_of_classes(counts, CONFIDENCE)
    n = np.maximum(n, 1e-9)
    worth = (broken + fixed - (fixed - broken) ** 2 / n) / n**2
    found = [_together(counts.clusters, _moves(counts.clusters), classes, worth) for classes in low]
    return max(found)


def _under(clusters: Clusters, value: NDArray[np.int64], squares: Floats, shares: Floats, confidence: float) -> float:
    if not squares.any():
        return _whole(clusters, value, 0.0, confidence)
    support = np.maximum(np.bincount(clusters.summed.label, clusters.summed.cells[:, SUPPORT], len(shares)), 1)
    apart = float((shares**2 * squares / support**2).sum())
    robust = _robust(clusters, value, shares, few_clusters(clusters.n_clusters, confidence))
    return max(robust / apart, 1.0) if apart > 0 else 1.0


def _robust(clusters: Clusters, value: NDArray[np.int64], weights: Floats, few: float) -> float:
    """Variance of a weighted mean over the means of classes by clusters."""
    found = clusters.summed
    rows = found.cells[:, SUPPORT]
    support = np.maximum(np.bincount(found.label, rows, len(weights)), 1)
    mean = np.bincount(found.label, value, len(weights)) / support
    (each,) = found.by_cluster((value - mean[found.label] * rows) * (weights / support)[found.label])
    return float((each**2).sum()) * len(each) / max(len(each) - 1, 1) * few


def _together(clusters: Clusters, value: NDArray[np.int64], classes: NDArray[np.intp], worth: Floats) -> float:
    """Variance of a mean over classes by clusters beyond that of classes with these variances on their own."""
    weight = np.isin(np.arange(len(worth)), classes) / len(classes)
    robust = _robust(clusters, value, weight, few_clusters(clusters.n_clusters))
    return max(0.0, robust - float(worth[classes].sum()) / len(classes) ** 2)


def mcnemar_of(clusters: Clusters) -> float:
    """P-value of the rows that changed sides, by clusters."""
    (moved,) = clusters.by_cluster(_moves(clusters.summed))
    return sign_flip_test(np.rint(moved).astype(np.int64))


def mcnemar_of_classes(clusters: Clusters, n_classes: int) -> Floats:
    """The same of each class, shape (n_classes,); NaN without samples."""
    found, moved, p_values = clusters.summed, _moves(clusters), np.full(n_classes, np.nan)
    for k in np.unique(found.label).tolist():
        p_values[k] = sign_flip_test(moved[found.label == k])
    return p_values


def _moves(clusters: Clusters) -> NDArray[np.int64]:
    cells = clusters.summed.cells
    return np.asarray(cells[:, FIXED] - cells[:, BROKEN])


def _spread(right: NDArray[np.number], n: NDArray[np.number]) -> Floats:
    share = np.asarray(right) / np.maximum(n, 1)
    return np.asarray(share * (1 - share))


def _whole(clusters: Clusters, value: NDArray[np.number], squares: float, confidence: float) -> float:
    """How many clustered rows are worth one independent row, all classes together."""
    rows, values = clusters.by_cluster(clusters.summed.cells[:, SUPPORT], value)
    found = design_effects(np.zeros(len(rows), np.int64), rows, values, np.array([float(squares)]))
    return float(found[0]) * few_clusters(len(rows), confidence)


def _by_class(clusters: Clusters, value: NDArray[np.int64], squares: Floats, confidence: float) -> Floats:
    effects = design_effects(clusters.label, clusters.cells[:, SUPPORT], value, np.asarray(squares, np.float64))
    return effects * few_clusters(clusters.n_clusters, confidence)

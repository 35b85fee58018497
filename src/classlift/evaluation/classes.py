"""Many classes at once: intervals as they are shown, of the class that was picked too, and which changes are sure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from classlift.evaluation import clustered, uncertainty
from classlift.evaluation.options import CONFIDENCE, Resampling
from classlift.intervals.low_share import LowShare, low_share_change_draws
from classlift.intervals.many import clopper_pearson, false_discoveries
from classlift.intervals.proportions import Interval
from classlift.intervals.significance import mcnemar_exact

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from classlift.data.counts import ClassCounts, PairedCounts
    from classlift.evaluation.comparison import Comparison
    from classlift.evaluation.result import Evaluation

    Floats = NDArray[np.float64]

RATE = 0.05
"""Largest expected share of false ones among the classes whose change is called beyond chance."""


def shown_intervals(result: Evaluation) -> tuple[Floats, Floats]:
    """Intervals of the recalls as they are shown, two arrays of shape (n_classes,).

    Each class has its own 95 %, and that of the lowest class accounts for its having been picked because it is the
    lowest; or all have 95 % together (Bonferroni, exact ends), whichever is picked.
    """
    if result.resampling.simultaneous:
        confidence = together_confidence(result.counts)
        return clopper_pearson(*clustered.of_classes(result.counts, confidence), confidence=confidence)
    low, high = (end.copy() for end in result.recall_intervals())
    if result.resampling.n_draws and len(result.lowest_classes):
        k = int(result.lowest_classes[0])
        low[k], high[k] = picked_interval(result.counts, k, result.resampling)
    return low, high


def shown_change_intervals(result: Comparison) -> tuple[Floats, Floats]:
    """The same of the changes; the picked class is the one that is lowest before."""
    lowest = result.before.lowest_classes
    if result.resampling.simultaneous:
        return result.recall_change_intervals(together_confidence(result.counts.before))
    low, high = (end.copy() for end in result.recall_change_intervals())
    if result.resampling.n_draws and len(lowest) and not result.identical:
        k = int(lowest[0])
        low[k], high[k] = picked_change_interval(result.counts, k, result.resampling)
    return low, high


def together_confidence(counts: ClassCounts) -> float:
    """Confidence of each class that gives all of them 95 % together (Bonferroni)."""
    return 1 - (1 - CONFIDENCE) / max(1, int((counts.support > 0).sum()))


def picked_interval(counts: ClassCounts, k: int, resampling: Resampling, confidence: float = CONFIDENCE) -> Interval:
    """Interval of the recall of a class that was picked because it is the lowest."""
    return uncertainty.chosen_classes_interval(counts, np.array([k]), counts, resampling, confidence)


def picked_change_interval(
    counts: PairedCounts, k: int, resampling: Resampling, confidence: float = CONFIDENCE
) -> Interval:
    """Interval of the change of a class that was picked because it was the lowest: as wide as both of two.

    Besides that of Tango, draws in which its recalls are drawn towards those of all classes: a class that is low by bad
    luck has more rows to fix than it will have again.
    """
    ends = uncertainty.recall_change_intervals(counts, confidence)
    cells, seen = uncertainty.moved_cells(counts), counts.before.support > 0
    given = LowShare(1, np.array([int(seen[:k].sum())]))
    drawn = low_share_change_draws(cells[seen], given, n_draws=resampling.n_draws, seed=resampling.seed)
    low, high = drawn.interval(confidence)
    return Interval(min(low, float(ends[0][k])), max(high, float(ends[1][k])))


def beyond_chance(counts: PairedCounts) -> NDArray[np.int8]:
    """Which classes surely rise (1) and fall (-1), shape (n_classes,): exact McNemar tests, 5 % false discoveries."""
    net, p_values = counts.fixed - counts.broken, np.full(len(counts.fixed), np.nan)
    if counts.clusters is not None:
        p_values = clustered.mcnemar_of_classes(counts.clusters, len(net))
    else:
        for k in np.flatnonzero(counts.before.support):
            p_values[k] = mcnemar_exact(int(counts.broken[k]), int(counts.fixed[k]))
    return np.where(false_discoveries(p_values, RATE), np.sign(net), 0).astype(np.int8)

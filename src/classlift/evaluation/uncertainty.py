"""Intervals of the figures of one result and of a change, from counts per class."""

from __future__ import annotations

import math
from statistics import NormalDist
from typing import TYPE_CHECKING

import numpy as np

from classlift.data.counts import ClassCounts
from classlift.evaluation import clustered
from classlift.evaluation.clustered import Worth
from classlift.evaluation.options import CONFIDENCE, Resampling
from classlift.intervals.bounded import bounded_mean
from classlift.intervals.draws import Draws
from classlift.intervals.low_floor import low_share_floor, low_share_move_draws
from classlift.intervals.low_share import LowShare, low_share_change_draws, low_share_draws
from classlift.intervals.proportions import Interval, mean_proportion, tango_difference, wilson
from classlift.intervals.stratified import weighted_change, weighted_share

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from classlift.data.cost_sums import CostSums
    from classlift.data.counts import PairedCounts

    Floats = NDArray[np.float64]
    Lowest = NDArray[np.intp]


def share_interval(share: Worth, confidence: float = CONFIDENCE) -> Interval:
    """Wilson interval of a share of all rows; NaN without rows, or where the share is not known."""
    low, high = wilson(share.right, share.n, confidence=confidence)
    return Interval(float(low), float(high))


def hits_under(
    counts: ClassCounts, hits: NDArray[np.number], shares: Floats, confidence: float = CONFIDENCE
) -> Interval:
    """Interval of a share of rows, of right ones where they come in clusters, under class shares."""
    worth = clustered.worth_under(counts.clusters, 1, hits, counts.support, shares, confidence)
    return weighted_share(np.asarray(hits / worth, float), counts.support / worth, shares, confidence=confidence)


def flips_under(counts: PairedCounts, shares: Floats, confidence: float = CONFIDENCE) -> Interval:
    """Interval of the share of broken rows under class shares."""
    rows = counts.before.support
    worth = clustered.worth_under(counts.clusters, clustered.BROKEN, counts.broken, rows, shares, confidence)
    return weighted_share(counts.broken / worth, rows / worth, shares, confidence=confidence)


def mean_interval(mean: float, error: float, confidence: float = CONFIDENCE) -> Interval:
    """Normal interval of a mean over rows with this standard error."""
    half = error * NormalDist().inv_cdf((1 + confidence) / 2)
    return Interval(mean - half, mean + half)


def cost_interval(counts: ClassCounts, shares: Floats | None, confidence: float = CONFIDENCE) -> Interval:
    """Interval of the mean cost of a row; NaN where costs are not known."""
    return _cost_interval(counts.cost, counts, float(clustered.total_share(counts, confidence).n), shares, confidence)


def cost_change_interval(counts: PairedCounts, shares: Floats | None, confidence: float = CONFIDENCE) -> Interval:
    """Interval of the change of the mean cost of a row; NaN where costs are not known."""
    return _cost_interval(
        counts.cost_change, counts.before, clustered.moved_rows(counts, confidence)[2], shares, confidence
    )


def _cost_interval(
    cost: CostSums | None, counts: ClassCounts, independent: float, shares: Floats | None, confidence: float
) -> Interval:
    """Interval of a mean cost, under class shares where they are given; clustered rows are worth `independent` ones."""
    n = counts.n_samples
    if cost is None or not n:
        return Interval(math.nan, math.nan)
    rows = independent
    if shares is not None:
        from classlift.data.shares import row_weights  # noqa: PLC0415  (not everybody's way)

        rows *= cost.effective_rows(counts.support, shares) / n
        cost = cost.weighted(row_weights(counts.support, shares))
    ends = (cost.scale.least, cost.scale.most)
    return bounded_mean(cost.mean(n), cost.second_moment(n), rows, ends, confidence=confidence)


def worst_group_interval(
    columns: Sequence[Mapping[str, ClassCounts]], resampling: Resampling, confidence: float = CONFIDENCE
) -> Interval:
    """Interval of the lowest total of the groups of one column, or of several (Bonferroni)."""
    each = 1 - (1 - confidence) / max(1, len(columns))
    ends = [_draws(_as_classes(groups), LowShare(1), resampling).interval(each) for groups in columns]
    low, high = (min((end[i] for end in ends), default=math.nan) for i in range(2))
    return Interval(low, high)


def worst_group_change_draws(groups: Mapping[str, PairedCounts], resampling: Resampling) -> Draws:
    """Draw the change of the lowest total of the groups of a column."""
    moved = [clustered.moved_rows(c, CONFIDENCE) for c in groups.values()]
    broken, fixed, n = (np.array(each) for each in zip(*moved, strict=True))
    right = n * np.array([c.before.right.sum() / c.before.n_samples for c in groups.values()])
    cells = np.stack([right - broken, broken, fixed, n - right - fixed], axis=1)
    return low_share_change_draws(cells, LowShare(1), n_draws=resampling.n_draws, seed=resampling.seed)


def _as_classes(groups: Mapping[str, ClassCounts]) -> Worth:
    found = [clustered.total_share(c) for c in groups.values()]
    return Worth(*(np.array(each) for each in zip(*found, strict=True)))


def recall_intervals(counts: ClassCounts, confidence: float = CONFIDENCE) -> tuple[Floats, Floats]:
    """Wilson interval of each recall, two arrays of shape (n_classes,); NaN without samples."""
    return wilson(*clustered.of_classes(counts, confidence), confidence=confidence)


def total_change_interval(
    counts: PairedCounts, shares: Floats | None = None, confidence: float = CONFIDENCE
) -> Interval:
    """Tango interval of the change of total accuracy, from the pooled counts, or under class shares."""
    if shares is not None:
        broken, fixed, rows = clustered.moved_under(counts, shares, confidence)
        return weighted_change(broken, fixed, rows, shares, confidence=confidence)
    low, high = tango_difference(*clustered.moved_rows(counts, confidence), confidence=confidence)
    return Interval(float(low), float(high))


def recall_change_intervals(counts: PairedCounts, confidence: float = CONFIDENCE) -> tuple[Floats, Floats]:
    """Tango interval of the change of each recall, two arrays of shape (n_classes,); NaN without samples."""
    return tango_difference(*clustered.moved_of_classes(counts, confidence), confidence=confidence)


def lowest_draws(counts: ClassCounts, size: int, resampling: Resampling) -> Draws:
    """Draw the mean accuracy of the `size` lowest classes, chosen again in each draw."""
    lowest = _lowest(counts, size)
    found = _draws(clustered.of_classes(counts, CONFIDENCE), LowShare(size), resampling)
    return found.widened(clustered.together(counts, lowest))


def lowest_floor(counts: ClassCounts, size: int, resampling: Resampling, confidence: float) -> float:
    """Lower bound of the mean accuracy of the `size` lowest classes by draws of each class on its own."""
    right, n = (each[counts.support > 0] for each in clustered.of_classes(counts, CONFIDENCE))
    low, draws = LowShare(size), resampling.n_draws
    found = low_share_floor(right, n, low, confidence, n_draws=draws, seed=resampling.seed)
    classes = _lowest(counts, size)
    more = clustered.together(counts, classes)
    return _stretched(Interval(found, found), counts.recall[classes], more, 2 * confidence - 1).low


def lowest_change_draws(counts: PairedCounts, size: int, resampling: Resampling, *, by_moves: bool = False) -> Draws:
    """Draw the change of the mean accuracy of the `size` lowest classes, chosen again on both sides."""
    seen = counts.before.support > 0
    if not seen.any() or not resampling.n_draws:
        return Draws(np.empty(0), ())
    cells = moved_cells(counts)[seen]
    lowest = _lowest(counts.before, size), _lowest(counts.after, size)
    draw = low_share_move_draws if by_moves else low_share_change_draws
    found = draw(cells, LowShare(size), n_draws=resampling.n_draws, seed=resampling.seed)
    return found.widened(clustered.moved_together(counts, lowest))


def moved_cells(counts: PairedCounts) -> Floats:
    """Rows right in both, broken, fixed, wrong in both, of each class; those of clusters as independent ones."""
    broken, fixed, n = clustered.moved_of_classes(counts, CONFIDENCE, levels=True)
    right = counts.before.right * n / np.maximum(counts.before.support, 1)
    return np.stack([right - broken, broken, fixed, n - right - fixed], axis=1)


def given_classes_interval(counts: ClassCounts, classes: Lowest, confidence: float = CONFIDENCE) -> Interval:
    """Interval of the mean accuracy of classes that other rows chose."""
    alone, more = clustered.of_classes(counts, confidence), clustered.together(counts, classes)
    found = mean_proportion(alone.right[classes], alone.n[classes], confidence=confidence)
    return _stretched(found, counts.recall[classes], more, confidence)


def _stretched(ends: Interval, recalls: Floats, variance: float, confidence: float) -> Interval:
    """Ends that lie farther from the mean of some recalls by so much more variance."""
    if not variance:
        return ends
    middle, more = float(np.nanmean(recalls)), variance * NormalDist().inv_cdf((1 + confidence) / 2) ** 2
    low, high = (middle + math.copysign(math.hypot(end - middle, math.sqrt(more)), end - middle) for end in ends)
    return Interval(max(0.0, low), min(1.0, high))


def chosen_classes_interval(
    counts: ClassCounts,
    classes: Lowest,
    chosen_on: ClassCounts,
    resampling: Resampling,
    confidence: float = CONFIDENCE,
) -> Interval:
    """Interval of the mean accuracy of classes that a result on the same rows chose as its lowest.

    The ends for classes given beforehand, and the upper one raised by as much as the choice may have been luck: by
    how far the upper end of their accuracy in that result rises where it is shrunk towards all classes.
    """
    low, high = given_classes_interval(counts, classes, confidence)
    position = np.cumsum(chosen_on.support > 0) - 1
    shares, given = clustered.of_classes(chosen_on, CONFIDENCE), LowShare(len(classes), position[classes])
    drawn = _draws(shares, given, resampling).interval(confidence)
    luck = drawn.high - given_classes_interval(chosen_on, classes, confidence).high
    return Interval(low, float(np.minimum(1.0, high + np.maximum(0.0, luck))))


def _lowest(counts: ClassCounts, size: int) -> Lowest:
    """The `size` lowest classes with samples."""
    return np.argsort(counts.recall, kind="stable")[: min(size, int((counts.support > 0).sum()))]


def _draws(shares: Worth, low: LowShare, resampling: Resampling) -> Draws:
    seen = shares.n > 0
    if not seen.any() or not resampling.n_draws:
        return Draws(np.empty(0), ())
    right, n = shares.right[seen], shares.n[seen]
    return low_share_draws(right, n, low, n_draws=resampling.n_draws, seed=resampling.seed)

"""Intervals of the figures of one result and of a change, from counts per class."""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist
from typing import TYPE_CHECKING

import numpy as np

from classlift.intervals import (
    Draws,
    Interval,
    LowShare,
    low_share_change_draws,
    low_share_draws,
    low_share_floor,
    mean_proportion,
    tango_difference,
    weighted_change,
    weighted_share,
    wilson,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from classlift.data.counts import ClassCounts, PairedCounts

    Floats = NDArray[np.float64]
    Lowest = NDArray[np.intp]

CONFIDENCE = 0.95


@dataclass(frozen=True)
class Resampling:
    """How the intervals of the lowest classes are drawn.

    Parameters
    ----------
    n_draws : int
        How many draws; 0 for no such interval.
    seed : int
        Seed of the draws.
    """

    n_draws: int = 2000
    seed: int = 0


DEFAULT_RESAMPLING = Resampling()


def share_interval(share: float, n_samples: int, confidence: float = CONFIDENCE) -> Interval:
    """Wilson interval of a share of all rows; NaN without rows, or where the share is not known."""
    low, high = wilson(np.rint(share * n_samples), n_samples, confidence=confidence)
    return Interval(float(low), float(high))


def weighted_interval(
    hits: NDArray[np.number], support: NDArray[np.int64], shares: Floats, confidence: float = CONFIDENCE
) -> Interval:
    """Interval of a share of rows under class shares."""
    return weighted_share(hits.astype(float), support.astype(float), shares, confidence=confidence)


def mean_interval(mean: float, error: float, confidence: float = CONFIDENCE) -> Interval:
    """Normal interval of a mean over rows with this standard error."""
    half = error * NormalDist().inv_cdf((1 + confidence) / 2)
    return Interval(mean - half, mean + half)


def worst_group_interval(
    columns: Sequence[ClassCounts], resampling: Resampling, confidence: float = CONFIDENCE
) -> Interval:
    """Interval of the lowest total of the groups of one column, or of several (Bonferroni); groups are the classes."""
    each = 1 - (1 - confidence) / max(1, len(columns))
    ends = [lowest_draws(groups, 1, resampling).interval(each) for groups in columns]
    low, high = (min((end[i] for end in ends), default=math.nan) for i in range(2))
    return Interval(low, high)


def recall_intervals(counts: ClassCounts, confidence: float = CONFIDENCE) -> tuple[Floats, Floats]:
    """Wilson interval of each recall, two arrays of shape (n_classes,); NaN without samples."""
    return wilson(counts.right, counts.support, confidence=confidence)


def total_change_interval(
    counts: PairedCounts, shares: Floats | None = None, confidence: float = CONFIDENCE
) -> Interval:
    """Tango interval of the change of total accuracy, from the pooled counts, or under class shares."""
    if shares is not None:
        broken, fixed, rows = (part.astype(float) for part in (counts.broken, counts.fixed, counts.before.support))
        return weighted_change(broken, fixed, rows, shares, confidence=confidence)
    n = counts.before.n_samples
    low, high = tango_difference(counts.broken.sum(), counts.fixed.sum(), n, confidence=confidence)
    return Interval(float(low), float(high))


def recall_change_intervals(counts: PairedCounts, confidence: float = CONFIDENCE) -> tuple[Floats, Floats]:
    """Tango interval of the change of each recall, two arrays of shape (n_classes,); NaN without samples."""
    return tango_difference(counts.broken, counts.fixed, counts.before.support, confidence=confidence)


def lowest_draws(counts: ClassCounts, size: int, resampling: Resampling) -> Draws:
    """Draw the mean accuracy of the `size` lowest classes, chosen again in each draw."""
    return _draws(counts, LowShare(size), resampling)


def lowest_floor(counts: ClassCounts, size: int, resampling: Resampling, confidence: float) -> float:
    """Lower bound of the mean accuracy of the `size` lowest classes by draws of each class on its own."""
    seen = counts.support > 0
    low, draws = LowShare(size), resampling.n_draws
    return low_share_floor(
        counts.right[seen], counts.support[seen], low, confidence, n_draws=draws, seed=resampling.seed
    )


def lowest_change_draws(counts: PairedCounts, size: int, resampling: Resampling) -> Draws:
    """Draw the change of the mean accuracy of the `size` lowest classes, chosen again on both sides."""
    seen = counts.before.support > 0
    if not seen.any() or not resampling.n_draws:
        return Draws(np.empty(0), ())
    both = counts.before.right - counts.broken
    neither = counts.before.support - both - counts.broken - counts.fixed
    cells = np.stack([both, counts.broken, counts.fixed, neither], axis=1)[seen]
    return low_share_change_draws(cells, LowShare(size), n_draws=resampling.n_draws, seed=resampling.seed)


def given_classes_interval(counts: ClassCounts, classes: Lowest, confidence: float = CONFIDENCE) -> Interval:
    """Interval of the mean accuracy of classes that other rows chose."""
    return mean_proportion(counts.right[classes], counts.support[classes], confidence=confidence)


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
    drawn = _draws(chosen_on, LowShare(len(classes), position[classes]), resampling).interval(confidence)
    luck = drawn.high - given_classes_interval(chosen_on, classes, confidence).high
    return Interval(low, float(np.minimum(1.0, high + np.maximum(0.0, luck))))


def _draws(counts: ClassCounts, low: LowShare, resampling: Resampling) -> Draws:
    seen = counts.support > 0
    if not seen.any() or not resampling.n_draws:
        return Draws(np.empty(0), ())
    return low_share_draws(
        counts.right[seen], counts.support[seen], low, n_draws=resampling.n_draws, seed=resampling.seed
    )

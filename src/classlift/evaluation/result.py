"""One result on labelled rows: its figures and their intervals."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from classlift.data import metrics
from classlift.data.counts import ClassCounts
from classlift.data.scoring import Scoring
from classlift.evaluation import clustered, uncertainty
from classlift.evaluation.details import NO_DETAILS, Details
from classlift.evaluation.frames import ShownEvaluation
from classlift.evaluation.groups import Groups
from classlift.evaluation.options import CONFIDENCE, DEFAULT_RESAMPLING, Resampling
from classlift.intervals.draws import Draws
from classlift.intervals.proportions import Interval

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from classlift.data.reading import Reading

    Floats = NDArray[np.float64]
    Lowest = NDArray[np.intp]


@dataclass(frozen=True, eq=False, repr=False)
class Evaluation(ShownEvaluation):
    """One result on labelled rows.

    Parameters
    ----------
    name : str
        What was evaluated.
    counts : ClassCounts
        Counts per class.
    classes : tuple of str
        Class names to show.
    low_fraction : float
        Share of the classes that the low figures are about.
    validation_low : ndarray of intp, optional
        Lowest classes of the validation file, from the layer.
    notes : tuple of str
        What a user should know.
    resampling : Resampling
        How the intervals of the lowest classes are drawn, when one is asked for.
    details : Details
        Scoring rules and confusions, where they are known.
    baseline : ClassCounts, optional
        Counts of the result before, where this is a side of a comparison.
    reading : Reading, optional
        What was taken for what.
    groups : mapping
        Counts of each group, by column and value, where they were asked for.
    weighted : ClassCounts, optional
        Counts as under other class shares, in fractions of rows; figures that depend on shares go by them.
    """

    name: str
    counts: ClassCounts
    classes: tuple[str, ...]
    low_fraction: float = metrics.LOW_FRACTION
    validation_low: Lowest | None = None
    notes: tuple[str, ...] = ()
    resampling: Resampling = DEFAULT_RESAMPLING
    details: Details = NO_DETAILS
    baseline: ClassCounts | None = None
    reading: Reading | None = None
    groups: Groups[ClassCounts] = field(default_factory=dict)
    weighted: ClassCounts | None = None

    def group(self, column: str, value: str) -> Evaluation:
        """The result on the rows of one group."""
        counts = self.groups[column][value]
        return replace(self, name=value, counts=counts, notes=(), details=NO_DETAILS, groups={}, weighted=None)

    def value(self, figure: str) -> float:
        """Value of a figure in `classlift.data.metrics.METRICS`; NaN where it is not known."""
        metric = metrics.metric_of(figure)
        if self.weighted is not None and metric is not None and metric.by_shares:
            return metrics.value_of(figure, replace(self, counts=self.weighted, weighted=None))
        return metrics.value_of(figure, self)

    def class_values(self, figure: str) -> NDArray[np.number]:
        """Values of a figure of each class (`metrics.CLASS_METRICS`), shape (n_classes,); NaN where it is not known."""
        metric = metrics.CLASS_METRICS[figure]
        return metric.value(self.counts if self.weighted is None or not metric.by_shares else self.weighted)

    @property
    def shares(self) -> Floats | None:
        """Class shares that it is shown under, shape (n_classes,); None where they are those of its rows."""
        return None if self.weighted is None else self.weighted.support / self.weighted.support.sum()

    @property
    def scoring(self) -> Scoring | None:
        """Scoring rules, where there are probabilities."""
        return self.details.scoring

    @property
    def lowest_classes(self) -> Lowest:
        """The lowest classes of this result."""
        return metrics.low_classes(self.counts.recall, self.low_fraction)

    def low(self, classes: Lowest | None = None) -> float:
        """Mean accuracy of the given classes, by default of its own lowest ones."""
        return float(metrics.low_recall(self.counts.recall, self.lowest_classes if classes is None else classes))

    @cached_property
    def low_draws(self) -> Draws:
        """Draws of the mean accuracy of its own lowest classes; drawn when first asked for."""
        return uncertainty.lowest_draws(self.counts, max(1, len(self.lowest_classes)), self.resampling)

    @cached_property
    def worst_draws(self) -> Draws:
        """Draws of the accuracy of the worst class."""
        return uncertainty.lowest_draws(self.counts, 1, self.resampling)

    def recall_intervals(self, confidence: float = CONFIDENCE) -> tuple[Floats, Floats]:
        """Wilson interval of each recall, two arrays of shape (n_classes,); NaN without samples."""
        return uncertainty.recall_intervals(self.counts, confidence)

    def interval(self, figure: str, confidence: float = CONFIDENCE) -> Interval:
        """Two-sided interval of a figure.

        Parameters
        ----------
        figure : str
            A figure (`metrics.metric_of`) that names an interval, or ``class:3``, the recall of class number 3.
            ``low20`` stands for the lowest classes whatever their share.
        confidence : float
            What the interval claims to cover.

        Returns
        -------
        Interval
            NaN where there are no samples.

        Raises
        ------
        KeyError
            If the figure has no interval: unknown, not drawn, or its classes are not known.
        """
        metric = metrics.metric_of(figure)
        if metric is not None:
            return INTERVALS[metric.interval](self, figure, confidence)
        return of_class(figure, self.recall_intervals(confidence))

    def bounds(self, figure: str, confidence: float = CONFIDENCE) -> Interval:
        """Lower and upper bound of a figure, each of which on its own holds with `confidence`; see `interval`.

        The lower one of the lowest classes is the lower of two: where a few classes are far below all others, draws
        that shrink them towards the others hold too seldom.
        """
        low, high = self.interval(figure, 2 * confidence - 1)
        if figure == "low20" and not math.isnan(low):
            size = len(self.lowest_classes)
            low = min(low, uncertainty.lowest_floor(self.counts, size, self.resampling, confidence))
        return Interval(low, high)


def _wilson(result: Evaluation, figure: str, confidence: float) -> Interval:
    if figure != "total":
        return _of_top(result, figure, int(figure.removeprefix("top")), confidence)
    if result.shares is not None:
        return uncertainty.hits_under(result.counts, result.counts.right, result.shares, confidence)
    return uncertainty.share_interval(clustered.total_share(result.counts, confidence), confidence)


def _of_top(result: Evaluation, figure: str, k: int, confidence: float) -> Interval:
    scoring = _scored(result, figure)
    if result.shares is not None and result.details.by_class is not None:
        return uncertainty.hits_under(result.counts, result.details.by_class.top(k), result.shares, confidence)
    return uncertainty.share_interval(clustered.among_first(scoring, k, confidence), confidence)


def _scored(result: Evaluation, figure: str) -> Scoring | None:
    """Scoring rules; KeyError where rows come in clusters, and its sums by cluster are not kept."""
    if result.counts.clusters is not None and (result.scoring is None or result.scoring.clusters is None):
        raise KeyError(figure)
    return result.scoring


def _mean(of: str) -> Callable[[Evaluation, str, float], Interval]:
    def found(result: Evaluation, figure: str, confidence: float) -> Interval:
        error = clustered.error_of(_scored(result, figure), of, confidence)
        return uncertainty.mean_interval(result.value(figure), error, confidence)

    return found


def _lowest(result: Evaluation, _: str, confidence: float) -> Interval:
    return result.low_draws.interval(_drawn(result, confidence))


def _worst_group(result: Evaluation, _: str, confidence: float) -> Interval:
    columns = list(metrics.ranked_groups(result.groups).values())
    return uncertainty.worst_group_interval(columns, result.resampling, _drawn(result, confidence))


def _worst(result: Evaluation, _: str, confidence: float) -> Interval:
    return result.worst_draws.interval(_drawn(result, confidence))


def _given(result: Evaluation, _: str, confidence: float) -> Interval:
    if result.validation_low is None:
        raise KeyError("low20.validation")
    return uncertainty.given_classes_interval(result.counts, result.validation_low, confidence)


def _chosen_before(result: Evaluation, _: str, confidence: float) -> Interval:
    chosen = metrics.baseline_low(result)
    if chosen is None or result.baseline is None:
        raise KeyError("low20.baseline")
    sure = _drawn(result, confidence)
    return uncertainty.chosen_classes_interval(result.counts, chosen, result.baseline, result.resampling, sure)


def _drawn(result: Evaluation, confidence: float) -> float:
    if not result.resampling.n_draws:
        raise KeyError("nothing was drawn")
    return confidence


INTERVALS: dict[str, Callable[[Evaluation, str, float], Interval]] = {
    "wilson": _wilson,
    "lowest": _lowest,
    "worst": _worst,
    "given": _given,
    "chosen before": _chosen_before,
    "worst group": _worst_group,
    "log loss": _mean("log_loss"),
    "brier": _mean("brier"),
    "cost": lambda result, _, confidence: uncertainty.cost_interval(result.counts, result.shares, confidence),
}
"""How figures of a result are bounded; `Metric.interval` is a name in it."""


def of_class(figure: str, ends: tuple[Floats, Floats]) -> Interval:
    """Interval of ``class:3``, class number 3; KeyError of any other figure."""
    head, _, number = figure.partition(":")
    low, high = ends
    if head != "class" or not number.isdecimal() or int(number) >= len(low):
        raise KeyError(figure)
    return Interval(float(low[int(number)]), float(high[int(number)]))

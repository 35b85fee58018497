"""Two results on the same rows: their figures, the change, and its intervals."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from classlift.data import metrics
from classlift.data.counts import PairedCounts
from classlift.evaluation import classes, clustered, uncertainty
from classlift.evaluation.details import NO_DETAILS, Details
from classlift.evaluation.frames import ShownComparison
from classlift.evaluation.groups import Groups
from classlift.evaluation.options import CONFIDENCE, DEFAULT_RESAMPLING, Resampling
from classlift.evaluation.result import Evaluation, of_class
from classlift.intervals.draws import Draws
from classlift.intervals.proportions import Interval
from classlift.intervals.significance import mcnemar_exact

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from classlift.data.reading import Reading

    Floats = NDArray[np.float64]
    Lowest = NDArray[np.intp]

CHANGE = ".change"
FLIPS = "negative_flips"
Z95 = 1.96
"""Standard errors from the middle to the end of a 95 % interval."""


class Expected(NamedTuple):
    """Expected change of a figure in a new sample of this size and these shares, and its 95 % interval; fractions."""

    change: float
    low: float
    high: float


@dataclass(frozen=True, eq=False, repr=False)
class Comparison(ShownComparison):
    """Two results on the same rows: before and after.

    Parameters
    ----------
    name : str
        What was evaluated.
    counts : PairedCounts
        Counts of either result, and the rows fixed and broken, per class.
    classes : tuple of str
        Class names to show.
    low_fraction : float
        Share of the classes that the low figures are about.
    validation_low : ndarray of intp, optional
        Lowest classes of the validation file, from the layer.
    n_adjusted : int, optional
        Rows below the confidence threshold, where a layer was evaluated.
    notes : tuple of str
        What a user should know.
    resampling : Resampling
        How the intervals of the lowest classes are drawn, when one is asked for.
    details : tuple of Details
        Scoring rules and confusions before and after, where they are known.
    reading : Reading, optional
        What was taken for what.
    expected : mapping of str to Expected
        Changes of figures that are expected in a new sample, where those on these rows are too good: `values` and gates
        go by them.
    groups : mapping
        Counts of each group, by column and value, where they were asked for.
    weighted : PairedCounts, optional
        Counts as under other class shares, in fractions of rows; figures that depend on shares go by them.
    identical : bool
        Whether both results are the same predictions by construction: nothing changes, and that is sure.
    """

    name: str
    counts: PairedCounts
    classes: tuple[str, ...]
    low_fraction: float = metrics.LOW_FRACTION
    validation_low: Lowest | None = None
    n_adjusted: int | None = None
    notes: tuple[str, ...] = ()
    resampling: Resampling = DEFAULT_RESAMPLING
    details: tuple[Details, Details] = (NO_DETAILS, NO_DETAILS)
    reading: Reading | None = None
    expected: Mapping[str, Expected] = field(default_factory=dict)
    groups: Groups[PairedCounts] = field(default_factory=dict)
    weighted: PairedCounts | None = None
    identical: bool = False

    @cached_property
    def before(self) -> Evaluation:
        """The result before."""
        return self._side(0)

    @cached_property
    def after(self) -> Evaluation:
        """The result after."""
        return self._side(1)

    def group(self, column: str, value: str) -> Comparison:
        """Either result on the rows of one group."""
        counts, nothing = self.groups[column][value], (NO_DETAILS, NO_DETAILS)
        found = replace(self, name=value, counts=counts, n_adjusted=None, notes=(), details=nothing)
        return replace(found, expected={}, groups={}, weighted=None)

    @property
    def fixed(self) -> int:
        """Rows that were wrong and are right."""
        return int(self.counts.fixed.sum())

    @property
    def broken(self) -> int:
        """Rows that were right and are wrong."""
        return int(self.counts.broken.sum())

    @property
    def mcnemar(self) -> float:
        """P-value of the exact McNemar test: the rows, or clusters, that changed sides against a fair coin."""
        clusters = self.counts.clusters
        return mcnemar_exact(self.broken, self.fixed) if clusters is None else clustered.mcnemar_of(clusters)

    @cached_property
    def low_change_draws(self) -> Draws:
        """Draws of the change of the mean accuracy of the lowest classes (low20); drawn when first asked for."""
        return uncertainty.lowest_change_draws(self.counts, max(1, len(self.before.lowest_classes)), self.resampling)

    @cached_property
    def beyond_chance(self) -> NDArray[np.int8]:
        """Which classes surely rise (1) or fall (-1), at most 5 % of them falsely, shape (n_classes,)."""
        return classes.beyond_chance(self.counts)

    def recall_change_intervals(self, confidence: float = CONFIDENCE) -> tuple[Floats, Floats]:
        """Tango interval of the change of each recall, two arrays of shape (n_classes,); 0 of identical results."""
        if self.identical:
            nothing = np.where(self.counts.before.support > 0, 0.0, np.nan)
            return nothing, nothing
        return uncertainty.recall_change_intervals(self.counts, confidence)

    def interval(self, figure: str, confidence: float = CONFIDENCE) -> Interval:
        """Two-sided interval of a figure of the result after, or of its change.

        Parameters
        ----------
        figure : str
            ``negative_flips``, the share of rows broken; a
            figure of `Evaluation.interval`, or its change, as in ``low20.change`` and ``class:3.change``.
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
        if figure == FLIPS:
            if self.identical:
                return Interval(0.0, 0.0)
            if self.before.shares is not None:
                return uncertainty.flips_under(self.counts, self.before.shares, confidence)
            return uncertainty.share_interval(clustered.flips_of(self.counts, confidence), confidence)
        if not figure.endswith(CHANGE):
            return self.after.interval(figure, confidence)
        changing = figure.removesuffix(CHANGE)
        metric = metrics.metric_of(changing)
        if metric is not None and self.identical:
            return Interval(0.0, 0.0)
        if metric is not None:
            return CHANGE_INTERVALS[metric.change_interval](self, confidence)
        return of_class(changing, self.recall_change_intervals(confidence))

    def bounds(self, figure: str, confidence: float = CONFIDENCE) -> Interval:
        """Lower and upper bound of a figure, each of which on its own holds with `confidence`; see `interval`.

        The lower one of the change of the lowest classes is the lower of two: where classes are alike before, draws
        that take them for alike after hold too seldom.
        """
        if not figure.endswith((CHANGE, FLIPS)):
            return self.after.bounds(figure, confidence)
        low, high = self.interval(figure, 2 * confidence - 1)
        if figure == f"low20{CHANGE}":
            size = len(self.before.lowest_classes)
            moves = uncertainty.lowest_change_draws(self.counts, size, self.resampling, by_moves=True)
            low = min(low, moves.interval(2 * confidence - 1).low)
        return Interval(low, high)

    def values(self, figure: str) -> tuple[float, float]:
        """Value of a figure in `classlift.data.metrics.METRICS` before and after; NaN where it is not known."""
        before = self.before.value(figure)
        known = self.expected.get(figure)
        return before, self.after.value(figure) if known is None else before + known.change

    def counted_change(self, figure: str) -> float:
        """How far a figure moved on these rows, whatever is expected in a new sample."""
        return self.after.value(figure) - self.before.value(figure)

    def change(self, figure: str) -> float:
        """How far a figure moved; NaN where it is not known."""
        return self.moved(figure).change

    def _side(self, side: int) -> Evaluation:
        groups = {column: {name: c.sides[side] for name, c in of.items()} for column, of in self.groups.items()}
        return Evaluation(
            ("before", "after")[side],
            self.counts.sides[side],
            self.classes,
            self.low_fraction,
            self.validation_low,
            resampling=self.resampling,
            details=self.details[side],
            baseline=self.counts.sides[0],
            groups=groups,
            weighted=None if self.weighted is None else self.weighted.sides[side],
        )


def _lowest(result: Comparison, confidence: float) -> Interval:
    if not result.resampling.n_draws:
        raise KeyError("nothing was drawn")
    low, high = result.low_change_draws.interval(confidence)
    counted = result.after.low() - result.before.low()  # the draws shrink: it may lie beyond them
    return Interval(min(low, counted), max(high, counted))


def _worst_group(result: Comparison, confidence: float) -> Interval:
    columns = list(metrics.ranked_groups(result.groups).values())
    if not result.resampling.n_draws or len(columns) != 1:
        raise KeyError("worst_group.change")
    return uncertainty.worst_group_change_draws(columns[0], result.resampling).interval(confidence)


CHANGE_INTERVALS: dict[str, Callable[[Comparison, float], Interval]] = {
    "tango": lambda one, confidence: uncertainty.total_change_interval(one.counts, one.before.shares, confidence),
    "lowest": _lowest,
    "worst group": _worst_group,
    "cost": lambda one, confidence: uncertainty.cost_change_interval(one.counts, one.before.shares, confidence),
}
"""How changes of figures are bounded; `Metric.change_interval` is a name in it."""

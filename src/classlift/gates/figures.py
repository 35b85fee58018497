"""Values and one-sided bounds of figures and of their sums, as fractions."""

from __future__ import annotations

import math
from fractions import Fraction
from statistics import NormalDist
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from classlift.data.metrics import CLASS_METRICS, METRICS, Unit
from classlift.errors import alike
from classlift.evaluation.comparison import Z95, Comparison, Expected
from classlift.evaluation.result import Evaluation
from classlift.gates.groups import UndefinedError, within
from classlift.gates.units import NEGATIVE_FLIPS, ROWS, Amount, Figure, Term

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from classlift.gates.groups import Each

    Result = Evaluation | Comparison
    Ends = tuple[NDArray[np.float64], NDArray[np.float64]]

TOLERANCE = Fraction(1, 10**12)
"""Values this close are equal, where they are not fractions of few rows."""

LARGEST_DENOMINATOR = 10**7
"""A float tells fractions with denominators up to this apart."""


FEW = 5
"""Class names that a message lists."""


class Exact(NamedTuple):
    """A value and how far it may be off: not at all where it is a fraction of rows."""

    value: Fraction
    tolerance: Fraction = Fraction(0)

    def minus(self, other: Exact) -> Exact:
        """Difference of two values."""
        return Exact(self.value - other.value, self.tolerance + other.tolerance)


def exact(value: float, largest: int) -> Exact:
    """Find the fraction that a figure of `largest` rows is, so that equality at a bound is equality.

    Examples
    --------
    >>> exact(0.55, 600)
    Exact(value=Fraction(11, 20), tolerance=Fraction(0, 1))
    """
    near = Fraction(value).limit_denominator(max(1, min(largest, LARGEST_DENOMINATOR)))
    return Exact(near) if abs(float(near) - value) < 1e-15 else Exact(Fraction(value), TOLERANCE)


def value_of(figure: Figure, result: Result, each: Each = None) -> Exact:
    """Value of a figure, of class or group `each` where it is one of each; UndefinedError where it has none."""
    result, k = within(figure, result, each)
    if figure.name == NEGATIVE_FLIPS:
        compared = need_comparison(figure, result)
        if compared.weighted is not None:
            return Exact(Fraction(float(compared.weighted.broken.sum()) / compared.counts.before.n_samples), TOLERANCE)
        return Exact(Fraction(compared.broken, max(1, compared.counts.before.n_samples)))
    if figure.name in ROWS:
        compared = need_comparison(figure, result)
        return Exact(Fraction(compared.fixed if figure.name == "fixed" else compared.broken))
    if figure.side == "change":
        before, after = _sides(figure, result, k)
        return after.minus(before)
    if isinstance(result, Comparison) and figure.side != "before":
        return _sides(figure, result, k)[1]
    return _level(figure, side_of(figure, result), k)


def before_and_after(figure: Figure, result: Result, each: Each = None) -> tuple[Exact, Exact]:
    """Value of a figure before and after; after as expected in a new sample, where that is known."""
    return _sides(figure, *within(figure, result, each))


def _sides(figure: Figure, result: Result, k: int | None) -> tuple[Exact, Exact]:
    compared, known = need_comparison(figure, result), expected_of(figure, result)
    if known is None:
        return _level(figure, compared.before, k), _level(figure, compared.after, k)
    before = _level(figure, compared.before, k)
    return before, Exact(before.value + Fraction(known.change), TOLERANCE)


def expected_of(figure: Figure, result: Result) -> Expected | None:
    """Give the change of a figure that is expected in a new sample; None where it is not known."""
    known = isinstance(result, Comparison) and not figure.of_class and figure.side != "before"
    return result.expected.get(figure.name) if known and isinstance(result, Comparison) else None


def expectations(figures: Sequence[Figure], result: Result) -> str:
    """Say of which figures it is the expectation in a new sample that is checked, with its interval."""
    found = {figure.name: known for figure in figures if (known := expected_of(figure, result)) is not None}
    told = [_expectation(name, one) for name, one in found.items()]
    return f"; expected in a new sample, corrected for the choice: {', '.join(told)}" if told else ""


def _expectation(name: str, one: Expected) -> str:
    if METRICS[name].unit is not Unit.SHARE:
        return f"{name} {one.change:+z.4g} (95 %: {one.low:+z.4g} to {one.high:+z.4g})"
    return f"{name} {100 * one.change:+z.2f} pp (95 %: {100 * one.low:+z.2f} to {100 * one.high:+z.2f})"


def side_of(figure: Figure, result: Result) -> Evaluation:
    """The result that a figure is about: after, where a comparison has no other side named."""
    if isinstance(result, Comparison):
        return result.before if figure.side == "before" else result.after
    if figure.side:
        need_comparison(figure, result)
    return result


def need_comparison(figure: Figure, result: Result) -> Comparison:
    """Give the comparison, or say that the figure needs one."""
    if isinstance(result, Comparison):
        return result
    raise UndefinedError(f"{figure} needs two results on the same rows; give --layer or --against")


def class_number(figure: Figure, classes: tuple[str, ...], k: int | None) -> int:
    """Number of the class that a figure is about."""
    name = figure.class_name
    if name is None and k is not None:
        return k
    if name in classes:
        return classes.index(name)
    near, more = alike(name or "", classes), ", …" if len(classes) > FEW else ""
    hint = f"did you mean {near[0]!r}?" if near else f"classes: {', '.join(classes[:FEW])}{more}"
    raise UndefinedError(f"there is no class {name!r}; {hint}")


def _level(figure: Figure, side: Evaluation, k: int | None) -> Exact:
    counts = side.counts
    if not counts.n_samples:
        raise UndefinedError("there is no labelled row")
    if figure.of_class:
        number, metric = class_number(figure, side.classes, k), CLASS_METRICS[figure.name]
        found = float(side.class_values(figure.name)[number])
        if math.isnan(found):
            raise UndefinedError(f"the class {side.classes[number]!r} {metric.needs}")
        return exact(found, int(counts.support[number] + counts.predicted[number]))
    share = Fraction(str(round(100 * side.low_fraction, 9)))
    if figure.per_cent and Fraction(figure.per_cent) != share:
        raise UndefinedError(f"{figure} is not known: the low classes here are {float(share):g} % of all")
    value = side.value(figure.name)
    if math.isnan(value) and figure.metric is not None:
        raise UndefinedError(f"{figure} needs {figure.metric.needs}")
    return exact(value, counts.n_samples)


def sum_of(terms: Sequence[Term], result: Result, k: Each = None) -> Exact:
    """Value of a sum."""
    value, slack = Fraction(0), Fraction(0)
    for term in terms:
        part = Exact(term.item.value) if isinstance(term.item, Amount) else value_of(term.item, result, k)
        value, slack = value + term.sign * part.value, slack + part.tolerance
    return Exact(value, slack)


class Bounds:
    """One-sided bounds of figures of a result; intervals of classes are worked out once for all of them.

    With n figures in a sum each gets the confidence ``1 - (1 - confidence) / n`` (Bonferroni), so that the sum has at
    least what was asked for, however the figures depend on each other.
    """

    def __init__(self, result: Result, confidence: float) -> None:
        self._result, self._confidence = result, confidence
        self._of_classes: dict[tuple[str, str | None, float], Ends] = {}

    def of_sum(self, terms: Sequence[Term], k: Each, *, lower: bool) -> Exact:
        """Bound a sum from below, or from above; UndefinedError where a figure has no bound."""
        each = 1 - (1 - self._confidence) / sum(isinstance(term.item, Figure) for term in terms)
        total = Fraction(0)
        for term in terms:
            if isinstance(term.item, Amount):
                total += term.sign * term.item.value
            else:
                low, high = self._ends(term.item, k, each)
                total += term.sign * Fraction(low if (term.sign > 0) == lower else high)
        return Exact(total)

    def _ends(self, figure: Figure, each: Each, confidence: float) -> tuple[float, float]:
        result, k = within(figure, self._result, each)
        known = expected_of(figure, result)
        low, high = self._counted(figure, result, k, confidence)
        if known is None:
            return low, high
        if figure.side == "change":
            scale = NormalDist().inv_cdf(confidence) / Z95
            return known.change - scale * (known.change - known.low), known.change + scale * (known.high - known.change)
        off = known.change - need_comparison(figure, result).counted_change(figure.name)
        return low + off, high + off

    def _counted(self, figure: Figure, result: Result, k: int | None, confidence: float) -> tuple[float, float]:
        source: Result = side_of(figure, result) if figure.side == "before" else result
        change = ".change" if figure.side == "change" else ""
        try:
            if figure.of_class and figure.name != "recall":
                raise KeyError(figure.name)
            if figure.every and k is not None:
                low, high = (float(ends[k]) for ends in self._recalls(figure, result, confidence))
            else:
                name = f"class:{class_number(figure, result.classes, k)}" if figure.of_class else figure.name
                low, high = source.bounds(name + change, confidence)
        except KeyError:
            low = high = math.nan
        if math.isnan(low) or math.isnan(high):
            raise UndefinedError(f"{figure} has no one-sided bound; evaluate it without a confidence")
        return low, high

    def _recalls(self, figure: Figure, result: Result, confidence: float) -> Ends:
        key = (figure.side, figure.group, confidence)
        if key not in self._of_classes:
            both = 2 * confidence - 1
            if figure.side == "change":
                self._of_classes[key] = need_comparison(figure, result).recall_change_intervals(both)
            else:
                self._of_classes[key] = side_of(figure, result).recall_intervals(both)
        return self._of_classes[key]

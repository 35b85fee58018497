"""Figures as exact fractions of counts, so that equality at a bound is equality."""

from __future__ import annotations

import difflib
from collections import defaultdict
from collections.abc import Callable, Iterable
from fractions import Fraction
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from classlift.evaluation import Comparison, Evaluation
from classlift.gates.grammar import ROWS, Figure

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from classlift.data.counts import ClassCounts

    Result = Evaluation | Comparison

TOLERANCE = Fraction(1, 10**12)
"""Within which figures are equal that are too long to be summed up as fractions."""

EXACT_TERMS = 400
"""Up to so many different denominators a mean is an exact fraction."""


class UndefinedError(Exception):
    """A figure has no value here; the message says why."""


class Exact(NamedTuple):
    """A value and how far it may be off.

    Parameters
    ----------
    value : Fraction
        The figure.
    tolerance : Fraction
        0 where the figure is exact.
    """

    value: Fraction
    tolerance: Fraction = Fraction(0)

    def minus(self, other: Exact) -> Exact:
        """Difference of two values."""
        return Exact(self.value - other.value, self.tolerance + other.tolerance)


def value_of(figure: Figure, result: Result) -> Exact:
    """Find the value of a figure.

    Parameters
    ----------
    figure : Figure
        Its name.
    result : Evaluation or Comparison
        What is checked.

    Returns
    -------
    Exact

    Raises
    ------
    UndefinedError
        If there is no such class, no sample, nothing to compare with.
    """
    if figure.name in ROWS:
        compared = need_comparison(figure, result)
        return Exact(Fraction(compared.fixed if figure.name == "fixed" else compared.broken))
    if figure.side == "change":
        before, after = before_and_after(figure, result)
        return after.minus(before)
    return _level(figure, side_of(figure, result), result)


def before_and_after(figure: Figure, result: Result) -> tuple[Exact, Exact]:
    """Value of a figure before and after."""
    compared = need_comparison(figure, result)
    return _level(figure, compared.before, result), _level(figure, compared.after, result)


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


def class_number(figure: Figure, classes: tuple[str, ...]) -> int:
    """Number of the class that a figure names."""
    name = figure.class_name
    if name in classes:
        return classes.index(name)
    near = difflib.get_close_matches(name or "", classes, n=1)
    raise UndefinedError(f"there is no class {name!r}" + (f"; did you mean {near[0]!r}?" if near else ""))


def low_set(figure: Figure, side: Evaluation, result: Result) -> NDArray[np.intp]:
    """Classes that a low figure is about on one side, lowest first."""
    share = Fraction(str(round(100 * side.low_fraction, 9)))
    if figure.per_cent and Fraction(figure.per_cent) != share:
        raise UndefinedError(f"{figure} is not known: the low classes here are {float(share):g} % of all")
    if figure.choice == "low20":
        return side.lowest_classes
    if figure.choice == "baseline":
        return need_comparison(figure, result).before.lowest_classes
    if result.validation_low is None:
        raise UndefinedError(f"{figure} needs the lowest classes of the validation file, which a layer file keeps")
    return result.validation_low


def _level(figure: Figure, side: Evaluation, result: Result) -> Exact:
    if not side.counts.n_samples:
        raise UndefinedError("there is no labelled row")
    if figure.class_name is not None:
        return _of_class(figure, side)
    if figure.name == "low":
        chosen = low_set(figure, side, result)
        chosen = chosen[side.counts.support[chosen] > 0]
        return exact_mean(side.counts.right[chosen].tolist(), side.counts.support[chosen].tolist())
    return _WHOLE[figure.name](side.counts)


def _of_class(figure: Figure, side: Evaluation) -> Exact:
    k = class_number(figure, side.classes)
    support, right, predicted = (int(a[k]) for a in (side.counts.support, side.counts.right, side.counts.predicted))
    match figure.name:
        case "support":
            return Exact(Fraction(support))
        case "predicted":
            return Exact(Fraction(predicted))
    if not support and figure.name != "precision":
        raise UndefinedError(f"the class {figure.class_name!r} has no samples")
    if not predicted and figure.name == "precision":
        raise UndefinedError(f"the class {figure.class_name!r} is never predicted, so it has no precision")
    parts = {"recall": (right, support), "precision": (right, predicted), "f1": (2 * right, support + predicted)}
    return Exact(Fraction(*parts[figure.name]))


def exact_mean(numerators: Iterable[int], denominators: Iterable[int]) -> Exact:
    """Mean of fractions, exact unless the denominators are very many.

    Examples
    --------
    >>> exact_mean([1, 2], [2, 3]).value
    Fraction(7, 12)
    """
    sums: dict[int, int] = defaultdict(int)
    count = 0
    for numerator, denominator in zip(numerators, denominators, strict=True):
        sums[denominator] += numerator
        count += 1
    if not count:
        raise UndefinedError("no class that it is about has samples")
    total = sum((Fraction(top, bottom) for bottom, top in list(sums.items())[:EXACT_TERMS]), Fraction(0))
    if len(sums) <= EXACT_TERMS:
        return Exact(total / count)
    rest = sum(Fraction(top / bottom) for bottom, top in list(sums.items())[EXACT_TERMS:])
    return Exact(Fraction(float((total + rest) / count)), TOLERANCE)


def _recalls(counts: ClassCounts) -> list[Fraction]:
    """Largest and smallest recall, exactly."""
    seen = np.flatnonzero(counts.support > 0)
    order = seen[np.argsort(counts.recall[seen], kind="stable")]
    return [Fraction(int(counts.right[k]), int(counts.support[k])) for k in (order[-1], order[0])]


def _balanced(counts: ClassCounts) -> Exact:
    seen = counts.support > 0
    return exact_mean(counts.right[seen].tolist(), counts.support[seen].tolist())


def _macro_f1(counts: ClassCounts) -> Exact:
    seen = counts.support > 0
    return exact_mean((2 * counts.right[seen]).tolist(), (counts.support + counts.predicted)[seen].tolist())


def _weighted_f1(counts: ClassCounts) -> Exact:
    seen = counts.support > 0
    tops = (2 * counts.right[seen] * counts.support[seen]).tolist()
    mean = exact_mean(tops, (counts.support + counts.predicted)[seen].tolist())
    return Exact(mean.value * int(seen.sum()) / counts.n_samples, mean.tolerance)


_WHOLE: dict[str, Callable[[ClassCounts], Exact]] = {
    "total": lambda c: Exact(Fraction(int(c.right.sum()), c.n_samples)),
    "worst": lambda c: Exact(_recalls(c)[1]),
    "gap": lambda c: Exact(_recalls(c)[0] - _recalls(c)[1]),
    "balanced": _balanced,
    "macro_f1": _macro_f1,
    "weighted_f1": _weighted_f1,
    "never_predicted": lambda c: Exact(Fraction(int(np.sum((c.support > 0) & (c.predicted == 0))))),
    "no_samples": lambda c: Exact(Fraction(int(np.sum(c.support == 0)))),
}

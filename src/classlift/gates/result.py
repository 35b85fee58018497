"""What became of a gate: its state, its figures in words, and the classes that it is about, worst first."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, fields, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from classlift.data import metrics
from classlift.evaluation.comparison import Comparison
from classlift.gates.figures import side_of
from classlift.gates.groups import within
from classlift.gates.units import NEGATIVE_FLIPS, ROWS, Figure, Measure
from classlift.gates.worst import losers, worst_first

if TYPE_CHECKING:
    from fractions import Fraction

    from classlift.data.counts import ClassCounts
    from classlift.evaluation.result import Evaluation

    Result = Evaluation | Comparison

MOST = 10
"""At most this many classes are kept where a figure is about all of them."""

NAMED = 3
"""At most this many are named in the sentence; `classes` holds more."""

WorstClasses = dict[str, str]


class State(StrEnum):
    """What became of a gate."""

    PASSED = "passed"
    FAILED = "failed"
    UNDEFINED = "undefined"


@dataclass(frozen=True)
class GateResult:
    """A gate, checked.

    Parameters
    ----------
    gate : str
        The condition as written.
    state : State
        Passed, failed or undefined.
    message : str
        One sentence: the figure, what was expected, the worst classes; or why it cannot be checked.
    measure : str
        ``share``, ``points``, ``relative``, ``count`` or ``score``.
    value, bound : float, optional
        The figure, and what it was compared with; fractions. Of a condition on every class: those of the worst one.
    limit : float, optional
        One-sided bound of the figure that was checked besides it, with a confidence.
    confidence : float, optional
        That confidence.
    classes : mapping of str to str
        Classes to look at where it failed, worst first, each with what it did.
    """

    gate: str
    state: State
    message: str
    measure: str
    value: float | None = None
    bound: float | None = None
    limit: float | None = None
    confidence: float | None = None
    classes: WorstClasses = field(default_factory=dict)

    def document(self) -> dict[str, object]:
        """Its plain values, as JSON holds them."""
        return {entry.name: getattr(self, entry.name) for entry in fields(self)}

    @property
    def passed(self) -> bool:
        """Whether it holds; a gate that is undefined does not."""
        return self.state is State.PASSED

    @property
    def shortfall(self) -> float:
        """How far a figure is from its bound: in fractions for shares, in multiples of the bound for other figures."""
        checked = self.value if self.limit is None else self.limit
        if checked is None or self.bound is None:
            return 0.0
        scale = max(1.0, abs(self.bound)) if self.measure in (Measure.COUNT, Measure.SCORE) else 1.0
        return abs(checked - self.bound) / scale


def show(value: Fraction | float, kind: Measure, digits: int = 2) -> str:
    """Write a value for people: per cent, points, counts, scores.

    Examples
    --------
    >>> show(0.664, Measure.SHARE), show(-0.001, Measure.POINTS), show(3.0, Measure.COUNT), show(0.5, Measure.SCORE)
    ('66.40 %', '-0.10 pp', '3', '0.5000')
    """
    number = float(value)
    if math.isinf(number):
        return "more than any per cent"
    match kind:
        case Measure.COUNT:
            return f"{number:.10g}"
        case Measure.SCORE:
            return f"{number:.{digits + 2}f}"
        case Measure.SHARE:
            return f"{100 * number:.{digits}f} %"
        case Measure.POINTS:
            return f"{100 * number:+z.{digits}f} pp"
        case Measure.RELATIVE:
            return f"{100 * number:+z.{digits}f} % of what it was"


def show_apart(value: Fraction | float, bound: Fraction | float, kind: Measure) -> tuple[str, str]:
    """Write two values with as many digits as it takes to see that they differ."""
    for digits in range(2, 13):
        pair = show(value, kind, digits), show(bound, kind, digits)
        if pair[0] != pair[1] or value == bound:
            return pair
    return pair


def named(worst: WorstClasses) -> str:
    """The worst few classes, in a sentence."""
    first = [f"{name} ({told})" for name, told in list(worst.items())[:NAMED]]
    return "; look at: " + ", ".join(first) + (" …" if len(worst) > NAMED else "") if worst else ""


def left_out(names: list[str], what: str) -> str:
    """The classes or groups of which a condition on every one of them cannot be asked, in a sentence."""
    if not names:
        return ""
    shown = ", ".join(names[:NAMED]) + (" …" if len(names) > NAMED else "")
    one = {"classes": "class", "groups": "group"}
    why = "too few rows or no such figure" if what == "groups" else "no such figure"
    return f"; left out, as they have {why}: {shown} ({len(names)} {one[what] if len(names) == 1 else what})"


def worst_classes(figure: Figure, result: Result) -> WorstClasses:
    """Name the classes that make a figure bad, worst first, at most `MOST`, each with what it did."""
    result, _ = within(figure, result, None)
    figure = replace(figure, group=None)
    if figure.metric is not None and figure.metric.grouped:
        return _worst_groups(side_of(figure, result))
    if figure.metric is not None and figure.metric.scores:
        return {}  # which class makes a score bad is not known
    moved = figure.side == "change" and not figure.of_class and figure.unit is not metrics.Unit.COUNT
    if isinstance(result, Comparison) and (figure.name in (*ROWS, NEGATIVE_FLIPS) or moved):
        return {result.classes[k]: moved_rows(result, k) for k in losers(figure, result)[:MOST].tolist()}
    side = side_of(figure, result)
    return {side.classes[k]: told(figure, result, k) for k in worst_first(figure, side)[:MOST].tolist()}


def _worst_groups(side: Evaluation) -> WorstClasses:
    ranked = metrics.ranked_groups(side.groups)
    found = [(column, name, metrics.totals(of).recall[i]) for column, of in ranked.items() for i, name in enumerate(of)]
    found.sort(key=lambda each: float(each[2]))
    return {f"{column}={name}": _right_rows(side.group(column, name).counts) for column, name, _ in found[:MOST]}


def _right_rows(counts: ClassCounts) -> str:
    return f"{counts.right.sum()} of {counts.n_samples} rows right"


def told(figure: Figure, result: Result, each: int | tuple[str, str]) -> str:
    """What a class or group did, in a few words."""
    result, k = within(figure, result, each)
    if k is None:
        if isinstance(result, Comparison) and figure.side == "change":
            return f"{result.fixed} fixed, {result.broken} broken of {result.counts.before.n_samples} rows"
        return _right_rows(side_of(figure, result).counts)
    if isinstance(result, Comparison) and figure.every and figure.side == "change":
        return moved_rows(result, k)
    counts = side_of(figure, result).counts
    support, right, predicted = int(counts.support[k]), int(counts.right[k]), int(counts.predicted[k])
    if not support:
        return f"no samples, predicted {predicted} times"
    match figure.name:
        case "total":
            return f"{support - right} of {support} rows wrong"
        case "macro_f1" | "weighted_f1" | "f1":
            return f"F1 {100 * float(metrics.f1(counts)[k]):.2f} %"
        case "cost" if counts.cost is not None:
            return f"costs {counts.cost.of_class(k):.4g} in {support} rows"
        case "precision":
            return f"{right} of {predicted} predictions right"
        case "predicted" | "support" | "never_predicted":
            return f"{support} rows, predicted {predicted} times"
        case _:
            return f"{right} of {support} rows right"


def moved_rows(result: Comparison, k: int) -> str:
    """How many rows of a class changed sides."""
    counts = result.counts
    return f"{counts.fixed[k]} fixed, {counts.broken[k]} broken of {counts.before.support[k]} rows"

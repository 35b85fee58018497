"""The gate noun: a parsed condition that checks results."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, NamedTuple, Self

from classlift.gates.figures import Bounds, Exact, before_and_after, expectations, sum_of
from classlift.gates.groups import UndefinedError, asked_one_by_one
from classlift.gates.operators import Operator
from classlift.gates.parse import Parser
from classlift.gates.result import (
    GateResult,
    State,
    WorstClasses,
    left_out,
    named,
    show,
    show_apart,
    told,
    worst_classes,
)
from classlift.gates.units import ROWS, Figure, Measure, Term, measure

if TYPE_CHECKING:
    from classlift.evaluation.comparison import Comparison
    from classlift.evaluation.result import Evaluation
    from classlift.gates.groups import Each

    Result = Evaluation | Comparison


class _Sides(NamedTuple):
    """What is compared: the left sum, what it is at worst where a confidence is asked for, and the right sum."""

    left: Exact
    limit: Exact | None
    right: Exact

    @property
    def margin(self) -> Fraction:
        """Left minus right, of the bound where there is one."""
        return (self.left if self.limit is None else self.limit).minus(self.right).value


@dataclass(frozen=True)
class Gate:
    """A condition; the sum with figures stands on the left.

    Parameters
    ----------
    text : str
        As written.
    left : tuple of Term
        What is checked.
    operator : Operator
        ``>= <= > < == !=``.
    right : tuple of Term
        What it is compared with.
    measure : Measure
        What both sides are.
    every : bool
        Whether each class has to hold it.

    Examples
    --------
    >>> import numpy as np
    >>> from classlift.api.evaluate import evaluate
    >>> result = evaluate({"probs": np.array([[0.9, 0.1], [0.2, 0.8]]), "labels": np.array([0, 0])})
    >>> Gate.parse("total >= 50%").check(result).state
    <State.PASSED: 'passed'>
    """

    text: str
    left: tuple[Term, ...]
    operator: Operator
    right: tuple[Term, ...]
    measure: Measure
    every: bool = False

    @classmethod
    def parse(cls, text: str, where: str = "--gate") -> Self:
        """Read a condition.

        Parameters
        ----------
        text : str
            For example ``low20.change >= -0.1pp``, or ``every class.recall >= 50%``.
        where : str
            What messages call its place.

        Returns
        -------
        Gate

        Raises
        ------
        ClassliftError
            Naming the position, if it is not a condition or compares what cannot be compared.
        """
        every, left, sign, right = Parser(text, where).condition()
        kind = measure(left, right, text, where)
        if not any(isinstance(term.item, Figure) for term in left):
            left, sign, right = right, sign.mirrored, left
        return cls(text.strip(), left, sign, right, kind, every)

    @property
    def figures(self) -> tuple[Figure, ...]:
        """All figures that it names, left to right."""
        return tuple(term.item for term in (*self.left, *self.right) if isinstance(term.item, Figure))

    def check(self, result: Result, *, confidence: float | None = None) -> GateResult:
        """Evaluate a result.

        Parameters
        ----------
        result : Evaluation or Comparison
            What is checked.
        confidence : float, optional
            Ask it of the one-sided bounds at this confidence besides the figures themselves: the bound of a minimum
            is corrected for luck, and may lie above it. A condition on every class is asked of the bound of each.

        Returns
        -------
        GateResult
            Undefined, with the reason, where a figure has no value; classes of which a condition on every class
            cannot be asked are left out, and the message says so.
        """
        try:
            bounds = None if confidence is None else self._bounds(result, confidence)
            if self.every:
                return self._check_every(result, bounds, confidence)
            sides = self._sides(result, bounds)
        except UndefinedError as reason:
            return GateResult(self.text, State.UNDEFINED, str(reason), self.measure, confidence=confidence)
        held = self._holds(sides)
        worst: WorstClasses = {}
        for figure in () if held else self.figures:
            worst = worst | worst_classes(figure, result)
        return self._result(
            held,
            sides,
            confidence,
            self._message(sides, confidence) + expectations(self.figures, result) + named(worst),
            worst,
        )

    def _check_every(self, result: Result, bounds: Bounds | None, confidence: float | None) -> GateResult:
        """Ask each class; those without a value are left out."""
        found: dict[int | tuple[str, str], _Sides] = {}
        names = asked_one_by_one(self.figures, result)
        for k in names:
            with suppress(UndefinedError):
                found[k] = self._sides(result, None, k)
        if bounds is not None:
            found = {k: self._sides(result, bounds, k) for k in found}
        if not found:
            self._sides(result, bounds, next(iter(names), 0))  # which says why
        sign = -1 if self.operator.falling else 1
        order = sorted(found, key=lambda k: sign * found[k].margin)
        failing = [k for k in order if not self._holds(found[k])]
        figure = next(figure for figure in self.figures if figure.every or figure.every_group)
        worst = {names[k]: f"{self._value_of(found[k])}, {told(figure, result, k)}" for k in failing}
        first, what = (failing or order)[0], "groups" if figure.every_group else "classes"
        counted = f"{len(failing)} of {len(found)} {what} {'fails' if len(failing) == 1 else 'fail'}"
        message = f"{counted}; worst is {names[first]!r}: {self._message(found[first], confidence)}"
        lacked = left_out([name for k, name in names.items() if k not in found], what)
        return self._result(not failing, found[first], confidence, message + named(worst) + lacked, worst)

    def _result(
        self, held: bool, sides: _Sides, confidence: float | None, message: str, worst: WorstClasses
    ) -> GateResult:
        return GateResult(
            self.text,
            State.PASSED if held else State.FAILED,
            message,
            self.measure,
            float(sides.left.value),
            float(sides.right.value),
            None if sides.limit is None else float(sides.limit.value),
            None if sides.limit is None else confidence,
            worst,
        )

    def _sides(self, result: Result, bounds: Bounds | None, k: Each = None) -> _Sides:
        right = sum_of(self.right, result, k)
        left = self._relative(result, k) if self.measure is Measure.RELATIVE else sum_of(self.left, result, k)
        if bounds is None or self.measure is Measure.COUNT:
            return _Sides(left, None, right)
        terms = [*self.left, *(Term(-term.sign, term.item, term.position) for term in self.right)]
        difference = bounds.of_sum(terms, k, lower=self.operator.rising)
        return _Sides(left, Exact(difference.value + right.value), right)

    def _relative(self, result: Result, k: Each) -> Exact:
        """The change as a part of what it was."""
        figure = self.figures[0]
        before, after = before_and_after(figure, result, k)
        if not before.value:
            raise UndefinedError(f"{figure.base} was 0, and a change cannot be a per cent of 0; use points (pp)")
        value = self.left[0].sign * (after.value - before.value) / before.value
        return Exact(value, (after.tolerance + before.tolerance) / before.value)

    def _holds(self, sides: _Sides) -> bool:
        asked = [side.minus(sides.right) for side in (sides.left, sides.limit) if side is not None]
        return all(self.operator.holds(gap.value, gap.tolerance) for gap in asked)

    def _bounds(self, result: Result, confidence: float) -> Bounds:
        """One-sided bounds; UndefinedError for what they cannot answer."""
        if any(figure.name in ROWS for figure in self.figures):
            raise UndefinedError("rows fixed and broken have no bound; with a confidence write total.change > 0pp")
        if self.measure is Measure.RELATIVE:
            raise UndefinedError("a relative change has no one-sided bound; with a confidence use points (pp)")
        if not (self.operator.rising or self.operator.falling) and self.measure is not Measure.COUNT:
            raise UndefinedError(f"no one-sided bound can answer {self.operator}; with a confidence write >= or <=")
        return Bounds(result, confidence)

    def _message(self, sides: _Sides, confidence: float | None) -> str:
        """Say in words what the figure is and what was expected of it."""
        name = " ".join(_words(self.left, self.measure))
        if sides.limit is None or confidence is None:
            value, bound = show_apart(sides.left.value, sides.right.value, self.measure)
            return f"{name} is {value}, expected {self.operator} {bound}"
        worst, bound = show_apart(sides.limit.value, sides.right.value, self.measure)
        side = "at least" if self.operator.rising else "at most"
        sure = f"with {100 * confidence:g} % confidence {side} {worst}"
        return f"{name} is {show(sides.left.value, self.measure)}, {sure}, expected {self.operator} {bound}"

    def _value_of(self, sides: _Sides) -> str:
        return show((sides.left if sides.limit is None else sides.limit).value, self.measure)


def _words(terms: tuple[Term, ...], kind: Measure) -> list[str]:
    amounts = kind if kind in (Measure.COUNT, Measure.SCORE) else Measure.POINTS
    words = []
    for i, term in enumerate(terms):
        words += (["-"] if term.sign < 0 else ["+"]) if i or term.sign < 0 else []
        item = term.item
        words.append(str(item) if isinstance(item, Figure) else show(item.value, amounts).lstrip("+"))
    return words

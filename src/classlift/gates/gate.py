"""The gate noun: a parsed condition that evaluates results."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Self

from classlift.gates.bounds import bound_of_sum, check_boundable
from classlift.gates.figures import Exact, UndefinedError, before_and_after, value_of
from classlift.gates.grammar import Amount, Figure, Parser, Term
from classlift.gates.result import GateResult, State
from classlift.gates.units import Measure, measure, show, show_apart
from classlift.gates.worst import WorstClasses, worst_classes

if TYPE_CHECKING:
    from classlift.evaluation import Comparison, Evaluation

    Result = Evaluation | Comparison

NAMED = 3
"""So many classes are named in the sentence; `classes` holds more."""

_MIRROR = {">=": "<=", "<=": ">=", ">": "<", "<": ">", "==": "==", "!=": "!="}
_COMPARE: dict[str, Callable[[Fraction, Fraction], bool]] = {
    ">=": lambda difference, slack: difference >= -slack,
    "<=": lambda difference, slack: difference <= slack,
    ">": lambda difference, slack: difference > slack,
    "<": lambda difference, slack: difference < -slack,
    "==": lambda difference, slack: abs(difference) <= slack,
    "!=": lambda difference, slack: abs(difference) > slack,
}


@dataclass(frozen=True)
class Gate:
    """A condition; the sum with figures stands on the left.

    Parameters
    ----------
    text : str
        As written.
    left : tuple of Term
        What is checked.
    operator : str
        ``>= <= > < == !=``.
    right : tuple of Term
        What it is compared with.
    measure : Measure
        What both sides are.

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
    operator: str
    right: tuple[Term, ...]
    measure: Measure

    @classmethod
    def parse(cls, text: str, where: str = "--gate") -> Self:
        """Read a condition.

        Parameters
        ----------
        text : str
            For example ``low20.change >= -0.1pp``.
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
        left, sign, right = Parser(text, where).condition()
        kind = measure(left, right, text, where)
        if not any(isinstance(term.item, Figure) for term in left):
            left, sign, right = right, _MIRROR[sign], left
        return cls(text.strip(), left, sign, right, kind)

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
            is corrected for luck, and may lie above it.

        Returns
        -------
        GateResult
            Not judgeable, with the reason, where a figure has no value.
        """
        try:
            left, right = self._sum(self.left, result), self._sum(self.right, result)
            limit = None if confidence is None else self._limit(result, right, confidence)
        except UndefinedError as reason:
            return GateResult(self.text, State.UNDEFINED, str(reason), self.measure, confidence=confidence)
        asked = [side.minus(right) for side in (left, limit) if side is not None]
        held = all(_COMPARE[self.operator](gap.value, gap.tolerance) for gap in asked)
        worst = {} if held else self._worst(result)
        return GateResult(
            self.text,
            State.PASSED if held else State.FAILED,
            self._message(left, right, limit, confidence) + _named(worst),
            self.measure,
            float(left.value),
            float(right.value),
            None if limit is None else float(limit.value),
            None if limit is None else confidence,
            worst,
        )

    def _sum(self, terms: tuple[Term, ...], result: Result) -> Exact:
        value, slack = Fraction(0), Fraction(0)
        for term in terms:
            part = Exact(term.item.value) if isinstance(term.item, Amount) else self._value(term.item, result)
            value, slack = value + term.sign * part.value, slack + part.tolerance
        return Exact(value, slack)

    def _value(self, figure: Figure, result: Result) -> Exact:
        """Value of a figure; of a change that is compared with per cent, the change as a part of what it was."""
        if self.measure is not Measure.RELATIVE:
            return value_of(figure, result)
        before, after = before_and_after(figure, result)
        if not before.value:
            raise UndefinedError(f"{figure.base} was 0, and no change is a per cent of 0; say points (pp)")
        return Exact((after.value - before.value) / before.value, (after.tolerance + before.tolerance) / before.value)

    def _limit(self, result: Result, right: Exact, confidence: float) -> Exact | None:
        """What the left side is at worst, with this confidence; None for counts that are facts of the file."""
        check_boundable(self.figures, self.operator if self.measure is not Measure.COUNT else ">=")
        if self.measure is Measure.COUNT:
            return None
        if self.measure is Measure.RELATIVE:
            raise UndefinedError("a relative change has no one-sided bound; with a confidence say points (pp)")
        terms = [*self.left, *(Term(-term.sign, term.item, term.position) for term in self.right)]
        lower = self.operator in (">=", ">")
        difference = bound_of_sum(terms, result, lower=lower, confidence=confidence)
        return Exact(difference.value + right.value)

    def _worst(self, result: Result) -> WorstClasses:
        worst: WorstClasses = {}
        for figure in self.figures:
            worst = worst | worst_classes(figure, result)
        return worst

    def _message(self, left: Exact, right: Exact, limit: Exact | None, confidence: float | None) -> str:
        """Say in words what the figure is and what was expected of it."""
        name = " ".join(_words(self.left))
        if limit is None or confidence is None:
            value, bound = show_apart(left.value, right.value, self.measure)
            return f"{name} is {value}, expected {self.operator} {bound}"
        worst, bound = show_apart(limit.value, right.value, self.measure)
        side = "at least" if self.operator in (">=", ">") else "at most"
        sure = f"with {100 * confidence:g} % confidence {side} {worst}"
        return f"{name} is {show(left.value, self.measure)}, {sure}, expected {self.operator} {bound}"


def check_all(gates: Iterable[Gate], result: Result, *, confidence: float | None = None) -> tuple[GateResult, ...]:
    """Evaluate one result by several gates, in their order."""
    return tuple(gate.check(result, confidence=confidence) for gate in gates)


def _words(terms: tuple[Term, ...]) -> list[str]:
    words = []
    for i, term in enumerate(terms):
        words += (["-"] if term.sign < 0 else ["+"]) if i or term.sign < 0 else []
        item = term.item
        words.append(str(item) if isinstance(item, Figure) else show(item.value, Measure.POINTS).lstrip("+"))
    return words


def _named(worst: WorstClasses) -> str:
    """The worst few classes, in a sentence."""
    first = [f"{name} ({told})" for name, told in list(worst.items())[:NAMED]]
    return "; look at: " + ", ".join(first) + (" …" if len(worst) > NAMED else "") if worst else ""

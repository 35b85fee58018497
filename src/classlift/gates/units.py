"""What may be compared with what: shares, differences of shares, relative changes, counts."""

from __future__ import annotations

import math
from enum import StrEnum
from typing import TYPE_CHECKING

from classlift.gates.grammar import Amount, Figure, Term, Unit
from classlift.gates.tokens import fault

if TYPE_CHECKING:
    from fractions import Fraction


class Measure(StrEnum):
    """What both sides of a condition are."""

    SHARE = "share"
    POINTS = "points"
    RELATIVE = "relative"
    COUNT = "count"


def measure(left: tuple[Term, ...], right: tuple[Term, ...], text: str, where: str) -> Measure:
    """Find out what a condition compares, and refuse what is ambiguous or has no meaning.

    Parameters
    ----------
    left, right : tuple of Term
        The two sums.
    text, where : str
        The condition and its place, for messages.

    Returns
    -------
    Measure

    Raises
    ------
    ClassliftError
        For shares against counts, an amount without the unit that it needs, no figure at all.
    """
    terms = [*left, *(Term(-term.sign, term.item, term.position) for term in right)]
    figures = [term for term in terms if isinstance(term.item, Figure)]
    if not figures:
        raise fault(where, text, 1, "names no figure")
    counts = [term for term in figures if isinstance(term.item, Figure) and term.item.is_count]
    amounts = [(term, term.item) for term in terms if isinstance(term.item, Amount)]
    if counts and len(counts) < len(figures):
        raise fault(where, text, counts[0].position, "compares a count with a share", "compare like with like.")
    if counts:
        _check_counts(amounts, text, where)
        return Measure.COUNT
    levels = sum(term.sign for term in figures if isinstance(term.item, Figure) and term.item.is_level)
    if abs(levels) > 1:
        raise fault(where, text, figures[0].position, "adds up shares", "compare one share with another, or subtract.")
    if levels:
        return _check_level(figures, amounts, text, where)
    return _check_difference(figures, amounts, text, where)


def _check_counts(amounts: list[tuple[Term, Amount]], text: str, where: str) -> None:
    for term, amount in amounts:
        if amount.unit is not Unit.NUMBER:
            raise fault(where, text, term.position, f"a count has no {amount.unit}", "write a plain number.")


def _check_level(figures: list[Term], amounts: list[tuple[Term, Amount]], text: str, where: str) -> Measure:
    """One share against one fraction or percentage; points may be added to either."""
    level = [(term, amount) for term, amount in amounts if amount.unit is not Unit.POINTS]
    if not level:
        place = amounts[0][0].position if amounts else figures[0].position
        problem = "a share is compared with no share; points (pp) are for differences"
        raise fault(where, text, place, problem, "write the share in per cent or as a fraction: 70% or 0.7.")
    if len(level) > 1 or len(figures) > 1:
        last = level[-1][0].position
        raise fault(where, text, last, "a tolerance in % is ambiguous", "say points: 10pp.")
    term, amount = level[0]
    if amount.value > 1 or term.sign == figures[0].sign:
        shown = f"{'-' if term.sign == figures[0].sign else ''}{_plain(amount)}"
        meant = f"did you mean {shown}%?" if amount.unit is Unit.NUMBER else "write a share between 0% and 100%."
        raise fault(where, text, term.position, f"a share lies between 0 and 1; found {shown}", meant)
    return Measure.SHARE


def _check_difference(figures: list[Term], amounts: list[tuple[Term, Amount]], text: str, where: str) -> Measure:
    """Differences of shares against points; one change against per cent of what it was; one gap against a share."""
    unclear = [(term, amount) for term, amount in amounts if amount.unit is not Unit.POINTS and amount.value]
    if not unclear:
        return Measure.POINTS
    term, amount = unclear[0]
    alone = figures[0].item if len(figures) == 1 and len(amounts) == 1 else None
    if isinstance(alone, Figure) and alone.name == "gap" and alone.side != "change":
        return Measure.POINTS
    if isinstance(alone, Figure) and alone.side == "change" and amount.unit is Unit.PER_CENT:
        return Measure.RELATIVE
    number = _plain(amount)
    meant = "" if amount.unit is Unit.PER_CENT else ", or a change in per cent of what it was: 5%"
    raise fault(where, text, term.position, f"{number} is ambiguous for a difference", f"say points: 5pp{meant}.")


def _plain(amount: Amount) -> str:
    return f"{float(amount.value * (1 if amount.unit is Unit.NUMBER else 100)):g}{amount.unit}"


def show(value: Fraction | float, kind: Measure, digits: int = 2) -> str:
    """Write a value for people: per cent, points, counts.

    Examples
    --------
    >>> show(0.664, Measure.SHARE), show(-0.001, Measure.POINTS), show(3.0, Measure.COUNT)
    ('66.40 %', '-0.10 pp', '3')
    """
    number = float(value)
    if math.isinf(number):
        return "more than any per cent"
    match kind:
        case Measure.COUNT:
            return f"{number:.10g}"
        case Measure.SHARE:
            return f"{100 * number:.{digits}f} %"
        case Measure.POINTS:
            return f"{100 * number:+.{digits}f} pp"
        case Measure.RELATIVE:
            return f"{100 * number:+.{digits}f} % of what it was"


def show_apart(value: Fraction | float, bound: Fraction | float, kind: Measure) -> tuple[str, str]:
    """Write two values with as many digits as it takes to see that they differ."""
    for digits in range(2, 13):
        pair = show(value, kind, digits), show(bound, kind, digits)
        if pair[0] != pair[1] or value == bound:
            return pair
    return pair

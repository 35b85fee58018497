"""What a condition is made of, and what may be compared with what."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from fractions import Fraction
from typing import NamedTuple

from classlift.data.metrics import CLASS_METRICS, Metric, Unit, metric_of
from classlift.errors import ClassliftError
from classlift.gates.operators import Operator

EXAMPLES = "write for example 'total >= 70%', 'low20.change >= -0.1pp' or 'class[\"cat\"].recall >= 0.6'."
ROWS = ("fixed", "broken")
"""Figures of the rows that changed sides."""

NEGATIVE_FLIPS = "negative_flips"
"""Share of all rows that were right and are wrong."""


class Written(StrEnum):
    """How an amount is written."""

    NUMBER = ""
    PER_CENT = "%"
    POINTS = "pp"


@dataclass(frozen=True)
class Amount:
    """A literal: its value, divided by 100 where it is in per cent or points, and how it was written."""

    value: Fraction
    unit: Written


@dataclass(frozen=True)
class Figure:
    """The name of a figure: in METRICS or ROWS, or in CLASS_METRICS where it is one of a class, or of each in turn.

    `side` is ``before``, ``after``, ``change``, or nothing: the result itself, after in a comparison; `per_cent` holds
    the digits of ``low20``, nothing for any share of the classes. It is about the rows of a group where one is named,
    or of each group in turn.
    """

    name: str
    side: str = ""
    per_cent: str = ""
    class_name: str | None = None
    every: bool = False
    group: str | None = None
    every_group: bool = False

    @property
    def of_class(self) -> bool:
        """Whether it is a figure of one class."""
        return self.every or self.class_name is not None

    @property
    def unit(self) -> Unit:
        """Share, count or score."""
        if self.of_class:
            return CLASS_METRICS[self.name].unit
        if self.metric is None:
            return Unit.SHARE if self.name == NEGATIVE_FLIPS else Unit.COUNT
        return self.metric.unit

    @property
    def metric(self) -> Metric | None:
        """Its entry, where it is a figure of a whole result."""
        return None if self.of_class else metric_of(self.name)

    @property
    def is_difference(self) -> bool:
        """Whether it is by itself a difference of two values."""
        return self.side == "change" or (self.metric is not None and self.metric.difference)

    @property
    def is_of_two(self) -> bool:
        """Whether it needs two results on the same rows."""
        return self.side in ("before", "change") or self.name in (NEGATIVE_FLIPS, *ROWS)

    @property
    def needs_groups(self) -> bool:
        """Whether it is about groups of rows."""
        return self.every_group or self.group is not None or (self.metric is not None and self.metric.grouped)

    @property
    def base(self) -> str:
        """Its name without the side."""
        if self.every_group or self.group is not None:
            of = "group" if self.every_group else f"group[{_quoted(self.group or '')}]"
            return f"{of}.{replace(self, group=None, every_group=False).base}"
        if self.class_name is not None:
            return f"class[{_quoted(self.class_name)}].{self.name}"
        if self.every:
            return f"class.{self.name}"
        low, _, choice = self.name.partition(".")
        return f"low{self.per_cent}" + (f".{choice}" if choice else "") if low == "low20" else self.name

    def __str__(self) -> str:
        return f"{self.base}.{self.side}" if self.side else self.base


def _quoted(name: str) -> str:
    escaped = name.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


class Term(NamedTuple):
    """One item of a sum: 1 or -1, what is added or subtracted, and where it stands in the condition."""

    sign: int
    item: Figure | Amount
    position: int


class Condition(NamedTuple):
    """What a condition says."""

    every: bool
    left: tuple[Term, ...]
    operator: Operator
    right: tuple[Term, ...]


class Measure(StrEnum):
    """What both sides of a condition are."""

    SHARE = "share"
    POINTS = "points"
    RELATIVE = "relative"
    COUNT = "count"
    SCORE = "score"


def fault(where: str, text: str, position: int, problem: str, fix: str = EXAMPLES) -> ClassliftError:
    """Make the error of a condition: where it stands, what is written, and at which position it goes wrong."""
    return ClassliftError(f"{where} {text!r}, position {position}", problem, fix=fix)


def measure(left: tuple[Term, ...], right: tuple[Term, ...], text: str, where: str) -> Measure:
    """Find out what a condition compares; ClassliftError for what is ambiguous or has no meaning."""
    terms = [*left, *(Term(-term.sign, term.item, term.position) for term in right)]
    figures = [(term, term.item) for term in terms if isinstance(term.item, Figure)]
    amounts = [(term, term.item) for term in terms if isinstance(term.item, Amount)]
    if not figures:
        raise fault(where, text, 1, "names no figure")
    units = {figure.unit for _, figure in figures}
    if len(units) > 1:
        odd = next(unit for unit in (Unit.COUNT, Unit.SCORE) if unit in units)
        other = next(unit for unit in (Unit.SHARE, Unit.SCORE) if unit in units - {odd})
        at = next(term.position for term, figure in figures if figure.unit is odd)
        raise fault(where, text, at, f"compares a {odd} with a {other}", "compare like with like.")
    if units != {Unit.SHARE}:
        return _plain_measure(figures, amounts, text, where)
    levels = sum(term.sign for term, figure in figures if not figure.is_difference)
    if abs(levels) > 1:
        raise fault(
            where, text, figures[0][0].position, "adds up shares", "compare one share with another, or subtract."
        )
    return (_level_measure if levels else _difference_measure)(figures, amounts, text, where)


Figures = list[tuple[Term, Figure]]
Amounts = list[tuple[Term, Amount]]


def _plain_measure(figures: Figures, amounts: Amounts, text: str, where: str) -> Measure:
    unit = figures[0][1].unit
    if unit is Unit.SCORE and _is_relative(figures, amounts):
        return Measure.RELATIVE
    for term, amount in amounts:
        if amount.unit is not Written.NUMBER:
            raise fault(where, text, term.position, f"a {unit} has no {amount.unit}", "write a plain number.")
    return Measure(unit)


def _level_measure(figures: Figures, amounts: Amounts, text: str, where: str) -> Measure:
    """One share against one fraction or percentage; points may be added to either."""
    level = [(term, amount) for term, amount in amounts if amount.unit is not Written.POINTS]
    if not level:
        place = amounts[0][0].position if amounts else figures[0][0].position
        problem = "a share is compared with something that is not a share; points (pp) are for differences"
        raise fault(where, text, place, problem, "write the share in per cent or as a fraction: 70% or 0.7.")
    if len(level) > 1 or len(figures) > 1:
        raise fault(where, text, level[-1][0].position, "a tolerance in % is ambiguous", "use points: 10pp.")
    term, amount = level[0]
    if amount.value > 1 or term.sign == figures[0][0].sign:
        negative = term.sign == figures[0][0].sign
        shown = f"{'-' if negative else ''}{_plain(amount)}"
        could_be = amount.unit is Written.NUMBER and amount.value <= 100 and not negative
        meant = f"did you mean {shown}%?" if could_be else "write a share between 0% and 100%, as in total >= 60%."
        raise fault(where, text, term.position, f"a share lies between 0 and 1; found {shown}", meant)
    return Measure.SHARE


def _difference_measure(figures: Figures, amounts: Amounts, text: str, where: str) -> Measure:
    """Differences of shares against points; one change against per cent of what it was; one gap against a share."""
    unclear = [(term, amount) for term, amount in amounts if amount.unit is not Written.POINTS and amount.value]
    if not unclear:
        return Measure.POINTS
    if _is_relative(figures, amounts):
        return Measure.RELATIVE
    if len(figures) == len(amounts) == 1 and figures[0][1].is_difference and figures[0][1].side != "change":
        return Measure.POINTS
    term, amount = unclear[0]
    meant = "" if amount.unit is Written.PER_CENT else ", or a change in per cent of what it was: 5%"
    raise fault(
        where, text, term.position, f"{_plain(amount)} is ambiguous for a difference", f"say points: 5pp{meant}."
    )


def _is_relative(figures: Figures, amounts: Amounts) -> bool:
    """Whether it is one change against per cent of what it was."""
    alone = len(figures) == len(amounts) == 1 and figures[0][1].side == "change"
    return alone and amounts[0][1].unit is Written.PER_CENT


def _plain(amount: Amount) -> str:
    return f"{float(amount.value * (1 if amount.unit is Written.NUMBER else 100)):g}{amount.unit}"

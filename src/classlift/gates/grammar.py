"""The grammar of conditions: sums of figures and amounts, compared once.

::

    condition = sum operator sum
    sum       = [sign] item {sign item}
    item      = number [unit] | figure
    figure    = name {"." word} | "class" "[" string "]" {"." word}
"""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from classlift.gates.tokens import EXAMPLES, Token, fault, tokenize, unquote


class Unit(StrEnum):
    """How an amount is written."""

    NUMBER = ""
    PER_CENT = "%"
    POINTS = "pp"


LONGEST_NUMBER = 100
SIDES = ("before", "after", "change")
CHOICES = ("low20", "baseline", "validation")
SHARES = ("total", "worst", "gap", "balanced", "macro_f1", "weighted_f1")
COUNTS = ("never_predicted", "no_samples")
ROWS = ("fixed", "broken")
RENAMED = {"mended": "fixed", "own": "low20", "fixed": "baseline", "val": "validation"}
"""Words of 0.1.0 that have another name now."""
CLASS_SHARES = ("recall", "precision", "f1")
CLASS_COUNTS = ("support", "predicted")


@dataclass(frozen=True)
class Amount:
    """A literal.

    Parameters
    ----------
    value : Fraction
        The number as written, divided by 100 where it is in per cent or points.
    unit : Unit
        How it was written.
    """

    value: Fraction
    unit: Unit


@dataclass(frozen=True)
class Figure:
    """The name of a figure.

    Parameters
    ----------
    name : str
        A figure of the whole result, ``low``, or a figure of one class (``recall`` …).
    side : str
        ``before``, ``after``, ``change``, or nothing: the result itself, after in a comparison.
    choice : str
        For ``low``: which classes: ``low20``, ``baseline``, ``validation``.
    per_cent : str
        For ``low``: the digits behind it, as in ``low20``; nothing for any share of the classes.
    class_name : str, optional
        The class, for a figure of one class.
    """

    name: str
    side: str = ""
    choice: str = "low20"
    per_cent: str = ""
    class_name: str | None = None

    @property
    def is_count(self) -> bool:
        """Whether it counts rows or classes; the others are shares."""
        return self.name in (*COUNTS, *ROWS, *CLASS_COUNTS)

    @property
    def is_level(self) -> bool:
        """Whether it is a share by itself, no difference of two."""
        return not self.is_count and self.name != "gap" and self.side != "change"

    @property
    def base(self) -> str:
        """Its name without the side, as `Evaluation.bounds` wants it."""
        if self.class_name is not None:
            escaped = self.class_name.replace("\\", "\\\\").replace('"', '\\"')
            return f'class["{escaped}"].{self.name}'
        if self.name != "low":
            return self.name
        return f"low{self.per_cent}" + ("" if self.choice == "low20" else f".{self.choice}")

    def __str__(self) -> str:
        return f"{self.base}.{self.side}" if self.side else self.base


@dataclass(frozen=True)
class Term:
    """One item of a sum.

    Parameters
    ----------
    sign : int
        1 or -1.
    item : Figure or Amount
        What is added or subtracted.
    position : int
        Where it stands in the condition.
    """

    sign: int
    item: Figure | Amount
    position: int


class Parser:
    """Reads one condition from left to right.

    Parameters
    ----------
    text : str
        The condition.
    where : str
        What messages call the place that it comes from.
    """

    def __init__(self, text: str, where: str) -> None:
        self.text, self.where = text, where
        self._tokens = tokenize(text, where)
        self._next = 0

    def condition(self) -> tuple[tuple[Term, ...], str, tuple[Term, ...]]:
        """Read it all: left sum, operator, right sum."""
        left = self._sum()
        operator = self._take("operator", "a comparison: >= <= > < == !=").text
        right = self._sum()
        extra = self._tokens[self._next]
        if extra.kind == "operator":
            raise self._fault(extra, "found a second comparison", "write two gates.")
        if extra.kind != "end":
            raise self._fault(extra, f"found {extra} behind a whole condition")
        return left, operator, right

    def _sum(self) -> tuple[Term, ...]:
        terms = [self._term(self._sign())]
        while self._tokens[self._next].kind == "sign":
            terms.append(self._term(self._sign()))
        return tuple(terms)

    def _sign(self) -> int:
        if self._tokens[self._next].kind != "sign":
            return 1
        return 1 if self._take("sign", "a sign").text == "+" else -1

    def _term(self, sign: int) -> Term:
        token = self._tokens[self._next]
        if token.kind == "number":
            return Term(sign, self._amount(), token.position)
        if token.kind == "name":
            return Term(sign, self._figure(), token.position)
        raise self._fault(token, f"expected a figure or a number, found {token}")

    def _amount(self) -> Amount:
        token = self._take("number", "a number")
        if len(token.text) > LONGEST_NUMBER:
            raise self._fault(token, f"found a number of {len(token.text)} digits", "write it with fewer digits.")
        value = Fraction(token.text)
        if self._tokens[self._next].kind != "unit":
            return Amount(value, Unit.NUMBER)
        return Amount(value / 100, Unit(self._take("unit", "a unit").text))

    def _figure(self) -> Figure:
        token = self._take("name", "a figure")
        if token.text == "class":
            return self._class_figure()
        low = re.fullmatch(r"low(\d*)", token.text)
        if low:
            words = self._words(CHOICES, SIDES)
            return Figure("low", words[1], words[0] or "low20", low.group(1))
        if token.text in ROWS:
            return Figure(token.text)
        known = (*SHARES, *COUNTS)
        if token.text not in known:
            raise self._unknown(token, ("low20", "class", *ROWS, *known), "figure")
        return Figure(token.text, self._words(SIDES)[0])

    def _class_figure(self) -> Figure:
        self._take("mark", 'a class name, as in class["cat"].recall', "[")
        name = unquote(self._take("string", "a class name between quotes").text)
        self._take("mark", "']' behind the class name", "]")
        fields = (*CLASS_SHARES, *CLASS_COUNTS)
        self._take("mark", f"one of .{', .'.join(fields)}", ".")
        token = self._take("name", f"one of {', '.join(fields)}")
        if token.text not in fields:
            raise self._unknown(token, fields, "figure of a class")
        return Figure(token.text, self._words(SIDES)[0], class_name=name)

    def _words(self, *groups: tuple[str, ...]) -> list[str]:
        """Words behind dots, at most one of each group, in the order of the groups."""
        found = [""] * len(groups)
        first = 0
        while self._tokens[self._next].text == ".":
            self._take("mark", "a dot")
            token = self._take("name", "a word behind the dot")
            allowed = [(i, word) for i, group in enumerate(groups) for word in group if i >= first]
            place = next((i for i, word in allowed if word == token.text), None)
            if place is None:
                raise self._unknown(token, tuple(word for _, word in allowed), "word here")
            found[place], first = token.text, place + 1
        return found

    def _take(self, kind: str, expected: str, text: str | None = None) -> Token:
        token = self._tokens[self._next]
        if token.kind != kind or (text is not None and token.text != text):
            raise self._fault(token, f"expected {expected}, found {token}")
        self._next += 1
        return token

    def _unknown(self, token: Token, known: tuple[str, ...], what: str) -> Exception:
        renamed = RENAMED.get(token.text)
        near = [renamed] if renamed in known else difflib.get_close_matches(token.text, known, n=1)
        hint = f"did you mean {near[0]}? " if near else ""
        listed = f"use one of: {', '.join(known)}." if known else "leave it out."
        return self._fault(token, f"there is no {what} {token}", hint + listed)

    def _fault(self, token: Token, problem: str, fix: str = EXAMPLES) -> Exception:
        return fault(self.where, self.text, token.position, problem, fix)

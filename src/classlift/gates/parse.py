"""The grammar of conditions: sums of figures and amounts, compared once.

::

    condition = ["every"] sum operator sum
    sum       = [sign] item {sign item}
    item      = number [unit] | figure
    figure    = ["group" ["[" string "]"] "."] (name {"." word} | "class" ["[" string "]"] {"." word})
"""

from __future__ import annotations

import re
from dataclasses import replace
from fractions import Fraction
from typing import NamedTuple

from classlift.data.metrics import CLASS_METRICS, METRICS, metric_of
from classlift.errors import alike
from classlift.gates.operators import Operator
from classlift.gates.units import EXAMPLES, NEGATIVE_FLIPS, ROWS, Amount, Condition, Figure, Term, Written, fault

LONGEST_NUMBER = 100
SIDES = ("before", "after", "change")
RENAMED = {"mended": "fixed", "own": "low20", "fixed": "baseline", "val": "validation", "accuracy": "total"}
"""Words of 0.1.0, and of everybody, that have another name here."""

_TOKEN = re.compile(
    rf"""\s*(?:
    (?P<number>\d+(?:\.\d+)?|\.\d+)
  | (?P<unit>%|pp(?![^\W_]))
  | (?P<operator>{"|".join(Operator)})
  | (?P<name>[^\W\d]\w*)
  | (?P<string>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')
  | (?P<sign>[+-])
  | (?P<mark>[.\[\]])
    )""",
    re.VERBOSE | re.DOTALL,
)


class Token(NamedTuple):
    """A piece of a condition: its kind, what is written there, and where, counted from 1."""

    kind: str
    text: str
    position: int

    def __str__(self) -> str:
        return "the end" if self.kind == "end" else repr(self.text)


def tokenize(text: str, where: str) -> list[Token]:
    """Cut a condition into tokens; the last one is the end."""
    tokens, place, end = [], 0, len(text.rstrip())
    while place < end:
        match = _TOKEN.match(text, place)
        if match is None:
            at = place + len(text[place:]) - len(text[place:].lstrip())
            what = "text without its closing quote" if text[at] in "\"'" else f"{text[at]!r}, which means nothing here"
            raise fault(where, text, at + 1, f"found {what}")
        kind = str(match.lastgroup)
        tokens.append(Token(kind, match.group(kind), match.start(kind) + 1))
        place = match.end()
    return [*tokens, Token("end", "", end + 1)]


class Parser:
    """Reads one condition from left to right; `where` is what messages call the place that it comes from."""

    def __init__(self, text: str, where: str) -> None:
        self.text, self.where = text, where
        self._tokens = tokenize(text, where)
        self._every = self._tokens[0].text == "every"
        self._next = int(self._every)

    def condition(self) -> Condition:
        """Read it all."""
        left = self._sum()
        operator = Operator(self._take("operator", f"a comparison: {' '.join(Operator)}").text)
        right = self._sum()
        extra = self._tokens[self._next]
        if extra.kind == "operator":
            raise self._fault(extra, "found a second comparison", "write two gates.")
        if extra.kind != "end":
            raise self._fault(extra, f"found {extra} after a whole condition")
        each = {(f.every, f.every_group) for f in (t.item for t in (*left, *right)) if isinstance(f, Figure)}
        each.discard((False, False))
        if self._every and not each:
            hint = "write every class.recall >= 50% or every group.total >= 50%."
            raise self._fault(self._tokens[0], "names no figure of each class or group", hint)
        if len(each) > 1 or (True, True) in each:
            raise self._fault(self._tokens[0], "asks each class and each group at once", "name the class or the group.")
        return Condition(self._every, left, operator, right)

    def figure(self) -> Figure:
        """Read one figure, and nothing else."""
        found, extra = self._figure(), self._tokens[self._next]
        if extra.kind != "end":
            raise self._fault(extra, f"found {extra} after a whole figure", "name one figure only.")
        return found

    def _sum(self) -> tuple[Term, ...]:
        terms = [self._term(self._sign())]
        while self._tokens[self._next].kind == "sign":
            terms.append(self._term(self._sign()))
        return tuple(terms)

    def _sign(self) -> int:
        signed = self._tokens[self._next].kind == "sign"
        return -1 if signed and self._take("sign", "a sign").text == "-" else 1

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
        if self._tokens[self._next].kind != "unit":
            return Amount(Fraction(token.text), Written.NUMBER)
        return Amount(Fraction(token.text) / 100, Written(self._take("unit", "a unit").text))

    def _figure(self) -> Figure:
        token = self._take("name", "a figure")
        self._refuse_hyphens(token)
        if token.text == "class":
            return self._class_figure()
        if token.text == "group":
            group = self._name_of("group", 'group["night"].total, or every group.total')
            self._take("mark", "a figure of the group, as in .total", ".")
            inner = self._figure()
            if inner.group is not None or inner.every_group:
                raise self._fault(token, "names a group within a group", "name one group only.")
            return replace(inner, group=group, every_group=group is None)
        if token.text in (*ROWS, NEGATIVE_FLIPS):
            return Figure(token.text)
        low = re.fullmatch(r"low(\d*)", token.text)
        name, per_cent = ("low20", low.group(1)) if low else (token.text, "")
        if metric_of(name) is None:
            shown = (n for n in METRICS if "." not in n)
            raise self._unknown(token, ("class", "group", *ROWS, NEGATIVE_FLIPS, *shown), "figure")
        choices = tuple(n.removeprefix(f"{name}.") for n in METRICS if n.startswith(f"{name}."))
        choice, side = self._words((name, *choices) if choices else (), SIDES)
        return Figure(name if choice in ("", name) else f"{name}.{choice}", side, per_cent)

    def _refuse_hyphens(self, token: Token) -> None:
        """Refuse ``low-20``, which would be a difference, where the name without hyphens is a figure."""
        written = re.match(r"[\w-]+", self.text[token.position - 1 :])
        text = token.text if written is None else written[0]
        for name in (text.replace("-", ""), text.replace("-", "_")):
            known = metric_of(name) is not None or name == NEGATIVE_FLIPS or re.fullmatch(r"low\d+", name)
            if known and "-" in text:
                raise self._fault(token, f"there is no figure {text!r}", f"did you mean {name}?")

    def _class_figure(self) -> Figure:
        name = self._name_of("class", 'class["cat"].recall, or every class.recall')
        self._take("mark", f"one of .{', .'.join(CLASS_METRICS)}", ".")
        token = self._take("name", f"one of {', '.join(CLASS_METRICS)}")
        if token.text not in CLASS_METRICS:
            raise self._unknown(token, tuple(CLASS_METRICS), "figure of a class")
        return Figure(token.text, self._words(SIDES)[0], class_name=name, every=name is None)

    def _name_of(self, what: str, example: str) -> str | None:
        """Name of one class or group between brackets; None: each of them."""
        if self._every and self._tokens[self._next].text != "[":
            return None
        self._take("mark", f"a {what} name, as in {example}", "[")
        quoted = self._take("string", f"a {what} name between quotes").text
        self._take("mark", f"']' behind the {what} name", "]")
        return re.sub(r"\\([\"'\\])", r"\1", quoted[1:-1])  # any other backslash stands for itself

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
        near = [renamed] if renamed in known else alike(token.text, known)
        hint = f"did you mean {near[0]}? " if near else ""
        listed = f"use one of: {', '.join(known)}." if known else "leave it out."
        return self._fault(token, f"there is no {what} {token}", hint + listed)

    def _fault(self, token: Token, problem: str, fix: str = EXAMPLES) -> Exception:
        return fault(self.where, self.text, token.position, problem, fix)


def parse_figure(text: str, where: str) -> Figure:
    """Read a figure, such as ``low20`` or ``class["cat"].recall``; ClassliftError where it is none.

    Examples
    --------
    >>> str(parse_figure("macro_f1", "--maximize"))
    'macro_f1'
    """
    return Parser(text, where).figure()

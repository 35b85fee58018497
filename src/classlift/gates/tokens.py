"""A condition's text cut into tokens that know their place."""

from __future__ import annotations

import re
from typing import NamedTuple

from classlift.errors import ClassliftError

EXAMPLES = "write for example 'total >= 70%', 'low20.change >= -0.1pp' or 'class[\"cat\"].recall >= 0.6'."

_PATTERN = re.compile(
    r"""\s*(?:
    (?P<number>\d+(?:\.\d+)?|\.\d+)
  | (?P<unit>%|pp(?![^\W_]))
  | (?P<operator>>=|<=|==|!=|>|<)
  | (?P<name>[^\W\d]\w*)
  | (?P<string>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')
  | (?P<sign>[+-])
  | (?P<mark>[.\[\]])
    )""",
    re.VERBOSE | re.DOTALL,
)


class Token(NamedTuple):
    """A piece of a condition.

    Parameters
    ----------
    kind : str
        ``number``, ``unit``, ``operator``, ``name``, ``string``, ``sign``, ``mark`` or ``end``.
    text : str
        What is written there.
    position : int
        Where it begins, counted from 1.
    """

    kind: str
    text: str
    position: int

    def __str__(self) -> str:
        return "the end" if self.kind == "end" else repr(self.text)


def fault(where: str, text: str, position: int, problem: str, fix: str = EXAMPLES) -> ClassliftError:
    """Make the error of a condition: where it stands, what is written, and at which position it goes wrong."""
    return ClassliftError(f"{where} {text!r}, position {position}", problem, fix=fix)


def tokenize(text: str, where: str) -> list[Token]:
    """Cut a condition into tokens; the last one is the end."""
    tokens, place, end = [], 0, len(text.rstrip())
    while place < end:
        match = _PATTERN.match(text, place)
        if match is None:
            at = place + len(text[place:]) - len(text[place:].lstrip())
            what = "text without its closing quote" if text[at] in "\"'" else f"{text[at]!r}, which means nothing here"
            raise fault(where, text, at + 1, f"found {what}")
        kind = str(match.lastgroup)
        tokens.append(Token(kind, match.group(kind), match.start(kind) + 1))
        place = match.end()
    return [*tokens, Token("end", "", end + 1)]


def unquote(text: str) -> str:
    r"""Text between quotes: ``\"`` is a quote, ``\\`` a backslash; any other backslash stands for itself.

    Examples
    --------
    >>> unquote('"a \\"big\\" cat"')
    'a "big" cat'
    """
    return re.sub(r"\\([\"'\\])", r"\1", text[1:-1])

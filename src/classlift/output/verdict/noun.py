"""A verdict, and the words that all verdicts share."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from classlift.data.metrics import Unit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

NO_BREAK = "\N{NO-BREAK SPACE}"
"""Between a number and its unit, where a line may not end."""

FEW_ROWS = 20
"""A class with fewer rows is named: its figures tell little."""

NAMED = 3
"""How many classes a sentence names."""

NOT_KNOWN = (float("nan"), float("nan"))
"""Ends of an interval that is not known."""


class Outcome(StrEnum):
    """What a layer does."""

    LIFTS = "lifts"
    TRADES = "trades"
    NOTHING = "nothing"
    HARMS = "harms"
    SHOWN = "shown"


class Verdict(NamedTuple):
    """What happened, in words.

    Parameters
    ----------
    outcome : Outcome
        In one word; ``shown`` where nothing is compared.
    sentences : tuple of str
        The answer first, then whom it costs, then what to be careful about.
    wrote : tuple of str
        Files that were written.
    next : str
        The command to run next; empty where there is none to suggest.
    """

    outcome: Outcome
    sentences: tuple[str, ...]
    wrote: tuple[str, ...] = ()
    next: str = ""

    def followed_by(self, command: str, *wrote: str) -> Verdict:
        """The same, with the files that were written and the next command."""
        return self._replace(next=command, wrote=wrote)

    def unwritten(self, command: str) -> Verdict:
        """The same where nobody named a file to write, with the command that writes it."""
        return self._replace(sentences=(*self.sentences, "nothing is written without -o."), next=command)


def few_rows(support: NDArray[np.int64], classes: Sequence[str]) -> tuple[str, ...]:
    """Name the classes that have too few rows to tell much; nothing where there are none."""
    few = np.flatnonzero((support > 0) & (support < FEW_ROWS))
    if not len(few):
        return ()
    order = few[np.argsort(support[few], kind="stable")]
    named = listed([f"{classes[k]}: {support[k]}" for k in order[:NAMED]], len(few))
    return (f"{count(len(few), 'class has', 'classes have')} fewer than {FEW_ROWS} rows ({named}): read with care.",)


def per_cent(fraction: float) -> str:
    """Write a fraction in per cent with one decimal."""
    return f"{100 * fraction:.1f}{NO_BREAK}%"


def moved(before: float, after: float, ends: tuple[float, float], unit: Unit = Unit.SHARE) -> str:
    """Write a figure before and after, and the interval of its change where it is known."""
    scale, digits, mark = (100, 1, f"{NO_BREAK}pp") if unit is Unit.SHARE else (1, 0, "")
    told = (
        "" if np.isnan(ends[0]) else f", 95{NO_BREAK}%: " + " to ".join(f"{scale * end:+z.{digits}f}" for end in ends)
    )
    sides = map(per_cent, (before, after)) if unit is Unit.SHARE else (f"{side:.0f}" for side in (before, after))
    return f"{' → '.join(sides)} ({scale * (after - before):+z.{digits}f}{mark}{told})"


def count(number: int, one: str, many: str) -> str:
    """Write a number and what is counted."""
    return f"{number:,} {one if number == 1 else many}"


def listed(first: Sequence[str], of: int) -> str:
    """Write the first few of several things."""
    return ", ".join(first) + (", …" if of > len(first) else "")

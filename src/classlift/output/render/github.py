"""Checked gates as workflow commands of GitHub Actions, which shows them beside a change."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from classlift.gates.result import State
from classlift.output.printable import printable
from classlift.output.render.suites import Suite

MOST = 10
"""GitHub shows at most this many annotations of a kind in a step."""


class _Note(NamedTuple):
    weight: float
    title: str
    text: str


def render(suites: Sequence[Suite]) -> str:
    """Write an error for each gate that failed or has no answer, and for each run that could not run.

    At most `MOST` of a kind, worst first; the last of them tells how many more there are.
    """
    errors = [_Note(float("inf"), f"{s.name}: could not run", s.error) for s in suites if s.error is not None]
    errors += _notes(suites, State.FAILED) + _notes(suites, State.UNDEFINED)
    return _kind("error", errors)


def _notes(suites: Sequence[Suite], state: State) -> list[_Note]:
    return [
        _Note(result.shortfall, f"{suite.name}: gate {state}: {result.gate}", printable(result.message))
        for suite in suites
        for result in suite.results
        if result.state is state
    ]


def _kind(kind: str, notes: list[_Note]) -> str:
    notes = sorted(notes, key=lambda note: -note.weight)
    if len(notes) > MOST:
        rest = len(notes) - MOST + 1
        notes = [*notes[: MOST - 1], _Note(0, f"{rest} more", f"{rest} more of this kind; see the table of gates")]
    return "".join(f"::{kind} title={_property(note.title)}::{_data(note.text)}\n" for note in notes)


def _data(text: str) -> str:
    """Text of a command: per cent signs and line ends would end it."""
    lines = "\n".join(printable(line) for line in text.split("\n"))
    return lines.replace("%", "%25").replace("\n", "%0A")


def _property(text: str) -> str:
    """Text of a property, which colons and commas would end too."""
    return _data(printable(text)).replace(":", "%3A").replace(",", "%2C")

"""Warnings on standard error, besides the result of a command."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from classlift.data.repeats import WORD as REPEATS
from classlift.data.stretches import WORD as DOUBT
from classlift.fitting.payers import PAYING
from classlift.output.printable import printable

if TYPE_CHECKING:
    from collections.abc import Iterable


def warn(problem: str, *, fix: str) -> None:
    """Say on standard error what may do harm, and the command to run instead."""
    print(f"warning: {printable(problem)}\nfix: run instead: {printable(fix)}", file=sys.stderr)


def tell_warnings(notes: Iterable[object], of: str = "") -> list[str]:
    """Say on standard error which notes are warnings, of which run they are, and give them."""
    warned = [str(note) for note in notes if str(note).startswith((DOUBT, PAYING, REPEATS))]
    for note in warned:
        print(f"warning: {of}{printable(note)}", file=sys.stderr)
    return warned

"""A verdict in a terminal and as Markdown: the answer first, then what was written and what to do next."""

from __future__ import annotations

import os
import shutil
import sys
import textwrap
from collections.abc import Mapping
from typing import Any

from classlift.output.printable import printable
from classlift.output.verdict.noun import NO_BREAK, Outcome, Verdict

SIGNS = {Outcome.LIFTS: "✓", Outcome.TRADES: "±", Outcome.NOTHING: "·", Outcome.HARMS: "✗", Outcome.SHOWN: ""}
COLOURS = {Outcome.LIFTS: "32", Outcome.TRADES: "33", Outcome.NOTHING: "2", Outcome.HARMS: "31"}
PLAIN = str.maketrans({"✓": "+", "±": "~", "·": "-", "✗": "x", "→": "to", "…": "..."})
"""What stands for a sign where standard output cannot write it."""

WIDTH = 100


def in_terminal(verdict: Verdict) -> str:
    """Write a verdict for standard output, at most 100 columns wide."""
    columns = shutil.get_terminal_size((WIDTH, 24)).columns if sys.stdout.isatty() else WIDTH
    sign = SIGNS[verdict.outcome]
    first, *others = verdict.sentences
    lines = _wrapped(f"{sign} {first}" if sign else first, min(WIDTH, columns))
    if sign and verdict.outcome in COLOURS and _coloured():
        lines[0] = f"\x1b[{COLOURS[verdict.outcome]}m{sign}\x1b[0m{lines[0].removeprefix(sign)}"
    for sentence in others:
        lines += _wrapped(f"  {sentence[:1].upper()}{sentence[1:]}", min(WIDTH, columns))
    lines += [f"wrote {printable(name)}" for name in verdict.wrote]
    lines += [f"next: {printable(verdict.next)}"] if verdict.next else []
    text = "\n".join(lines) + "\n"
    return text if _can_write(text) else text.translate(PLAIN)


def in_markdown(verdict: Verdict) -> str:
    """Write a verdict as a paragraph of Markdown."""
    from classlift.output.render.markdown import paragraph  # noqa: PLC0415  (not everybody's way)

    sign = SIGNS[verdict.outcome]
    first, *others = (paragraph(told.replace(NO_BREAK, " ")) for told in verdict.sentences)
    return "\n\n".join([f"{sign} {first}" if sign else first, *others]) + "\n\n"


def reading_line(reading: Mapping[str, Any] | None, *, markdown: bool) -> str:
    """What was read, in the line that its document holds; nothing where it is not known."""
    if reading is None:
        return ""
    line = str(reading["line"])
    if markdown:
        from classlift.output.render.markdown import paragraph  # noqa: PLC0415  (not everybody's way)

        return f"{paragraph(line)}\n\n"
    columns = shutil.get_terminal_size().columns if sys.stdout.isatty() else len(line)
    shown = "\n".join(_wrapped(line, max(WIDTH // 5, columns))) + "\n"
    return shown if _can_write(shown) else shown.translate(PLAIN)


def _wrapped(text: str, width: int) -> list[str]:
    lines = textwrap.wrap(
        printable(text), width, subsequent_indent="  ", break_long_words=False, break_on_hyphens=False
    )
    return [line.replace(NO_BREAK, " ") for line in lines]


def _coloured() -> bool:
    return sys.stdout.isatty() and os.environ.get("TERM") != "dumb" and not os.environ.get("NO_COLOR")


def _can_write(text: str) -> bool:
    try:
        text.encode(sys.stdout.encoding or "ascii")
    except (LookupError, UnicodeEncodeError):
        return False
    return True

"""Guides for a terminal: Markdown drawn by rich."""

from __future__ import annotations

import io
import os

from rich.console import Console
from rich.markdown import Markdown

WIDEST = 110


def in_terminal(markdown: str, columns: int) -> str:
    """Draw Markdown for a terminal so wide, at most WIDEST columns; coloured unless NO_COLOR or TERM=dumb say no."""
    plain = bool(os.environ.get("NO_COLOR")) or os.environ.get("TERM") == "dumb"
    buffer = io.StringIO()
    console = Console(
        file=buffer,
        width=max(40, min(columns, WIDEST)),
        height=100,
        force_terminal=not plain,
        no_color=plain,
        color_system=None if plain else "standard",
        emoji=False,
    )
    console.print(Markdown(markdown, code_theme="ansi_dark", hyperlinks=False))
    return "\n".join(line.rstrip() for line in buffer.getvalue().splitlines()) + "\n"

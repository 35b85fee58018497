"""Tables for a terminal, by rich; in a pipe nothing is cut and nothing is coloured."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Sequence

from rich import box
from rich.console import Console
from rich.table import Table as RichTable
from rich.text import Text

from classlift.render.values import show
from classlift.tables import Points, Table, Value

UNCUT = 10_000


def render(tables: Sequence[Table]) -> str:
    """Draw tables one below the other; colours only where standard output is a terminal that has them."""
    drawn = [_draw(table) for table in tables]
    buffer = io.StringIO()
    console = _console(buffer)
    needed = max((console.measure(part).maximum for part in drawn), default=80)
    console = _console(buffer, width=max(needed, 20))
    for i, (table, part) in enumerate(zip(tables, drawn, strict=True)):
        if i:
            console.print()
        console.print(Text(show(table.title), style="bold"))
        console.print(part)
        for sentence in table.footer:
            console.print(Text(show(sentence), style="dim"), soft_wrap=True)
    return "\n".join(line.rstrip() for line in buffer.getvalue().splitlines()) + "\n"


def _console(buffer: io.StringIO, width: int = UNCUT) -> Console:
    colours = sys.stdout.isatty() and os.environ.get("TERM") != "dumb" and not os.environ.get("NO_COLOR")
    return Console(
        file=buffer,
        width=width,
        height=100,
        force_terminal=colours,
        no_color=not colours,
        color_system="auto" if colours else None,
        highlight=False,
        markup=False,
        emoji=False,
    )


def _draw(table: Table) -> RichTable:
    drawn = RichTable(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for i, name in enumerate(table.columns):
        text = all(isinstance(row[i], str) for row in table.rows)
        drawn.add_column(show(name).replace(" ", "\n"), justify="left" if text or i == 0 else "right", no_wrap=True)
    for row in table.rows:
        drawn.add_row(*(Text(show(value), style=_style(value)) for value in row))
    return drawn


def _style(value: Value) -> str:
    if not isinstance(value, Points) or abs(value) < 0.00005:
        return ""
    return "green" if value > 0 else "red"

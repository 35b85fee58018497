"""Tables for a terminal, by rich; in a pipe nothing is cut and nothing is coloured."""

from __future__ import annotations

import io
import os
import shutil
import sys
import textwrap
from collections.abc import Sequence

from rich import box
from rich.console import Console
from rich.table import Table as RichTable
from rich.text import Text

from classlift.output.render.bars import ASCII, LINES, WIDTH, Signs, bar
from classlift.output.render.values import show
from classlift.output.tables import Change, CountChange, Table, Value
from classlift.output.tables.table import without

UNCUT = 10_000

WHY = "why"
"""Column of sentences, which stand below a table that they make wider than the terminal, or ROOM columns in a pipe."""

ROOM = 100

LINED = box.Box("    \n    \n ── \n    \n ── \n    \n    \n    \n")
"""Lines below the head of a table and where its rows are parted, nowhere else."""


def render(tables: Sequence[Table]) -> str:
    """Draw tables one below the other; colours only where standard output is a terminal that has them."""
    buffer = io.StringIO()
    console = _console(buffer)
    for i, each in enumerate(tables):
        if i:
            console.print()
        table, reasons = _reasons_below(each, console)
        console.print(Text(show(table.title), style="bold"))
        console.print(_fitting(table, console))
        for line in reasons:
            console.print(Text(line))
        for sentence in table.footer:
            console.print(Text(show(sentence), style="dim"), soft_wrap=True)
    return "\n".join(line.rstrip() for line in buffer.getvalue().splitlines()) + "\n"


def _console(buffer: io.StringIO) -> Console:
    colours = sys.stdout.isatty() and os.environ.get("TERM") != "dumb" and not os.environ.get("NO_COLOR")
    return Console(
        file=buffer,
        width=UNCUT,
        height=100,
        force_terminal=colours,
        no_color=not colours,
        color_system="auto" if colours else None,
        highlight=False,
        markup=False,
        emoji=False,
    )


def _reasons_below(table: Table, console: Console) -> tuple[Table, list[str]]:
    """The table without its reasons where they make it too wide, and these as lines to stand below it."""
    room = shutil.get_terminal_size((ROOM, 24)).columns if sys.stdout.isatty() else ROOM
    if WHY not in table.columns or console.measure(_draw(table, bars=False)).maximum <= room:
        return table, []
    at = table.columns.index(WHY)
    told = [f"{show(row[0])}: {show(row[at])}" for row in table.rows if row[at]]
    lines = [line for text in told for line in textwrap.wrap(text, min(ROOM, room), subsequent_indent="  ")]
    return without(table, WHY), lines


def _fitting(table: Table, console: Console) -> RichTable:
    """Draw a table with its bars where somebody looks and there is room for them."""
    if table.bars and sys.stdout.isatty():
        drawn = _draw(table, bars=True)
        if console.measure(drawn).maximum <= shutil.get_terminal_size().columns:
            return drawn
    return _draw(table, bars=False)


def _draw(table: Table, *, bars: bool) -> RichTable:
    drawn = RichTable(box=LINED, pad_edge=False, show_edge=False)
    for i, name in enumerate(table.columns):
        text = all(isinstance(row[i], str) for row in table.rows)
        drawn.add_column(show(name).replace(" ", "\n"), justify="left" if text or i == 0 else "right", no_wrap=True)
    places = [table.columns.index(name) for name in table.bars] if bars else []
    if places:
        drawn.add_column("0" + "100%".rjust(WIDTH - 1), no_wrap=True)
    for place, row in enumerate(table.rows, start=1):
        cells = [Text(show(value), style=_style(value)) for value in row]
        drawn.add_row(
            *cells, *([_bar([row[place] for place in places])] if places else []), end_section=place == table.line
        )
    return drawn


def _bar(values: Sequence[Value]) -> Text:
    """Bar of a share, or of two; empty where one of them is not known."""
    numbers = [value for value in values if isinstance(value, float)]
    if len(numbers) < len(values):
        return Text()
    plain = os.environ.get("TERM") == "dumb" or not _can_write(LINES)
    return Text.assemble(*bar(numbers[0], numbers[-1], ASCII if plain else LINES))


def _can_write(signs: Signs) -> bool:
    try:
        "".join(signs).encode(sys.stdout.encoding or "ascii")
    except (LookupError, UnicodeEncodeError):
        return False
    return True


def _style(value: Value) -> str:
    if not isinstance(value, Change | CountChange) or abs(value) < 0.00005:
        return ""
    return "green" if value * value.better > 0 else "red"

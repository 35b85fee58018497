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
from classlift.output.tables.table import Change, CountChange, Table, Value, without

UNCUT = 10_000

WHY = "why"
"""Column of sentences, which stand below a table that they make wider than the terminal, or ROOM columns in a pipe."""

ROOM = 100

SPARED = ("among the lowest", "lowest", "F1", "samples", "predicted before", "predicted after", "fixed", "broken")
"""Columns that a narrow terminal leaves out, one after the other, until the table fits."""

LEAST = 20
"""Columns that a line has at least."""

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
        console.print(Text("\n".join(_lines(show(table.title))), style="bold"), soft_wrap=True)
        drawn, left_out = _fitting(table, console)
        console.print(drawn)
        for line in reasons:
            console.print(Text(line))
        for sentence in (*table.footer, *left_out):
            console.print(Text("\n".join(_lines(show(sentence))), style="dim"), soft_wrap=True)
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
    if WHY not in table.columns or console.measure(_draw(table)).maximum <= room:
        return table, []
    at = table.columns.index(WHY)
    told = [f"{show(row[0])}: {show(row[at])}" for row in table.rows if row[at]]
    lines = [line for text in told for line in textwrap.wrap(text, min(ROOM, room), subsequent_indent="  ")]
    return without(table, WHY), lines


def _lines(sentence: str) -> list[str]:
    """A sentence in lines that fit where somebody looks; one line in a pipe."""
    if not sys.stdout.isatty():
        return [sentence]
    columns = max(LEAST, shutil.get_terminal_size().columns)
    return textwrap.wrap(sentence, columns, subsequent_indent="  ", break_on_hyphens=False) or [""]


def _fitting(table: Table, console: Console) -> tuple[RichTable, tuple[str, ...]]:
    """Draw a table, where somebody looks with bars if there is room, else without what a narrow terminal can spare."""
    if not sys.stdout.isatty():
        return _draw(table), ()
    columns, left_out = shutil.get_terminal_size().columns, []

    def fits(drawn: RichTable) -> bool:
        return console.measure(drawn).maximum <= columns

    if table.bars and fits(drawn := _draw(table, bars=True)):
        return drawn, ()
    drawn = _draw(table)
    tight = not fits(drawn)
    for spared in (None, *(name for name in SPARED if name in table.columns)):
        if not tight or fits(drawn):
            break
        if spared is not None:
            left_out.append(spared)
            table = without(table, spared)
        drawn = _draw(table, gap=2)
    told = f"left out, as the terminal is narrow: {', '.join(left_out)}."
    return drawn, (told,) if left_out else ()


def _draw(table: Table, *, bars: bool = False, gap: int = 3) -> RichTable:
    drawn = RichTable(box=LINED, pad_edge=False, show_edge=False, collapse_padding=gap < 3)
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

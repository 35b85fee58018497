"""Tables for a terminal; in a pipe nothing is cut and nothing is coloured."""

from __future__ import annotations

import os
import shutil
import sys
import textwrap
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from rich.cells import cell_len

from classlift.output.render.bars import ASCII, LINES, WIDTH, Part, bar
from classlift.output.render.screen import can_write, coloured
from classlift.output.render.values import show
from classlift.output.tables import Change, CountChange, Table, Value
from classlift.output.tables.table import without

WHY = "why"
"""Column of sentences, which stand below a table that they make wider than the terminal, or ROOM columns in a pipe."""

ROOM = 100

SPARED = ("among the lowest", "lowest", "F1", "samples", "predicted before", "predicted after", "fixed", "broken")
"""Columns that a narrow terminal leaves out, one after the other, until the table fits."""

LEAST = 20
"""Columns that a line has at least."""

CODES = {"bold": 1, "dim": 2, "red": 31, "green": 32}
"""Numbers by which a terminal knows styles."""


class Column(NamedTuple):
    """The lines of a head, what stands below it, and whether that is flush right."""

    head: list[str]
    cells: list[list[Part]]
    right: bool


class Drawn(NamedTuple):
    """A table in lines, and how many columns of a terminal it takes."""

    lines: list[str]
    width: int


def render(tables: Sequence[Table]) -> str:
    """Draw tables one below the other; colours only where standard output is a terminal that has them."""
    lines: list[str] = []
    for i, each in enumerate(tables):
        table, reasons = _reasons_below(each)
        drawn, left_out = _fitting(table)
        footer = [line for sentence in (*table.footer, *left_out) for line in _lines(show(sentence))]
        lines += [""] if i else []
        lines += [_painted(Part(line, "bold")) for line in _lines(show(table.title))]
        lines += [*drawn.lines, *reasons, *(_painted(Part(line, "dim")) for line in footer)]
    return "".join(f"{line.rstrip()}\n" for line in lines)


def _painted(part: Part) -> str:
    return f"\x1b[{CODES[part.style]}m{part.text}\x1b[0m" if part.text and part.style and coloured() else part.text


def _reasons_below(table: Table) -> tuple[Table, list[str]]:
    """The table without its reasons where they make it too wide, and these as lines to stand below it."""
    room = shutil.get_terminal_size((ROOM, 24)).columns if sys.stdout.isatty() else ROOM
    if WHY not in table.columns or _draw(table).width <= room:
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


def _fitting(table: Table) -> tuple[Drawn, tuple[str, ...]]:
    """Draw a table, where somebody looks with bars if there is room, else without what a narrow terminal can spare."""
    if not sys.stdout.isatty():
        return _draw(table), ()
    columns, left_out = shutil.get_terminal_size().columns, []
    if table.bars and (drawn := _draw(table, bars=True)).width <= columns:
        return drawn, ()
    drawn = _draw(table)
    tight = drawn.width > columns
    for spared in (None, *(name for name in SPARED if name in table.columns)):
        if not tight or drawn.width <= columns:
            break
        if spared is not None:
            left_out.append(spared)
            table = without(table, spared)
        drawn = _draw(table, gap=2)
    told = f"left out, as the terminal is narrow: {', '.join(left_out)}."
    return drawn, (told,) if left_out else ()


def _draw(table: Table, *, bars: bool = False, gap: int = 3) -> Drawn:
    """Draw a table with its columns `gap` apart, a line below their names and where its rows are parted."""
    columns = [*_columns(table), *([_bars(table)] if bars else [])]
    deep = max((len(column.head) for column in columns), default=0)
    drawn = [_column(column, deep) for column in columns]
    width = sum(width for _, width in drawn) + gap * (len(drawn) - 1)
    lines = [(" " * gap).join(cells) for cells in zip(*(cells for cells, _ in drawn), strict=True)]
    for at in (deep, deep + 1 + table.line if 0 < table.line < len(table.rows) else 0):
        lines[at:at] = ["─" * width] if at else []
    return Drawn(lines, width)


def _columns(table: Table) -> Iterator[Column]:
    """Columns of a table, words of their names one below the other."""
    for i, name in enumerate(table.columns):
        values = [row[i] for row in table.rows]
        number = i > 0 and not all(isinstance(value, str) for value in values)
        yield Column(show(name).split(" "), [[Part(show(value), _style(value))] for value in values], number)


def _bars(table: Table) -> Column:
    places = [table.columns.index(name) for name in table.bars]
    return Column(["0" + "100%".rjust(WIDTH - 1)], [_bar([row[i] for i in places]) for row in table.rows], right=False)


def _column(column: Column, deep: int) -> tuple[list[str], int]:
    """The cells of a column, all as wide as the widest, below a head of `deep` lines; and how wide that is."""
    head = [[Part(line, "bold")] for line in [""] * (deep - len(column.head)) + column.head]
    cells = [*head, *column.cells]
    widths = [sum(cell_len(part.text) for part in cell) for cell in cells]
    spaces = [" " * (max(widths) - width) for width in widths]
    texts = ["".join(map(_painted, cell)) for cell in cells]
    return [space + text if column.right else text + space for text, space in zip(texts, spaces, strict=True)], max(
        widths
    )


def _bar(values: Sequence[Value]) -> list[Part]:
    """Bar of a share, or of two; empty where one of them is not known."""
    numbers = [value for value in values if isinstance(value, float)]
    if len(numbers) < len(values):
        return []
    plain = os.environ.get("TERM") == "dumb" or not can_write("".join(LINES))
    return bar(numbers[0], numbers[-1], ASCII if plain else LINES)


def _style(value: Value) -> str:
    if not isinstance(value, Change | CountChange) or abs(value) < 0.00005:
        return ""
    return "green" if value * value.better > 0 else "red"

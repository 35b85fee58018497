"""Tables as GitHub-flavoured Markdown."""

from __future__ import annotations

import re
from collections.abc import Sequence

from classlift.output.render.values import show
from classlift.output.tables.table import Table, Value

_MARKUP = r"[\\`*\[|~$]|(?<![^\W_])_|_(?![^\W_])|#(?=\d)"
"""Signs that are markup where they stand in a line: an underscore inside a word and a closing bracket are none."""

_FIRST = r"[#>+=-]|\d+[.)]"
"""What is markup only where a line begins with it."""

_ENTITIES = str.maketrans({"<": "&lt;", "&": "&amp;"})


def render(tables: Sequence[Table]) -> str:
    """Write tables one below the other under headings."""
    return "\n".join(_one(table) for table in tables)


def render_within(tables: Sequence[Table], limit: int) -> str:
    """Write tables in at most `limit` bytes of UTF-8: the longest ones lose their last rows, and say so."""
    text = render(tables)
    if len(text.encode(errors="backslashreplace")) <= limit:
        return text
    low, high = 0, max(len(table.rows) for table in tables)
    while low + 1 < high:
        middle = (low + high) // 2
        fits = len(render([_shortened(table, middle) for table in tables]).encode(errors="backslashreplace")) <= limit
        low, high = (middle, high) if fits else (low, middle)
    lines = (
        render([_shortened(table, low) for table in tables])
        .encode(errors="backslashreplace")[:limit]
        .decode(errors="ignore")
    )
    return lines[: lines.rfind("\n") + 1]


def _shortened(table: Table, n_rows: int) -> Table:
    if len(table.rows) <= n_rows:
        return table
    told = f"{n_rows} of {len(table.rows)} rows shown; the others are too long for this page."
    return table._replace(rows=table.rows[:n_rows], footer=(*table.footer, told))


def escape(text: str) -> str:
    """Text that Markdown shows as it is inside a line: no markup, no HTML, no mention, no second cell."""
    marked = re.sub(_MARKUP, r"\\\g<0>", show(text)).translate(_ENTITIES)
    return marked.replace("@", "@\u200b").replace("://", ":\u200b//")


def paragraph(text: str) -> str:
    """Text that Markdown shows as it is in a line of its own."""
    inside = escape(text).strip()
    first = re.match(_FIRST, inside)
    return inside if first is None else f"{inside[: first.end() - 1]}\\{inside[first.end() - 1 :]}"


def _one(table: Table) -> str:
    lines = [f"### {escape(table.title)}", "", _row([escape(name) for name in table.columns])]
    numeric = [any(not isinstance(row[i], str) for row in table.rows) for i in range(len(table.columns))]
    lines.append(_row(["---:" if right else ":---" for right in numeric]))
    lines += [_row([_cell(value) for value in row]) for row in table.rows]
    lines += [f"\n{paragraph(told)}" for told in table.footer]
    return "\n".join(lines) + "\n"


def _cell(value: Value) -> str:
    return escape(value) if isinstance(value, str) else show(value)


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |"

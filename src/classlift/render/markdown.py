"""Tables as GitHub-flavoured Markdown."""

from __future__ import annotations

from collections.abc import Sequence

from classlift.render.values import show
from classlift.tables import Table, Value

_SPECIAL = str.maketrans({c: f"\\{c}" for c in "\\`*_{}[]()#+-!|~>"} | {"<": "&lt;", "&": "&amp;"})


def render(tables: Sequence[Table]) -> str:
    """Write tables one below the other under headings."""
    return "\n".join(_one(table) for table in tables)


def escape(text: str) -> str:
    """Text that Markdown shows as it is: no markup, no HTML, no mention, no second cell."""
    return show(text).translate(_SPECIAL).replace("@", "@\u200b").replace("://", ":\u200b//")


def _one(table: Table) -> str:
    lines = [f"### {escape(table.title)}", "", _row([escape(name) for name in table.columns])]
    numeric = [any(not isinstance(row[i], str) for row in table.rows) for i in range(len(table.columns))]
    lines.append(_row(["---:" if right else ":---" for right in numeric]))
    lines += [_row([_cell(value) for value in row]) for row in table.rows]
    lines += [f"\n{escape(sentence)}" for sentence in table.footer]
    return "\n".join(lines) + "\n"


def _cell(value: Value) -> str:
    return escape(value) if isinstance(value, str) else show(value)


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |"

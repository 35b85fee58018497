"""Tables to text: RENDERERS maps a format to its function."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from classlift.output.render import markdown, terminal
from classlift.output.tables.table import Table

__all__ = ["RENDERERS"]

RENDERERS: dict[str, Callable[[Sequence[Table]], str]] = {
    "table": terminal.render,
    "markdown": markdown.render,
}

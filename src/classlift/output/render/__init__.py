"""Tables to text: RENDERERS maps a format to its function."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib import import_module
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from classlift.output.tables.table import Table


__all__ = ["RENDERERS"]

Renderer: TypeAlias = "Callable[[Sequence[Table]], str]"


def _of(module: str) -> Renderer:
    """The function of a module of this room, which is imported when it is called."""
    return lambda tables: import_module(f"classlift.output.render.{module}").render(tables)


RENDERERS: dict[str, Renderer] = {"table": _of("terminal"), "markdown": _of("markdown")}

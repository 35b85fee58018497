"""How a result shows itself: two lines in a terminal, the lines and a table in a notebook."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import pandas as pd

ROWS = 30
"""A notebook shows at most this many rows of a table."""


class Moved(NamedTuple):
    """A figure before and after, and how far it moved."""

    before: float
    after: float
    change: float

    def __str__(self) -> str:
        """Write a share in per cent, and its change in points."""
        return f"{100 * self.before:.1f} % -> {100 * self.after:.1f} % ({100 * self.change:+z.1f} pp)"


def frame_of(
    content: Mapping[str, Any] | Sequence[Mapping[str, Any]], index: Iterable[Any] | None = None, name: str = "class"
) -> pd.DataFrame:
    """Make a frame of columns, or of rows, whose index has a name."""
    import pandas as pd  # noqa: PLC0415  (0.4 s, only for who asks)

    return pd.DataFrame(content, index=None if index is None else pd.Index(list(index), name=name))


class Shown:
    """Something with two lines that say what it is."""

    def _lines(self) -> tuple[str, str]:
        raise NotImplementedError

    def _frame(self) -> pd.DataFrame | None:
        return None

    def __repr__(self) -> str:
        """Say in two lines what it is and what it does."""
        return "\n".join(self._lines())

    def _repr_html_(self) -> str:
        """Show the lines and the table of the classes in a notebook."""
        frame = self._frame()
        table = "" if frame is None else frame.to_html(max_rows=ROWS, float_format="{:.4f}".format)
        return f"<pre>{escape(repr(self))}</pre>{table}"

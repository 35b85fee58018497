"""How a result shows itself: its verdict and two lines in a terminal, in a notebook a table too."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

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


class OutOfFold(Moved):
    """A figure as counted on rows left out of the fit, on which a layer was chosen: what it promises is another one."""

    __slots__ = ()

    def __str__(self) -> str:
        """Say where it was counted."""
        return f"out of fold, as counted: {super().__str__()}"


def frame_of(
    content: Mapping[str, Any] | Sequence[Mapping[str, Any]], index: Iterable[Any] | None = None, name: str = "class"
) -> pd.DataFrame:
    """Make a frame of columns, or of rows, whose index has a name."""
    import pandas as pd  # noqa: PLC0415  (0.4 s, only for who asks)

    return pd.DataFrame(content, index=None if index is None else pd.Index(list(index), name=name))


class Shown:
    """Something with a verdict, where it has one, and two lines that say what it is."""

    verdict_of: ClassVar[Callable[[Any], tuple[str, ...]]] = lambda self: ()
    """Gives the sentences of a verdict; the verbs set it."""

    @property
    def verdict(self) -> str:
        """What happened, as the command says it: a sign, then sentences; empty where nothing is judged."""
        return " ".join(self.verdict_of())

    def _lines(self) -> tuple[str, str]:
        raise NotImplementedError

    def _frame(self) -> pd.DataFrame | None:
        return None

    def __repr__(self) -> str:
        """Say what it does and what it is."""
        return "\n".join((*self.verdict_of()[:1], *self._lines()))

    def _repr_html_(self) -> str:
        """Show the verdict, the lines and the table of the classes in a notebook."""
        frame = self._frame()
        table = "" if frame is None else frame.to_html(max_rows=ROWS, float_format="{:.4f}".format)
        from html import escape  # noqa: PLC0415  (only in a notebook)

        verdict = "".join(f"<p>{escape(sentence)}</p>" for sentence in self.verdict_of())
        return f"{verdict}<pre>{escape(chr(10).join(self._lines()))}</pre>{table}"

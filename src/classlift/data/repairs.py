"""How many rows were read, and what was done to bad ones; adds up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from classlift.data.adding import AddsUp

if TYPE_CHECKING:
    from classlift.data.doubts import Doubts
    from classlift.data.repeats import Repeats


NO_CLASS = "have no predicted class"
"""What a note of rows says that `apply` abstained from."""


@dataclass(frozen=True)
class Repairs(AddsUp):
    """What reading did to rows.

    Parameters
    ----------
    rows, count : int
        Rows that were read; those of them that were dropped or normalized.
    done : str
        What was done to these.
    first : str
        The fault of the first of them, and where it is.
    doubts : Doubts, optional
        Whether labels and scores belong together.
    repeats : Repeats, optional
        Whether rows come more than once.
    missing : int
        Rows whose label is NaN.
    abstained : int
        Rows that `apply` left without a predicted class.
    """

    rows: int = 0
    count: int = 0
    done: str = ""
    first: str = ""
    doubts: Doubts | None = None
    repeats: Repeats | None = None
    missing: int = 0
    abstained: int = 0

    @property
    def notes(self) -> tuple[str, ...]:
        """What a user should know."""
        done = (f"{self.count:,} of {self.rows:,} rows {self.done}: {self.first}",) if self.count else ()
        if self.missing:
            done = (
                *done,
                f"{self.missing:,} of {self.rows:,} rows have no label (NaN) and are left out",
            )
        if self.abstained:
            told = f"{self.abstained:,} of {self.rows:,} rows ({self.abstained / self.rows:.1%}) {NO_CLASS}"
            done = (*done, f"{told}, as apply --abstain-below wrote them: they count here, by their largest score")
        return (*done, *(note for one in (self.doubts, self.repeats) if one for note in one.notes()))


NO_REPAIRS = Repairs()

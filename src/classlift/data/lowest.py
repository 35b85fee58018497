"""Scores of which the lowest is the best, as of distances and losses."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from classlift.data.stretches import WORD

if TYPE_CHECKING:
    from numpy.typing import NDArray

FEWEST_ROWS = 50
STANDARD_ERRORS = 4.0


class Lowest(NamedTuple):
    """How often the lowest and the highest score of the first rows is right."""

    rows: int = 0
    lowest: int = 0
    highest: int = 0

    @classmethod
    def of(cls, scores: NDArray[np.floating], labels: NDArray, wrong: NDArray[np.bool_]) -> Lowest:
        """Count rows; two classes tell nothing, as the lowest of one is the highest of the other."""
        if scores.shape[1] < 3:
            return cls()
        lowest = int((scores.argmin(axis=1) == labels).sum())
        return cls(len(labels), lowest, len(labels) - int(wrong.sum()))

    def note(self, otherwise: float) -> tuple[str, ...]:
        """What to say; `otherwise` is the share of rows that another order of the classes would make right."""
        sure = self.lowest - self.highest > STANDARD_ERRORS * np.sqrt(max(self.lowest + self.highest, 1))
        if self.rows < FEWEST_ROWS or not sure or self.lowest <= 1.2 * otherwise * self.rows:
            return ()
        return (
            f"{WORD}the lowest score is right in {self.lowest / self.rows:.1%} of the first rows, the highest in "
            f"{self.highest / self.rows:.1%}: these look like distances or losses, whose negatives are scores",
        )

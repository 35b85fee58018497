"""What --bad-rows does with rows that are not rows of probabilities; how many rows `apply` left without a class."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from classlift.data.kind import Kind, bad_rows, first_fault
from classlift.data.repairs import Repairs
from classlift.storage.meaning.decided import WRITTEN

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray


class Repairing:
    """Leaves bad rows out or divides them by their sum, and counts them."""

    def __init__(self, how: str) -> None:
        self.how, self.count, self.first, self.abstained = how, 0, "", 0

    def repair(
        self, scores: NDArray[np.floating], kind: Kind, start: int, given: Mapping[str, NDArray]
    ) -> tuple[NDArray[np.floating], NDArray[np.bool_] | None]:
        """Scores after repairing, and which rows were kept (None: all); `given` are the other columns."""
        if all(column in given for column in WRITTEN):
            self.abstained += int((given[WRITTEN[-1]].astype(str) == "-1").sum())
        bad = None if self.how == "error" else bad_rows(scores, kind)
        if bad is None:
            return scores, None
        if self.how == "normalize":
            with np.errstate(invalid="ignore", over="ignore"):
                sums = scores.sum(axis=1, dtype=np.float64)
            bad &= (scores >= 0).all(axis=1) & np.isfinite(sums) & (sums > 0)
            if kind is not Kind.PROBABILITIES or not bad.any():
                return scores, None
        fault = first_fault(scores[bad], kind)
        if not self.first and fault is not None:
            self.first = f"{fault.problem}, first: row {start + int(np.flatnonzero(bad)[0])}"
        self.count += int(bad.sum())
        if self.how == "drop":
            return scores[~bad], ~bad
        scores = scores.copy()
        scores[bad] = scores[bad] / sums[bad, None]
        return scores, None

    def total(self, rows: int) -> Repairs:
        """What was done, after a pass over `rows` rows."""
        done = "dropped" if self.how == "drop" else "normalized"
        return Repairs(rows, self.count, done, self.first, abstained=self.abstained)

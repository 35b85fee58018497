"""What results give to a terminal, a notebook and a tracker: two lines, a frame, a flat dictionary."""

from __future__ import annotations

import math
from functools import cached_property
from typing import TYPE_CHECKING, cast

from classlift.data import metrics
from classlift.data.notebook import Moved, Shown, frame_of
from classlift.evaluation.classes import shown_change_intervals, shown_intervals
from classlift.evaluation.coverage import SHARES, covered

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

    from classlift.data.counts import ClassCounts, PairedCounts
    from classlift.evaluation.comparison import Comparison
    from classlift.evaluation.result import Evaluation


class ShownEvaluation(Shown):
    """What an `Evaluation` shows."""

    name: str
    counts: ClassCounts
    classes: tuple[str, ...]

    def value(self, figure: str) -> float:
        """Value of a figure; an `Evaluation` knows it."""
        raise NotImplementedError

    def class_values(self, figure: str) -> NDArray[np.number]:
        """Values of a figure of each class; an `Evaluation` knows them."""
        raise NotImplementedError

    @property
    def total(self) -> float:
        """Total accuracy."""
        return self.value("total")

    @property
    def low20(self) -> float:
        """Mean recall of the lowest classes."""
        return self.value("low20")

    @cached_property
    def class_intervals(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Intervals of the recalls as they are shown, two arrays of shape (n_classes,)."""
        return shown_intervals(cast("Evaluation", self))

    def to_frame(self) -> pd.DataFrame:
        """One row per class, in class order: support, predicted, precision, recall and its interval, F1."""
        counts = self.counts
        low, high = self.class_intervals
        columns = {
            "support": counts.support,
            "predicted": counts.predicted,
            "precision": self.class_values("precision"),
            "recall": counts.recall,
            "recall_low": low,
            "recall_high": high,
            "f1": self.class_values("f1"),
        }
        return frame_of(columns, self.classes)

    def coverage(self, shares: Sequence[float] = SHARES) -> pd.DataFrame:
        """One row per share of the rows, surest first: rows, least confidence, total, low20, classes with rows.

        The result must have been evaluated with ``coverage=True``.
        """
        return frame_of([one._asdict() for one in covered(cast("Evaluation", self), shares)]).set_index("share")

    def to_dict(self) -> dict[str, float]:
        """Every figure that is known, by its name, in one flat dictionary."""
        found = {name: self.value(name) for name in metrics.METRICS}
        return {name: value for name, value in found.items() if not math.isnan(value)}

    def _lines(self) -> tuple[str, str]:
        head = f"Evaluation of {self.name}: {self.counts.n_samples:,} labelled rows, {len(self.classes):,} classes"
        return head, f"total accuracy {100 * self.total:.1f} %; low20 {100 * self.low20:.1f} %"

    def _frame(self) -> pd.DataFrame:
        return self.to_frame()


class ShownComparison(Shown):
    """What a `Comparison` shows."""

    name: str
    counts: PairedCounts
    classes: tuple[str, ...]

    @property
    def before(self) -> ShownEvaluation:
        """The result before; a `Comparison` has it."""
        raise NotImplementedError

    @property
    def after(self) -> ShownEvaluation:
        """The result after; a `Comparison` has it."""
        raise NotImplementedError

    def values(self, figure: str) -> tuple[float, float]:
        """Value of a figure before and after; a `Comparison` knows them."""
        raise NotImplementedError

    @property
    def total(self) -> Moved:
        """Total accuracy."""
        return self.moved("total")

    @property
    def low20(self) -> Moved:
        """Mean recall of the lowest classes of either result."""
        return self.moved("low20")

    @cached_property
    def class_intervals(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Intervals of the changes of the recalls as they are shown, two arrays of shape (n_classes,)."""
        return shown_change_intervals(cast("Comparison", self))

    def to_frame(self) -> pd.DataFrame:
        """One row per class, in class order: the figures before and after, the change of recall, fixed and broken rows.

        Intervals are columns that end in ``_low`` and ``_high``.
        """
        before = _of_side(self.before.to_frame(), "before").rename(columns={"support_before": "support"})
        after = _of_side(self.after.to_frame().drop(columns="support"), "after")
        low, high = self.class_intervals
        return before.join(after).assign(
            recall_change=after["recall_after"] - before["recall_before"],
            recall_change_low=low,
            recall_change_high=high,
            fixed=self.counts.fixed,
            broken=self.counts.broken,
        )

    def coverage(self, shares: Sequence[float] = SHARES) -> pd.DataFrame:
        """One row per share of the rows, each side's surest first; see `Evaluation.coverage`."""
        return self.before.coverage(shares).add_suffix("_before").join(self.after.coverage(shares).add_suffix("_after"))

    def to_dict(self) -> dict[str, float]:
        """Every figure that is known in one flat dictionary: ``total.before``, ``total.after``, ``total.change``."""
        moved = {name: self.moved(name) for name in metrics.METRICS}
        return {
            f"{name}.{side}": value
            for name, figure in moved.items()
            for side, value in figure._asdict().items()
            if not math.isnan(value)
        }

    def moved(self, figure: str) -> Moved:
        """A figure before and after, and how far it moved."""
        before, after = self.values(figure)
        return Moved(before, after, after - before)

    def _lines(self) -> tuple[str, str]:
        rows, n_classes = self.counts.before.n_samples, len(self.classes)
        head = f"Comparison of {self.name}: {rows:,} labelled rows, {n_classes:,} classes"
        return head, f"total accuracy {self.total}; low20 {self.low20}"

    def _frame(self) -> pd.DataFrame:
        return self.to_frame()


def _of_side(frame: pd.DataFrame, side: str) -> pd.DataFrame:
    """The columns of one side; those of the ends of an interval still end in ``_low`` and ``_high``."""
    ends = {f"recall_{end}_{side}": f"recall_{side}_{end}" for end in ("low", "high")}
    return frame.add_suffix(f"_{side}").rename(columns=ends)

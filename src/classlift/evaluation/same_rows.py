"""What confirms that rows which pair by their order are the same."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from classlift.data.predictions import Predictions


class OrderCheck:
    """Whether something confirms that two results of equal length hold the same rows in the same order."""

    def __init__(self) -> None:
        self.rows = self.steps = 0
        self.labels: set[int] = set()
        self.same: dict[str, int] = {}

    def add(self, a: Predictions, b: Predictions) -> None:
        """Look at the labels and carried columns of a block of either result."""
        shared = [n for n, c in a.columns.items() if n in b.columns and c.ndim == b.columns[n].ndim == 1]
        equal = {n: len(np.unique(texts_of(a, n))) for n in shared if texts_of(a, n) == texts_of(b, n)}
        self.same = {n: self.same.get(n, 0) + k for n, k in equal.items() if not self.rows or n in self.same}
        self.rows += a.n_samples
        if a.labels is not None and b.labels is not None:
            self.steps += int((np.diff(a.labels) != 0).sum())
            self.labels |= set(np.unique(a.labels).tolist())

    def __add__(self, other: OrderCheck) -> OrderCheck:
        if not (self.rows and other.rows):
            return self if self.rows else other
        found = OrderCheck()
        found.rows, found.steps, found.labels = (
            self.rows + other.rows,
            self.steps + other.steps,
            self.labels | other.labels,
        )
        found.same = {n: k + other.same[n] for n, k in self.same.items() if n in other.same}
        return found

    @property
    def notes(self) -> tuple[str, ...]:
        """What a user should know; nothing where rows were not paired by their order, or a column confirms it."""
        if not self.rows or any(2 * distinct > self.rows for distinct in self.same.values()):
            return ()
        if self.steps >= 2 * len(self.labels) > 0:
            return ("rows are paired by their order: without ids, only their labels confirm it",)
        why = "labels that are sorted by class do not tell rows apart" if self.labels else "there are no labels"
        return (f"rows are paired by their order, and nothing confirms it ({why}): which rows are the same is unsure; "
                "save a column of ids in both files",)  # fmt: skip


def texts_of(block: Predictions, name: str) -> list[str]:
    """Values of a column as text."""
    texts: list[str] = block.columns[name].astype(str).tolist()
    return texts

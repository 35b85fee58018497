"""Successive rows whose labels are in another order, while those of the other rows are right."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

WORD = "check the labels: "
"""How every note of a doubt begins."""

PARTS = 16
"""Parts of the first block; of later ones each is a part, and neighbours become one where there are too many."""

FEWEST_ROWS = 200
MOST_CLASSES = 4096
LEAST_LOSS = 0.1
STANDARD_ERRORS = 6.0
SAME_LABELS = 0.7
"""How much of the labels a stretch has in common with the other rows: rows sorted by class have less."""


class Stretches:
    """Counts of successive parts: rows, right ones, doubt of the scores, labels and predictions of each class.

    Parameters
    ----------
    n_classes : int
        Number of classes.
    """

    def __init__(self, n_classes: int) -> None:
        self.n_classes = n_classes
        self.sums = np.zeros((0, 3))
        self.classes = np.zeros((0, 2, n_classes if n_classes <= MOST_CLASSES else 0), np.int64)

    def add(self, labels: NDArray, predicted: NDArray, right: NDArray, doubt: NDArray) -> None:
        """Count labelled rows."""
        if not len(labels) or self.n_classes > MOST_CLASSES:
            return
        n = min(PARTS, len(labels)) if not len(self.sums) else 1
        cuts = [len(labels) * k // n for k in range(n + 1)]
        parts = [slice(start, end) for start, end in itertools.pairwise(cuts)]
        sums = [(p.stop - p.start, np.count_nonzero(right[p]), doubt[p].sum()) for p in parts]
        classes = [[np.bincount(one[p], minlength=self.n_classes) for one in (labels, predicted)] for p in parts]
        self._append(np.array(sums), np.array(classes))

    def added(self, other: Stretches) -> Stretches:
        """Both, one after the other."""
        out = Stretches(self.n_classes)
        for one in (self, other):
            out._append(one.sums, one.classes)
        return out

    def _append(self, sums: NDArray, classes: NDArray) -> None:
        self.sums, self.classes = np.concatenate([self.sums, sums]), np.concatenate([self.classes, classes])
        while len(self.sums) > 2 * PARTS:
            starts = np.arange(0, len(self.sums), 2)
            self.sums, self.classes = (np.add.reduceat(one, starts) for one in (self.sums, self.classes))

    def note(self) -> tuple[str, ...]:
        """What to say of a stretch, if there is one."""
        found = self.found()
        if found is None:
            return ()
        start, end, here, there = found
        return (
            f"{WORD}of the rows {start:,} to about {end:,} {here:.1%} are right, which is at chance, of the others "
            f"{there:.1%}: labels and scores of these may be in another order",
        )

    def found(self) -> tuple[int, int, float, float] | None:
        """The longest stretch at chance among rows that are not: first row, end, shares right in it and outside."""
        if not len(self.sums):
            return None
        sums, classes = (np.concatenate([one[:1] * 0, one.cumsum(axis=0)]) for one in (self.sums, self.classes))
        n, right = (sums[None, :, k] - sums[:, None, k] for k in (0, 1))
        m = sums[-1, 0] - n
        with np.errstate(divide="ignore", invalid="ignore"):
            here, there = right / n, (sums[-1, 1] - right) / m
            error = np.sqrt(here * (1 - here) / n + there * (1 - there) / m)
            worse = there - here > np.maximum(LEAST_LOSS, STANDARD_ERRORS * error)
        pairs = np.argwhere(worse & (np.minimum(n, m) >= FEWEST_ROWS))
        for start, end in pairs[np.argsort(-n[tuple(pairs.T)], kind="stable")].tolist():
            inside = sums[end] - sums[start], classes[end] - classes[start]
            if _at_chance(*inside, sums[-1] - inside[0], classes[-1] - inside[1]):
                rows = int(sums[start][0]), int(sums[end][0])
                return (*rows, float(here[start, end]), float(there[start, end]))
        return None


def _at_chance(sums: NDArray, classes: NDArray, other_sums: NDArray, other_classes: NDArray) -> bool:
    """Whether rows are right by chance while the others, with the same labels and as sure, are not."""
    (n, right, doubt), (m, other_right, other_doubt) = sums, other_sums
    here, there = right / n, other_right / m
    chance, other_chance = (float((c[0] / k * (c[1] / k)).sum()) for c, k in ((classes, n), (other_classes, m)))
    alike = float(np.minimum(classes[0] / n, other_classes[0] / m).sum())
    as_sure = doubt / n <= other_doubt / m + (there - here) / 2
    by_chance = here <= chance + 2 * np.sqrt(max(chance * (1 - chance), 1e-9) / n)
    return bool(by_chance and there > other_chance + LEAST_LOSS and alike > SAME_LABELS and as_sure)

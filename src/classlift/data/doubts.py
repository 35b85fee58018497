"""Whether labels and scores belong together at all: counted while rows are read, no extra pass."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

import numpy as np

from classlift.data.kind import Kind
from classlift.data.lowest import Lowest
from classlift.data.rings import assigned, chains, rings
from classlift.data.stretches import WORD, Stretches

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from classlift.data.predictions import Predictions

EXPECTED_WRONG = 7.0
"""Rows that should be wrong at least by the scores themselves, for none to be wrong to be implausible."""

FEWER = 8.0
"""How many times fewer rows must be wrong than the scores expect; of real models 3.6 times was the most."""

FEWEST_WRONG = 8
"""Wrong rows that tell whether they are the uncertain ones, as those of a model are and those of a copy are not."""

STANDARD_ERRORS = 4.0
RIGHT_BY_CHANCE = 5.0
"""Rows outside of the largest class that must be right by chance for none more to mean something."""

FEWEST_ROWS = 50
FIRST = 2048
LARGEST_TABLE = 1 << 16
MOST_CODES = 1 << 17


class Doubts:
    """Counts pairs of label and predicted class, rows in turn in two halves.

    A shift or a permutation is fitted on one half and must gain on the other.

    Parameters
    ----------
    n_classes : int
        Number of classes.
    """

    def __init__(self, n_classes: int) -> None:
        self.n_classes = n_classes
        self.rows = self.wrong = 0
        self.expected_wrong = self.squares = self.doubted = 0.0
        self.lowest = Lowest()
        self.stretches = Stretches(n_classes)
        self.parts: list[tuple[NDArray[np.int64], NDArray[np.int64]]] = []
        self.waiting = 0
        small = n_classes * n_classes <= LARGEST_TABLE
        self.table = np.zeros((2, n_classes * n_classes), np.int64) if small else None

    def add(self, block: Predictions) -> None:
        """Count the labelled rows of a block."""
        if block.labels is None:
            return
        known = np.flatnonzero(block.labels >= 0)
        labels, predicted = block.labels[known], block.predicted[known]
        wrong = labels != predicted
        self.wrong += int(wrong.sum())
        if not self.rows:
            self.lowest = Lowest.of(block.scores[known[:FIRST]], labels[:FIRST], wrong[:FIRST])
        doubt = np.zeros(len(known))
        if block.kind is not Kind.SCORES and len(known):
            doubt = (1 - block.maximum[known]).clip(0)
            self.expected_wrong += float(doubt.sum())
            self.squares += float((doubt * doubt).sum())
            self.doubted += float(doubt[wrong].sum())
        self.stretches.add(labels, predicted, ~wrong, doubt)
        codes = 2 * (labels * self.n_classes + predicted) + (self.rows + np.arange(len(known))) % 2
        self.rows += len(known)
        if self.table is not None:
            counts = np.bincount(codes, minlength=2 * self.table.shape[1]).reshape(-1, 2)
            self.table += counts.T
            return
        self.parts.append((codes, np.ones(0, np.int64)))
        self.waiting += len(codes)
        if self.waiting > MOST_CODES:
            self.parts = [self._merged()]
            self.waiting = 0

    def notes(self) -> tuple[str, ...]:
        """What does not look as it should: at most one note."""
        if not self.rows:
            return ()
        if self._copied():
            what = f"only {self.wrong:,} rows are" if self.wrong else "no row is"
            return (
                f"{WORD}{what} wrong, though the scores expect {self.expected_wrong:.0f} wrong: the label looks "
                "like the predicted class",
            )
        if self.rows < FEWEST_ROWS - 10:
            return ()
        codes, counts = self._merged()
        label, predicted, half = codes // 2 // self.n_classes, codes // 2 % self.n_classes, codes % 2
        right = [int(counts[(label == predicted) & (half == h)].sum()) for h in (0, 1)]
        other = assigned(label, predicted, counts, self.n_classes)
        return (
            self.lowest.note(int(counts[other[label] == predicted].sum()) / self.rows)
            or self._order(label, predicted, half, counts, right)
            or self._shift(label, predicted, half, counts, right)
            or self._exchanged(label, predicted, half, counts, right)
            or self._chance(label, predicted, counts, sum(right))
            or self.stretches.note()
        )

    def _copied(self) -> bool:
        """Whether far fewer rows are wrong than the scores expect, and these are not the uncertain ones."""
        if self.expected_wrong < EXPECTED_WRONG or not self.wrong:
            return self.expected_wrong >= EXPECTED_WRONG
        if self.wrong < FEWEST_WRONG or self.wrong * FEWER > self.expected_wrong:
            return False
        mean = self.expected_wrong / self.rows
        spread = np.sqrt(max(self.squares / self.rows - mean * mean, 0) / self.wrong)
        return bool(self.doubted / self.wrong - mean < 2.5 * spread)

    def __add__(self, other: Self) -> Self:
        out = type(self)(self.n_classes)
        out.rows, out.wrong = self.rows + other.rows, self.wrong + other.wrong
        out.expected_wrong = self.expected_wrong + other.expected_wrong
        out.lowest = self.lowest if self.rows else other.lowest
        out.stretches = self.stretches.added(other.stretches)
        out.squares, out.doubted = self.squares + other.squares, self.doubted + other.doubted
        if self.table is not None and other.table is not None:
            out.table = self.table + other.table
        else:
            out.parts = [part for one in (self, other) if one.rows for part in [one._merged()]]
            out.waiting = 0
        return out

    def _merged(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        if self.table is not None:
            codes = np.flatnonzero(self.table.T.ravel())
            return codes, self.table.T.ravel()[codes]
        every = np.concatenate([codes for codes, _ in self.parts])
        weights = np.concatenate([c if len(c) else np.ones(len(k), np.int64) for k, c in self.parts])
        codes, inverse = np.unique(every, return_inverse=True)
        return codes, np.bincount(inverse, weights).astype(np.int64)

    def _shift(
        self, label: NDArray, predicted: NDArray, half: NDArray, counts: NDArray, right: list[int]
    ) -> tuple[str, ...]:
        """Labels that start at 1, or one class off the other way."""
        for shift, words in ((1, "labels may start at 1"), (-1, "labels may be one too small")):
            moved = [int(counts[(label - shift == predicted) & (half == h)].sum()) for h in (0, 1)]
            surely = all(self._gain(moved[h], right[h], self.rows / 2) for h in (0, 1))
            if surely or (shift > 0 and self._from_one(label, sum(moved), sum(right))):
                return (
                    f"{WORD}{words}: {sum(right) / self.rows:.1%} of the rows are right, "
                    f"{sum(moved) / self.rows:.1%} with labels {'minus' if shift > 0 else 'plus'} 1",
                )
        return ()

    def _order(
        self, label: NDArray, predicted: NDArray, half: NDArray, counts: NDArray, right: list[int]
    ) -> tuple[str, ...]:
        """Classes in another order."""
        first = half == 0
        to = assigned(label[first], predicted[first], counts[first], self.n_classes)
        moved = int(counts[(to[label] == predicted) & ~first].sum())
        shifted = max(int(counts[(label - s == predicted) & ~first].sum()) for s in (1, -1))
        if self._gain(moved, right[1], self.rows / 2) and moved > 2 * right[1] and moved > 1.1 * shifted:
            return (
                f"{WORD}class names may be in another order: {sum(right) / self.rows:.1%} of the rows are right, "
                f"{2 * moved / self.rows:.1%} with another assignment of labels to columns",
            )
        return ()

    def _exchanged(
        self, label: NDArray, predicted: NDArray, half: NDArray, counts: NDArray, right: list[int]
    ) -> tuple[str, ...]:
        """A few classes that changed places: each of them is more often the next one than itself."""
        first = half == 0
        to = assigned(label[first], predicted[first], counts[first], self.n_classes)
        moved, same = (
            np.bincount(label[hit], counts[hit], self.n_classes)
            for hit in (~first & (to[label] == predicted), ~first & (label == predicted))
        )
        support = np.bincount(label, counts, self.n_classes)
        found = [
            ring
            for ring in rings(to) + chains(to, support)
            if (moved[ring] > same[ring]).all() and self._sure(moved[ring].sum(), same[ring].sum())
        ]
        if not found:
            return ()
        classes = np.concatenate(found)
        here = np.isin(label, classes)
        gain = int(counts[here & (to[label] == predicted)].sum() - counts[here & (label == predicted)].sum())
        how = "exchanged" if set(to[classes]) == set(classes) else "moved"
        shown = ", ".join(map(str, sorted(classes.tolist())[:6])) + (" …" if len(classes) > 6 else "")
        return (
            f"{WORD}class names may be in another order: {sum(right) / self.rows:.1%} of the rows are right, "
            f"{(sum(right) + gain) / self.rows:.1%} with classes {shown} (counted from 0) {how}",
        )

    def _from_one(self, label: NDArray, moved: int, right: int) -> bool:
        """Whether no row has class 0, all others occur, and one less fits better."""
        seen = np.flatnonzero(np.bincount(label))
        whole = seen[0] == 1 and len(seen) == self.n_classes - 1
        return bool(whole and moved - right > 2 * np.sqrt(moved + right) and moved > 2 * right)

    def _chance(self, label: NDArray, predicted: NDArray, counts: NDArray, right: int) -> tuple[str, ...]:
        """Labels that have nothing to do with the scores."""
        shares = [np.bincount(x, counts, self.n_classes) / self.rows for x in (label, predicted)]
        chance = float((shares[0] * shares[1]).sum())
        error = np.sqrt(max(chance * (1 - chance), 1e-9) / self.rows)
        below = right / self.rows <= chance + 2 * error
        spread = min(float((share > 0).sum()) for share in shares) > 1
        by_chance = shares[0] * shares[1] * self.rows
        telling = chance < 0.6 or by_chance.sum() - by_chance.max() >= RIGHT_BY_CHANCE
        if below and spread and self.rows >= 200 and telling:
            return (
                f"{WORD}{right / self.rows:.1%} of the rows are right, which is at chance ({chance:.1%}): labels and "
                "scores may be of other rows or in another order",
            )
        return ()

    @staticmethod
    def _gain(moved: int, right: int, rows: float) -> bool:
        """Whether a change of the labels makes more rows right than chance explains."""
        return Doubts._sure(moved, right) and moved / rows > 0.1

    @staticmethod
    def _sure(moved: float, right: float) -> bool:
        return bool(moved - right > STANDARD_ERRORS * np.sqrt(max(moved + right, 1)))

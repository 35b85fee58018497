"""Rows that a bias within reach could move, and recalls under biases: what makes the search for biases cheap."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING, NamedTuple, Self

import numpy as np

from classlift.fitting.tuning.smooth import blended_recall
from classlift.kernels import row_blocks

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Labels = NDArray[np.int64]

WIDEST = 16
"""Most classes of a row that are looked at."""


class Sums(NamedTuple):
    """What recalls are made of, each of shape (n_parts, n_classes).

    support : rows of the class; right, mass : rows predicted for it that are of it, and the sum of its probability over
    rows predicted for it, of those that no bias moves; expected : the sum of its probability over all rows.
    """

    support: Floats
    right: Floats
    mass: Floats
    expected: Floats

    def without_each(self) -> Sums:
        """Of sums of each fold, those without each and, last, those of all."""
        totals = [part.sum(axis=0, keepdims=True) for part in self]
        return Sums(*(np.concatenate([total - part, total]) for total, part in zip(totals, self, strict=True)))


@dataclass(frozen=True, eq=False)
class Field:
    """Open rows, each with the classes that biases could bring it to; the other rows are settled.

    Such a pair of row and class is an entry; entries come by row, and by class within it.
    classes, values, rows : class, log-probability and number of the open row, shape (n_entries,);
    labels, fold : shape (n_open,); sums : of each fold.
    """

    classes: NDArray[np.int32]
    values: NDArray[np.float32]
    rows: Labels
    labels: Labels
    fold: Labels
    sums: Sums

    @classmethod
    def of(
        cls, log_p: NDArray[np.floating], labels: Labels, fold: Labels, n_folds: int, low: Floats, high: Floats
    ) -> Self:
        """Look at all rows; `low`, `high`, shape (n_classes,), are the bounds of the biases."""
        (n_samples, n_classes), shape = log_p.shape, (n_folds, log_p.shape[1])
        low, high = low.astype(log_p.dtype), high.astype(log_p.dtype)
        lead, rivals, expected = np.empty(n_samples, np.int64), np.empty(n_samples, np.int64), np.zeros(shape)
        for rows in row_blocks(n_samples, n_classes):
            part = log_p[rows]
            sure = part + low
            lead[rows] = best = sure.argmax(axis=1)
            rivals[rows] = np.count_nonzero(part + high >= sure[np.arange(len(part)), best][:, None], axis=1)
            expected += (fold[rows] == np.arange(n_folds)[:, None]).astype(part.dtype) @ np.exp(part)
        settled, moves = np.flatnonzero(rivals <= 1), np.flatnonzero(rivals > 1)
        width = int(np.clip(rivals.max(initial=2), 2, min(n_classes, WIDEST)))
        choices = np.empty((len(moves), width), np.int32)
        for rows in row_blocks(len(moves), n_classes):
            choices[rows] = _nearest(log_p[moves[rows]] + high, lead[moves[rows]], width)
        values = log_p[moves[:, None], choices].astype(np.float32)
        every = np.repeat(np.arange(len(moves)), width)
        known = fold[settled], lead[settled], labels[settled], log_p[settled, lead[settled]]
        sums = Sums(_per_class(fold, labels, np.ones(n_samples), shape), *_settled_sums(*known, shape), expected)
        return cls(choices.ravel(), values.ravel(), every, labels[moves], fold[moves], sums).narrowed(low, high)

    def narrowed(self, low: NDArray[np.floating], high: NDArray[np.floating]) -> Self:
        """Drop the classes that narrower bounds keep from winning, and settle the rows that this leaves one class."""
        if not len(self.labels):
            return self
        starts = np.concatenate([[0], np.flatnonzero(self.rows[1:] != self.rows[:-1]) + 1])
        sure = np.maximum.reduceat(self.values + low.astype(np.float32).take(self.classes), starts)
        near = self.values + high.astype(np.float32).take(self.classes) >= sure.take(self.rows)
        many = np.add.reduceat(near, starts, dtype=np.int64) > 1
        often = many.take(self.rows)
        alone, kept, still = np.flatnonzero(near & ~often), np.flatnonzero(near & often), np.flatnonzero(many)
        settled = self.rows[alone]
        known = self.fold[settled], self.classes[alone], self.labels[settled], self.values[alone]
        right, mass = _settled_sums(*known, self.sums.support.shape)
        return type(self)(
            self.classes.take(kept),
            self.values.take(kept),
            (np.cumsum(many) - 1).take(self.rows.take(kept)),
            self.labels.take(still),
            self.fold.take(still),
            self.sums._replace(right=self.sums.right + right, mass=self.sums.mass + mass),
        )


@dataclass(frozen=True, eq=False)
class Game:
    """The open rows without each fold in turn and, last, all of them; gives the recalls that biases lead to.

    Rows are ordered by how many classes they have, the most first, and entries by their place in the row: the first
    of all rows, the second of those that have two, and so on, so that each place is one stretch of every array.

    classes, values, chances, rows, hits : class, log-probability, probability, row of an entry, and whether its class
    is the label of that row, shape (n_entries,); inside : whether the row of an entry belongs to a part, shape
    (n_parts, n_entries); heights : rows that have a class at each place; sums : of each part.
    """

    classes: NDArray[np.int32]
    values: NDArray[np.float32]
    chances: NDArray[np.float32]
    rows: Labels
    hits: NDArray[np.bool_]
    inside: NDArray[np.bool_]
    heights: tuple[int, ...]
    sums: Sums

    @classmethod
    def of(cls, field: Field) -> Self:
        """Order the entries of a field."""
        counts = np.bincount(field.rows, minlength=len(field.labels))
        place = np.empty(len(counts), np.int64)
        place[np.argsort(-counts, kind="stable")] = np.arange(len(counts))
        rank = np.arange(len(field.rows)) - (np.cumsum(counts) - counts)[field.rows]
        heights = np.bincount(rank)
        order = np.empty(len(rank), np.int64)
        order[(np.cumsum(heights) - heights)[rank] + place[field.rows]] = np.arange(len(rank))
        classes, values, rows = field.classes[order], field.values[order], field.rows[order]
        parts = np.arange(len(field.sums.support) + 1)[:, None]
        inside, hits = field.fold[rows] != parts, classes == field.labels[rows]
        sums = field.sums.without_each()
        return cls(classes, values, np.exp(values), rows, hits, inside, tuple(heights.tolist()), sums)

    def recall(self, bias: Floats) -> Floats:
        """Recall of each class by counts and by calibrated probabilities; bias and recall: (n_parts, n_classes)."""
        part, entry = np.divmod(self._winners(bias.astype(np.float32)), len(self.classes))
        cell = part * bias.shape[1] + self.classes.take(entry)
        right = np.bincount(cell, self.hits.take(entry), bias.size).reshape(bias.shape)
        mass = np.bincount(cell, self.chances.take(entry), bias.size).reshape(bias.shape)
        sums = self.sums
        expected = (sums.mass + mass) / np.maximum(sums.expected, 1e-9)
        return blended_recall(sums.right + right, sums.support, expected)

    def _winners(self, bias: NDArray[np.float32]) -> NDArray[np.intp]:
        """Numbers, in `inside` laid out flat, of the entries that are the highest of their rows; of a tie the first."""
        scores = bias.take(self.classes, axis=1)
        scores += self.values
        n_rows = max(self.heights, default=0)
        best = scores[:, :n_rows].copy()
        for at, height in self._places():
            np.maximum(best[:, :height], scores[:, at], out=best[:, :height])
        won = np.empty(scores.shape, bool)
        for at, height in self._places():
            np.equal(scores[:, at], best[:, :height], out=won[:, at])
        won &= self.inside
        found = np.flatnonzero(won)
        return found if len(found) == np.count_nonzero(self.inside[:, :n_rows]) else self._first(found)

    def _places(self) -> Iterator[tuple[slice, int]]:
        """Stretch of each place, and its number of rows."""
        return (
            (slice(end - height, end), height)
            for end, height in zip(accumulate(self.heights), self.heights, strict=True)
        )

    def _first(self, winners: NDArray[np.intp]) -> NDArray[np.intp]:
        """Of several winners of a row that of the lowest class."""
        part, entry = np.divmod(winners, len(self.classes))
        cell = part * len(self.classes) + self.rows[entry]
        order = np.lexsort((self.classes[entry], cell))
        return winners[order[np.unique(cell[order], return_index=True)[1]]]


def _nearest(raised: NDArray[np.floating], lead: Labels, width: int) -> NDArray[np.intp]:
    """Classes of each row that are highest under the largest biases, with `lead`; so ordered that a tie goes first."""
    raised[np.arange(len(lead)), lead] = np.inf
    return np.sort(np.argpartition(-raised, width - 1, axis=1)[:, :width], axis=1)


def _settled_sums(
    fold: Labels, classes: NDArray[np.integer], labels: Labels, values: NDArray[np.floating], shape: tuple[int, ...]
) -> tuple[Floats, Floats]:
    """Rows right, and probability of their class, of rows that no bias moves."""
    right = _per_class(fold, classes, (classes == labels).astype(float), shape)
    return right, _per_class(fold, classes, np.exp(values).astype(np.float64), shape)


def _per_class(fold: Labels, classes: NDArray[np.integer], weights: Floats, shape: tuple[int, ...]) -> Floats:
    """Sums of weights per fold and class."""
    return np.asarray(np.bincount(fold * shape[1] + classes, weights, shape[0] * shape[1]).reshape(shape))

"""Rows that a bias within reach could move, and recalls under a bias: what makes the search for biases cheap."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Self

import numpy as np

from classlift.fitting.tuning.smooth import blended_recall
from classlift.kernels import row_blocks

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Labels = NDArray[np.int64]

WIDEST = 16
"""Most classes of a row that are looked at."""


@dataclass(frozen=True, eq=False)
class Game:
    """Rows outside of a fold; gives the recalls that a bias leads to.

    right, mass : rows right, and probability of the chosen class, of the rows that no bias moves, per class.
    """

    choices: NDArray[np.int32]
    values: NDArray[np.float32]
    labels: Labels
    support: Floats
    right: Floats
    mass: Floats
    expected: Floats

    def recall(self, bias: Floats) -> Floats:
        """Recall of each class by counts and by calibrated probabilities, shape (n_classes,)."""
        n_classes = len(self.support)
        best = (self.values + bias.astype(np.float32).take(self.choices)).argmax(axis=1)
        at = best + np.arange(len(best)) * self.choices.shape[1]
        predicted = self.choices.ravel()[at]
        right = self.right + np.bincount(predicted[predicted == self.labels], minlength=n_classes)
        mass = self.mass + np.bincount(predicted, np.exp(self.values.ravel()[at]), n_classes)
        return blended_recall(right, self.support, mass / np.maximum(self.expected, 1e-9))


@dataclass(frozen=True, eq=False)
class Field:
    """Open rows with the classes that a bias could bring them to, and sums per fold and class over the settled ones.

    choices, values : classes and log-probabilities, shape (n_open, width);
    top, highest, labels, fold : shape (n_open,);
    support, right, mass, expected : shape (n_folds, n_classes).
    """

    choices: NDArray[np.int32]
    values: NDArray[np.float32]
    top: Labels
    highest: NDArray[np.float32]
    labels: Labels
    fold: Labels
    support: Floats
    right: Floats
    mass: Floats
    expected: Floats

    @classmethod
    def of(cls, log_p: NDArray[np.floating], labels: Labels, fold: Labels, n_folds: int, reach: Floats) -> Self:
        """Look at all rows; `reach`, shape (n_classes,), is the largest bias of each class above the lowest one."""
        (n_samples, n_classes), shape = log_p.shape, (n_folds, log_p.shape[1])
        reach = reach.astype(log_p.dtype)
        top, rivals, expected = np.empty(n_samples, np.int64), np.empty(n_samples, np.int64), np.zeros(shape)
        for rows in row_blocks(n_samples, n_classes):
            part = log_p[rows]
            top[rows] = part.argmax(axis=1)
            raised = part + reach >= part[np.arange(len(part)), top[rows]][:, None]
            rivals[rows] = np.count_nonzero(raised, axis=1)
            expected += (fold[rows] == np.arange(n_folds)[:, None]).astype(part.dtype) @ np.exp(part)
        highest = log_p[np.arange(n_samples), top]
        settled, moves = rivals <= 1, np.flatnonzero(rivals > 1)
        width = int(np.clip(rivals.max(initial=2), 2, min(n_classes, WIDEST)))
        choices = np.empty((len(moves), width), np.int32)
        for rows in row_blocks(len(moves), n_classes):
            choices[rows] = _nearest(log_p[moves[rows]] + reach, top[moves[rows]], width)
        right = (top == labels).astype(float)
        return cls(
            choices,
            log_p[moves[:, None], choices].astype(np.float32),
            top[moves],
            highest[moves].astype(np.float32),
            labels[moves],
            fold[moves],
            _per_class(fold, labels, np.ones(n_samples), shape),
            _per_class(fold[settled], top[settled], right[settled], shape),
            _per_class(fold[settled], top[settled], np.exp(highest[settled]), shape),
            expected,
        )

    def narrowed(self, reach: Floats) -> Self:
        """Settle the rows that a smaller reach does not touch; nothing is done for few of them."""
        raised = self.values + reach.astype(np.float32)[self.choices]
        raised[self.choices == self.top[:, None]] = -np.inf
        settled = raised.max(axis=1, initial=-np.inf) < self.highest
        return self if not len(settled) or settled.mean() < 0.1 else self._settled(settled)

    def without(self, fold: int | None) -> Game:
        """Rows outside of a fold; None: all rows."""
        keep = slice(None) if fold is None else self.fold != fold
        sums = [
            part.sum(axis=0) - (0 if fold is None else part[fold])
            for part in (self.support, self.right, self.mass, self.expected)
        ]
        return Game(self.choices[keep], self.values[keep], self.labels[keep], *sums)

    def _settled(self, rows: NDArray[np.bool_]) -> Self:
        fold, top, right, keep = self.fold[rows], self.top[rows], self.top[rows] == self.labels[rows], ~rows
        shape = self.support.shape
        return replace(
            self,
            choices=self.choices[keep],
            values=self.values[keep],
            top=self.top[keep],
            highest=self.highest[keep],
            labels=self.labels[keep],
            fold=self.fold[keep],
            right=self.right + _per_class(fold, top, right.astype(float), shape),
            mass=self.mass + _per_class(fold, top, np.exp(self.highest[rows]).astype(float), shape),
        )


def _nearest(raised: NDArray[np.floating], top: Labels, width: int) -> NDArray[np.intp]:
    """Classes of each row that are highest under the largest biases, with its own; so ordered that a tie goes first."""
    raised[np.arange(len(top)), top] = np.inf
    return np.sort(np.argpartition(-raised, width - 1, axis=1)[:, :width], axis=1)


def _per_class(fold: Labels, classes: Labels, weights: Floats, shape: tuple[int, ...]) -> Floats:
    """Sums of weights per fold and class."""
    return np.asarray(np.bincount(fold * shape[1] + classes, weights, shape[0] * shape[1]).reshape(shape))

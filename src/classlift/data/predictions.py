"""Predictions: one block of scores with what belongs to it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from classlift import kernels
from classlift.data.classes import check_unique
from classlift.data.kind import Kind, first_fault
from classlift.data.likely import likely_labels
from classlift.errors import ClassliftError

if TYPE_CHECKING:
    from numpy.typing import NDArray

UNLABELLED = -1


@dataclass(frozen=True, eq=False)
class Predictions:
    """One block of predictions; what exists is valid.

    Parameters
    ----------
    scores : ndarray of float32 or float64, shape (n_samples, n_classes)
        Probabilities, logits, or the scores that a layer's formula gave (only their order counts).
        May be a view of a buffer that the next block overwrites.
    kind : Kind
        What the scores are.
    classes : tuple of str, optional
        Class names in the order of the columns; their order is meaning.
    labels : ndarray of int64, shape (n_samples,), optional
        True classes, ``-1`` where a row is unlabelled.
    columns : mapping of str to ndarray of shape (n_samples,) or (n_samples, width)
        Ids and other columns, carried through in their order.
    source : str
        What messages call this block's origin, for example a file name.
    first_row : int
        Number of the block's first row in its origin, counted from 0, for messages.
    clusters : ndarray of uint64, shape (n_samples,), optional
        Which cluster each row belongs to, where rows come in clusters.
    as_given : mapping of str to ndarray
        These and the column of labels as it was read, in the order of the file; empty where that is not known.
    decided : ndarray of int64, shape (n_samples,), optional
        Classes that were predicted for the rows, where these are not the most probable ones: a layer decided by costs.

    Raises
    ------
    ClassliftError
        If a shape, a type, a row or a label is not what it must be. Messages name the first bad row.
    """

    scores: NDArray[np.floating]
    kind: Kind
    classes: tuple[str, ...] | None = None
    labels: NDArray[np.int64] | None = None
    columns: Mapping[str, NDArray] = field(default_factory=dict)
    source: str = "array"
    first_row: int = 0
    clusters: NDArray[np.uint64] | None = None
    as_given: Mapping[str, NDArray] = field(default_factory=dict)
    decided: NDArray[np.int64] | None = None

    def __post_init__(self) -> None:
        self._check_shapes()
        fault = first_fault(self.scores, self.kind)
        if fault is not None:
            raise ClassliftError(f"{self.source}, row {self.first_row + fault.row}", fault.problem, fix=fault.fix)
        if self.labels is not None:
            self._check_labels()

    @property
    def n_samples(self) -> int:
        """Number of rows in this block."""
        return len(self.scores)

    @property
    def n_classes(self) -> int:
        """Number of classes."""
        return int(self.scores.shape[1])

    @cached_property
    def predicted(self) -> NDArray[np.intp]:
        """Predicted class of each row, shape (n_samples,): the most probable one, or what was decided."""
        return self.most_probable if self.decided is None else self.decided

    @cached_property
    def most_probable(self) -> NDArray[np.intp]:
        """Most probable class of each row, shape (n_samples,); the first class where the maximum ties."""
        return kernels.first_maxima(self.scores)

    @cached_property
    def probabilities(self) -> NDArray[np.floating]:
        """Probabilities, shape (n_samples, n_classes): as stored, or the float64 softmax of logits."""
        if self.kind is Kind.SCORES:
            raise ClassliftError(
                self.source,
                "holds scores that are neither probabilities nor logits",
                fix="give the probabilities or the logits of the model, not the scores of a layer.",
            )
        return kernels.softmax(self.scores) if self.kind is Kind.LOGITS else self.scores

    @cached_property
    def maximum(self) -> NDArray[np.float64]:
        """Largest probability of each row, widened to float64, shape (n_samples,)."""
        top = self.probabilities[np.arange(self.n_samples), self.most_probable]
        return top.astype(np.float64)

    def take(self, rows: NDArray[np.intp]) -> Predictions:
        """Give the rows at these positions, copied; rows of a valid block need no check."""
        part = object.__new__(Predictions)
        part.__dict__.update(
            scores=self.scores[rows],
            kind=self.kind,
            classes=self.classes,
            labels=None if self.labels is None else self.labels[rows],
            columns={name: column[rows] for name, column in self.columns.items()},
            source=self.source,
            first_row=self.first_row,
            clusters=None if self.clusters is None else self.clusters[rows],
            as_given={name: column[rows] for name, column in self.as_given.items()},
            decided=None if self.decided is None else self.decided[rows],
        )
        return part

    def parts(self) -> Iterator[Predictions]:
        """Cut into rows that stay in the cache of a core through many passes, but no fewer than there are classes."""
        rows = np.arange(self.n_samples)
        return (self.take(rows[part]) for part in kernels.row_blocks(len(rows), self.n_classes, self.n_classes))

    def true_probability(self) -> NDArray[np.float64]:
        """Probability of each row's label, widened to float64, shape (n_samples,); NaN where unlabelled."""
        labels = require_labels(self)
        known = labels >= 0
        out = np.full(self.n_samples, np.nan)
        out[known] = self.probabilities[np.flatnonzero(known), labels[known]]
        return out

    def _check_shapes(self) -> None:
        shape = self.scores.shape
        if self.scores.ndim != 2 or shape[1] < 2:
            raise ClassliftError(
                self.source,
                f"scores have shape {shape}, expected (n_samples, n_classes) with at least 2 classes",
                fix="save one column per class; for a binary model save both 1 - p and p.",
            )
        if self.scores.dtype not in (np.float32, np.float64):
            raise ClassliftError(
                self.source,
                f"scores are {self.scores.dtype}, expected float16, float32 or float64",
                fix="save the probabilities or logits as floating-point numbers.",
            )
        if self.classes is not None and len(self.classes) != shape[1]:
            raise ClassliftError(
                self.source,
                f"{len(self.classes)} class names for {shape[1]} columns of scores",
                fix="give one class name per column, in the order of the columns.",
            )
        check_unique(self.classes, self.source)

    def _check_labels(self) -> None:
        assert self.labels is not None
        if self.labels.shape != (self.n_samples,):
            raise ClassliftError(
                self.source,
                f"labels have shape {self.labels.shape} for {self.n_samples} rows of scores",
                fix="save one label per row of scores.",
            )
        good = (self.labels >= UNLABELLED) & (self.labels < self.n_classes)
        if not good.all():
            row = int(np.flatnonzero(~good)[0])
            raise ClassliftError(
                f"{self.source}, row {self.first_row + row}",
                f"label {self.labels[row]} is not in 0..{self.n_classes - 1}",
                fix="number the classes from 0 in the order of the columns, or name the value that "
                "means unlabelled with --ignore-label.",
            )


def require_labels(block: Predictions) -> NDArray[np.int64]:
    """Labels of `block`, or an error that tells how to give them."""
    if block.labels is None:
        raise ClassliftError(
            block.source,
            f"has no labels, and this needs them{_beside(block)}",
            fix=f"name the array or column with --labels-key{likely_labels(block)}, "
            "or the file that holds them with --labels.",
        )
    return block.labels


def _beside(block: Predictions) -> str:
    """What else has one value per row, and could be the labels."""
    names = [name for name, column in block.columns.items() if column.ndim == 1]
    return f"; besides the scores it holds {', '.join(names[:8])}" if names else ""

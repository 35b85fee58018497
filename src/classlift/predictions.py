"""Predictions: one block of scores with what belongs to it, and the protocol of what can be read in blocks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING, Protocol

import numpy as np

from classlift import kernels
from classlift.errors import ClassliftError

if TYPE_CHECKING:
    from numpy.typing import NDArray

UNLABELLED = -1
ROW_SUM_TOLERANCE = 1e-3


class Kind(StrEnum):
    """What the scores of a file are."""

    PROBABILITIES = "probabilities"
    LOGITS = "logits"
    SCORES = "scores"


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
        """Predicted class of each row, shape (n_samples,); the first class where the maximum ties."""
        return np.asarray(self.scores.argmax(axis=1))

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
        top = self.probabilities[np.arange(self.n_samples), self.predicted]
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
        )
        return part

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


class PredictionSource(Protocol):
    """A file, folder, array or table that can be read again and again in blocks of bounded size."""

    @property
    def name(self) -> str:
        """What messages call it."""

    @property
    def kind(self) -> Kind:
        """What its scores are."""

    @property
    def n_classes(self) -> int:
        """Number of classes."""

    @property
    def classes(self) -> tuple[str, ...] | None:
        """Class names in the order of the columns, or None where the file has none."""

    @property
    def has_labels(self) -> bool:
        """Whether its blocks carry labels."""

    @property
    def n_samples(self) -> int | None:
        """Number of rows, or None where it is known only after reading."""

    @property
    def notes(self) -> tuple[str, ...]:
        """What a user should know of how it was read (complete after a whole pass)."""

    def blocks(self) -> Iterator[Predictions]:
        """Yield the rows in order; a block is valid until the next one is asked for."""


@dataclass(frozen=True)
class SourceView:
    """A source seen through another: everything but `blocks` is what the source says.

    Parameters
    ----------
    source : PredictionSource
        The source behind it.
    """

    source: PredictionSource

    @property
    def name(self) -> str:
        """What messages call it."""
        return self.source.name

    @property
    def kind(self) -> Kind:
        """What its scores are."""
        return self.source.kind

    @property
    def n_classes(self) -> int:
        """Number of classes."""
        return self.source.n_classes

    @property
    def classes(self) -> tuple[str, ...] | None:
        """Class names, or None."""
        return self.source.classes

    @property
    def has_labels(self) -> bool:
        """Whether its blocks carry labels."""
        return self.source.has_labels

    @property
    def n_samples(self) -> int | None:
        """Number of rows, where it is known."""
        return self.source.n_samples

    @property
    def notes(self) -> tuple[str, ...]:
        """What a user should know of how it was read."""
        return self.source.notes


@dataclass(frozen=True)
class RowFault:
    """The first bad row of a block: its number, what was found, and the mend."""

    row: int
    problem: str
    fix: str


def first_fault(scores: NDArray[np.floating], kind: Kind) -> RowFault | None:
    """Find the first row of `scores` that breaks the rules of its `kind`, or None.

    Probabilities are finite, not negative, and sum to 1 within 0.001; logits and scores are finite.
    """
    bad = bad_rows(scores, kind)
    if bad is None:
        return None
    row = int(np.flatnonzero(bad)[0])
    values = scores[row].astype(np.float64)
    if not np.isfinite(values).all():
        column = int(np.flatnonzero(~np.isfinite(values))[0])
        return RowFault(
            row,
            f"class {column} has the value {values[column]}, expected a finite number",
            "find out why the model gave it, or leave such rows out with --bad-rows drop.",
        )
    if values.min() < 0:
        column = int(values.argmin())
        return RowFault(
            row,
            f"class {column} has the probability {values[column]:.6g}, expected none below 0",
            "pass --logits if these are logits, or leave such rows out with --bad-rows drop.",
        )
    return RowFault(
        row,
        f"probabilities sum to {values.sum():.6g}, expected 1 within {ROW_SUM_TOLERANCE}",
        "pass --logits if these are logits, or use --bad-rows normalize (or drop).",
    )


def bad_rows(scores: NDArray[np.floating], kind: Kind) -> NDArray[np.bool_] | None:
    """Mark the rows that break the rules of their kind, shape (n_samples,), or None when all hold."""
    if scores.size == 0:
        return None
    with np.errstate(invalid="ignore", over="ignore"):
        sums = np.einsum("ij->i", scores)  # a product would wake the threads of BLAS for nothing
    if kind is not Kind.PROBABILITIES:
        if np.isfinite(sums).all():
            return None
        bad = ~np.isfinite(scores).all(axis=1)
        return bad if bad.any() else None
    sure = 0.9 * ROW_SUM_TOLERANCE  # a float32 sum of 20,000 terms is right within 1e-5
    if scores.min() >= 0 and (np.abs(sums - 1) <= sure).all():
        return None
    with np.errstate(invalid="ignore"):
        exact = scores.sum(axis=1, dtype=np.float64)
        good = (scores >= 0).all(axis=1) & (np.abs(exact - 1) <= ROW_SUM_TOLERANCE)
    return None if good.all() else ~good


def check_unique(classes: tuple[str, ...] | None, source: str) -> None:
    """Refuse a list of class names in which one occurs twice."""
    if classes is None or len(set(classes)) == len(classes):
        return
    twice = next(name for i, name in enumerate(classes) if name in classes[:i])
    raise ClassliftError(
        source,
        f"the class name {twice!r} occurs more than once",
        fix="give every class a name of its own.",
    )


def require_labels(block: Predictions) -> NDArray[np.int64]:
    """Labels of `block`, or an error that tells how to give them."""
    if block.labels is None:
        raise ClassliftError(
            block.source,
            "has no labels, and this needs them",
            fix="name the array or column with --labels-key, or the file that holds them with --labels.",
        )
    return block.labels


def class_names(classes: tuple[str, ...] | None, n_classes: int) -> tuple[str, ...]:
    """Names to show: the file's own, or the class numbers."""
    return classes if classes is not None else tuple(str(k) for k in range(n_classes))


def check_same_classes(
    a: tuple[str, ...] | None, b: tuple[str, ...] | None, n_a: int, n_b: int, *, where: str, other: str
) -> None:
    """Refuse two class lists that differ; a list without names fits any of its length."""
    if n_a != n_b:
        raise ClassliftError(
            where, f"has {n_a} classes, {other} has {n_b}", fix="use files and a layer of the same model."
        )
    if a is None or b is None or a == b:
        return
    k = next(i for i in range(n_a) if a[i] != b[i])
    order = " (the same names in another order)" if sorted(a) == sorted(b) else ""
    raise ClassliftError(
        where,
        f"class {k} is {a[k]!r}, in {other} it is {b[k]!r}{order}",
        fix="use files and a layer with the same classes in the same order.",
    )

"""Class weights for the loss of the next training run."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from classlift.data.classes import class_names
from classlift.data.counts import ClassCounts
from classlift.data.notebook import Shown, frame_of
from classlift.data.predictions import require_labels
from classlift.data.reading import Reading, reading_of
from classlift.errors import ClassliftError
from classlift.evaluation.evaluate import require_rows

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from classlift.data.source import PredictionSource

    Floats = NDArray[np.float64]

BETA = {"accuracy": 1.0, "effective-number": 0.999}
"""Schemes that have a beta, with its default."""


@dataclass(frozen=True, eq=False, repr=False)
class ClassWeights(Shown):
    """A weight for each class, their mean 1.

    Parameters
    ----------
    name : str
        Where the counts come from.
    scheme : str
        How they were weighted.
    beta : float, optional
        Setting of the scheme, where it has one.
    classes : tuple of str
        Class names to show.
    support : ndarray of int64, shape (n_classes,)
        Rows of each class that the weights are made from.
    accuracy : ndarray of float64, shape (n_classes,)
        Class accuracies on the file.
    weights : ndarray of float64, shape (n_classes,)
        The weights.
    notes : tuple of str
        What a user should know.
    reading : Reading, optional
        What was taken for what.
    """

    name: str
    scheme: str
    beta: float | None
    classes: tuple[str, ...]
    support: NDArray[np.int64]
    accuracy: Floats
    weights: Floats
    notes: tuple[str, ...]
    reading: Reading | None = None

    def to_frame(self) -> pd.DataFrame:
        """One row per class, in class order: its rows, its recall on the file, and its weight."""
        columns = {"support": self.support, "recall": self.accuracy, "weight": self.weights}
        return frame_of(columns, self.classes)

    def to_dict(self) -> dict[str, float]:
        """Weight of each class by its name."""
        return dict(zip(self.classes, self.weights.tolist(), strict=True))

    def _lines(self) -> tuple[str, str]:
        least, most = self.weights.min(), self.weights.max()
        head = f"ClassWeights of {self.name}: {self.scheme}, {len(self.classes):,} classes"
        return head, f"from {least:.3g} to {most:.3g}, their mean 1"

    def _frame(self) -> pd.DataFrame:
        return self.to_frame()


def weigh(
    source: PredictionSource,
    *,
    scheme: str = "balanced",
    beta: float | None = None,
    accuracy_floor: float = 0.1,
    counts: Sequence[float] | None = None,
) -> ClassWeights:
    """Weigh the classes of labelled predictions.

    Parameters
    ----------
    source : PredictionSource
        Labelled validation predictions.
    scheme : {'balanced', 'accuracy', 'effective-number'}
        ``1 / n_k``; ``max(Acc_k, floor)^-beta``; ``(1 - beta) / (1 - beta^n_k)``.
    beta : float, optional
        Setting of the last two; see `BETA`.
    accuracy_floor : float
        Lowest recall that is believed.
    counts : sequence of float, optional
        Rows of each class in the training set; the rows of the file where left out.

    Returns
    -------
    ClassWeights
        A class without a row gets the weight 1, with a note.

    Raises
    ------
    ClassliftError
        If a setting is out of its range, or there is no labelled row.

    Notes
    -----
    Source: effective number: Cui et al. (2019), Class-Balanced Loss Based on Effective Number of Samples, CVPR,
    Eq. 2; accuracy: Choi (2017), Eq. 9.
    """
    used = _beta(scheme, beta)
    found = ClassCounts.zeros(source.n_classes)
    for block in source.blocks():
        found += ClassCounts.of(require_labels(block), block.predicted, source.n_classes)
    require_rows(source.name, found)
    support = found.support if counts is None else _training_counts(counts, source.n_classes)
    accuracy = np.maximum(found.recall, accuracy_floor)
    if scheme == "accuracy" and not np.nanmin(accuracy) > 0:
        raise ClassliftError(
            "--accuracy-floor", "is 0, and a class has the accuracy 0", fix="give a floor above 0, such as 0.1."
        )
    raw = SCHEMES[scheme](support.astype(np.float64), accuracy, 0.0 if used is None else used)
    names = class_names(source.classes, source.n_classes)
    known = np.isfinite(raw)
    notes = tuple(f"class {names[k]} has no rows: its weight is 1" for k in np.flatnonzero(~known).tolist())
    weights = np.where(known, raw / raw[known].mean(), 1.0)
    notes = (*source.notes, *notes)
    return ClassWeights(source.name, scheme, used, names, support, found.recall, weights, notes, reading_of(source))


def _balanced(support: Floats, accuracy: Floats, beta: float) -> Floats:
    del accuracy, beta
    with np.errstate(divide="ignore"):
        return 1 / support


def _accuracy(support: Floats, accuracy: Floats, beta: float) -> Floats:
    del support
    return np.asarray(accuracy**-beta)


def _effective_number(support: Floats, accuracy: Floats, beta: float) -> Floats:
    del accuracy
    with np.errstate(divide="ignore"):
        return np.asarray((1 - beta) / -np.expm1(support * np.log(beta)))


SCHEMES: dict[str, Callable[[Floats, Floats, float], Floats]] = {
    "balanced": _balanced,
    "accuracy": _accuracy,
    "effective-number": _effective_number,
}


def _beta(scheme: str, beta: float | None) -> float | None:
    """Check the setting of a scheme, or give its default."""
    if beta is None:
        return BETA.get(scheme)
    if scheme not in BETA:
        raise ClassliftError("--beta", f"is not a setting of {scheme}", fix=f"choose --scheme {' or '.join(BETA)}.")
    top = 1.0 if scheme == "effective-number" else 100.0
    if not (0 < beta < top):
        raise ClassliftError(
            "--beta",
            f"is {beta:g}, expected a number above 0 and below {top:g}",
            fix=f"leave it at {BETA[scheme]:g}.",
        )
    return beta


def _training_counts(counts: Sequence[float], n_classes: int) -> NDArray[np.int64]:
    values = np.asarray(counts, np.float64)
    if (
        values.shape != (n_classes,)
        or not (np.isfinite(values) & (values >= 0) & (values <= 2**53) & (values == np.floor(values))).all()
    ):
        raise ClassliftError(
            "--counts", f"are not {n_classes} whole numbers of rows", fix="give one for each class, in class order."
        )
    if not values.any():
        raise ClassliftError("--counts", "are all 0", fix="give the rows of each class in the training set.")
    return values.astype(np.int64)

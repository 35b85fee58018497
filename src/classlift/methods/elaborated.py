"""elaborated: weighted least squares over the competitive rows, applied to unsure rows [Choi 2017, Eq. 12]."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from classlift.errors import ClassliftError
from classlift.methods import least_squares
from classlift.methods.base import Fitted, FoldFits, Method, Settings, number
from classlift.predictions import require_labels
from classlift.statistics import MomentSum

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from classlift.folds import Folds
    from classlift.predictions import Predictions
    from classlift.sources import PredictionSource
    from classlift.statistics import ClassCounts, Moments


@dataclass(frozen=True)
class ElaboratedSettings(Settings):
    """The paper's four numbers, with its defaults, and the accuracy floor."""

    rlow: float = number(0.1, "competitive rows give their label more than this probability", high=1)
    rhigh: float = number(0.8, "competitive and lifted rows have a largest probability below this", high=2)
    alpha: float = number(3.0, "stabiliser: size of the padding rows", high=1e6)
    beta: float = number(1.5, "class weights are accuracy^-beta", high=20)
    accuracy_floor: float = number(0.1, "class weights use at least this accuracy", high=1)


def fit(source: PredictionSource, counts: ClassCounts, settings: ElaboratedSettings) -> Fitted:
    """Fit the elaborated layer.

    Parameters
    ----------
    source : PredictionSource
        Labelled probabilities or logits.
    counts : ClassCounts
        Raw counts of the same rows; class accuracies over all of them make the weights.
    settings : ElaboratedSettings
        Rlow, Rhigh, alpha, beta and the accuracy floor.

    Returns
    -------
    Fitted
        One full step of domain probability, gated by Rhigh; the identity where no row is competitive.

    Raises
    ------
    ClassliftError
        If a class has accuracy 0 and the accuracy floor is 0.
    """
    sums = MomentSum(class_weights(counts.accuracy, settings) ** 2)
    for block in source.blocks():
        sums.add(block, np.flatnonzero(competitive(block, settings.rlow, settings.rhigh)))
    return _solve(sums.total(), settings)


def fit_folds(folds: Folds, counts: ClassCounts, settings: ElaboratedSettings) -> FoldFits:
    """Fit as `fit` on all rows and on those outside of each fold, in one pass; weights come from the fitted rows."""
    left_out = []
    for fold in range(folds.n_folds):
        with folds.outside(fold):
            left_out.append(class_weights(folds.training_counts(fold).accuracy, settings) ** 2)
    sums = MomentSum(class_weights(counts.accuracy, settings) ** 2, left_out)
    for block, fold_of_row in folds.blocks():
        sums.add(block, np.flatnonzero(competitive(block, settings.rlow, settings.rhigh)), fold_of_row)
    return FoldFits(_solve(sums.total(), settings), [_solve(part, settings).steps for part in sums.training()])


def _solve(moments: Moments, settings: ElaboratedSettings) -> Fitted:
    fitted = least_squares.solve(moments, settings.alpha, settings.rhigh)
    return fitted if moments.rows.any() else replace(fitted, steps=(), notes=(_NO_ROWS,))


def competitive(block: Predictions, rlow: float, rhigh: float) -> NDArray[np.bool_]:
    """Mark competitive rows, shape (n_samples,): p[label] > rlow and max(p) < rhigh, both strict, in float64."""
    require_labels(block)
    with np.errstate(invalid="ignore"):
        return np.asarray((block.true_probability() > rlow) & (block.maximum < rhigh))


def class_weights(accuracy: NDArray[np.float64], settings: ElaboratedSettings) -> NDArray[np.float64]:
    """Class weights ``max(Acc_k, floor)^-beta``, shape (n_classes,); 1 for a class without samples."""
    if settings.accuracy_floor == 0 and settings.beta > 0 and (accuracy == 0).any():
        raise ClassliftError(
            "--accuracy-floor",
            f"is 0, and class {int(np.flatnonzero(accuracy == 0)[0])} has accuracy 0: its weight would be infinite",
            fix="pass an --accuracy-floor above 0, for example the default 0.1.",
        )
    floored = np.maximum(np.where(np.isnan(accuracy), 1.0, accuracy), settings.accuracy_floor)
    return np.asarray(floored**-settings.beta)


_NO_ROWS = "no row is competitive (label probability above rlow, largest below rhigh): the layer is the identity"

METHOD = Method(
    ElaboratedSettings,
    fit,
    "weighted least squares over the competitive rows, for unsure rows alone; the paper's layer",
    "Choi 2017, Eq. 12",
    fit_folds=fit_folds,
)

"""elaborated: weighted least squares over the competitive rows, applied to unsure rows [Choi 2017, Eq. 12]."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from classlift.data.predictions import require_labels
from classlift.errors import ClassliftError
from classlift.methods.base import Additive, Fitted, Method, Settings, number
from classlift.methods.shared import least_squares

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from classlift.data.counts import ClassCounts
    from classlift.data.moments import Moments
    from classlift.data.predictions import Predictions
    from classlift.data.source import PredictionSource


@dataclass(frozen=True)
class ElaboratedSettings(Settings):
    """The paper's four numbers, with its defaults, and the accuracy floor."""

    rlow: float = number(0.1, "competitive rows give their label more than this probability", high=1)
    rhigh: float = number(0.8, "competitive and adjusted rows have a largest probability below this", high=2)
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
        Raw counts of the same rows; recalls over all of them make the weights.
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
    return solve(least_squares.moments_of(source, counts, settings, ADDITIVE), settings)


def solve(moments: Moments, settings: ElaboratedSettings) -> Fitted:
    """Give the layer of these sums; the identity where they are of no row."""
    fitted = least_squares.solve(moments, settings.alpha, settings.rhigh)
    return fitted if moments.rows.any() else replace(fitted, steps=(), notes=(_NO_ROWS,))


def _squared_weights(counts: ClassCounts, settings: ElaboratedSettings) -> NDArray[np.float64]:
    return class_weights(counts.recall, settings) ** 2


def _rows(block: Predictions, settings: ElaboratedSettings) -> NDArray[np.intp]:
    return np.flatnonzero(competitive(block, settings.rlow, settings.rhigh))


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

ADDITIVE = Additive(_rows, _squared_weights, solve, lambda settings: bool(settings.beta), at_solve=("alpha",))

METHOD = Method(
    ElaboratedSettings,
    fit,
    "weighted least squares over the competitive rows, for unsure rows only; the paper's layer",
    "Choi 2017, Eq. 12",
    additive=ADDITIVE,
)

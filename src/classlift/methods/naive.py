"""naive: plain least squares over all rows, applied to every row [Choi 2017, Eq. 6]."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from classlift.data.predictions import require_labels
from classlift.methods.base import Additive, Fitted, Method, Settings
from classlift.methods.shared import least_squares

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from classlift.data.counts import ClassCounts
    from classlift.data.moments import Moments
    from classlift.data.predictions import Predictions
    from classlift.data.source import PredictionSource


@dataclass(frozen=True)
class NaiveSettings(Settings):
    """The naive layer has no settings."""


def fit(source: PredictionSource, counts: ClassCounts, settings: NaiveSettings) -> Fitted:
    """Fit ``H = T P̄^T (P̄ P̄^T)^+`` over all labelled rows [Choi 2017, Eq. 6]; always singular, never regularised."""
    return _solve(least_squares.moments_of(source, counts, settings, ADDITIVE), settings)


def _solve(moments: Moments, settings: NaiveSettings) -> Fitted:
    del settings
    return least_squares.solve(moments, None, None)


def _squared_weights(counts: ClassCounts, settings: NaiveSettings) -> NDArray[np.float64]:
    del settings
    return np.ones(counts.n_classes)


def _rows(block: Predictions, settings: NaiveSettings) -> NDArray[np.intp]:
    del settings
    return np.flatnonzero(require_labels(block) >= 0)


ADDITIVE = Additive(_rows, _squared_weights, _solve, lambda settings: False)

METHOD = Method(
    NaiveSettings, fit, "least squares over all rows; the paper's baseline", "Choi 2017, Eq. 6", additive=ADDITIVE
)

"""naive: plain least squares over all rows, applied to every row [Choi 2017, Eq. 6]."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from classlift.methods import least_squares
from classlift.methods.base import Fitted, Method, Settings
from classlift.predictions import require_labels
from classlift.statistics import MomentSum

if TYPE_CHECKING:
    from classlift.sources import PredictionSource
    from classlift.statistics import ClassCounts


@dataclass(frozen=True)
class NaiveSettings(Settings):
    """The naive layer has no settings."""


def fit(source: PredictionSource, counts: ClassCounts, settings: NaiveSettings) -> Fitted:
    """Fit ``H = T P̄^T (P̄ P̄^T)^+`` over all labelled rows [Choi 2017, Eq. 6]; always singular, never regularised."""
    del settings
    sums = MomentSum(np.ones(counts.n_classes))
    for block in source.blocks():
        sums.add(block, np.flatnonzero(require_labels(block) >= 0))
    return least_squares.solve(sums.total(), None, None)


METHOD = Method(NaiveSettings, fit, "least squares over all rows; the paper's baseline", "Choi 2017, Eq. 6")

"""naive: plain least squares over all rows, applied to every row [Choi 2017, Eq. 6]."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from classlift.methods import least_squares
from classlift.methods.base import Fitted, FoldFits, Method, Settings
from classlift.predictions import require_labels
from classlift.statistics import MomentSum

if TYPE_CHECKING:
    from classlift.folds import Folds
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


def fit_folds(folds: Folds, counts: ClassCounts, settings: NaiveSettings) -> FoldFits:
    """Fit as `fit` on all rows and on those outside of each fold, in one pass."""
    del settings
    ones = np.ones(counts.n_classes)
    sums = MomentSum(ones, [ones] * folds.n_folds)
    for block, fold_of_row in folds.blocks():
        sums.add(block, np.flatnonzero(require_labels(block) >= 0), fold_of_row)
    parts = [least_squares.solve(part, None, None).steps for part in sums.training()]
    return FoldFits(least_squares.solve(sums.total(), None, None), parts)


METHOD = Method(
    NaiveSettings,
    fit,
    "least squares over all rows; the paper's baseline",
    "Choi 2017, Eq. 6",
    fit_folds=fit_folds,
)

"""Figures of the surest rows: what is right where the others are left to people."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from classlift.data import metrics
from classlift.errors import ClassliftError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from classlift.evaluation.result import Evaluation

SHARES = (1.0, 0.95, 0.9, 0.8, 0.5)
"""Shares of the rows, surest first, that are shown."""


class Covered(NamedTuple):
    """Figures of the surest rows.

    share : which share of all labelled rows was asked for; n_samples : rows, also those that are as sure as the last;
    abstain_below : their least confidence, below which `apply` may abstain; total, low20 : of these rows;
    n_classes : classes with rows among them, of which the lowest are.
    """

    share: float
    n_samples: int
    abstain_below: float
    total: float
    low20: float
    n_classes: int


def covered(result: Evaluation, shares: Sequence[float] = SHARES) -> list[Covered]:
    """Figures of the surest rows of a result, for each share of its rows.

    Raises
    ------
    ClassliftError
        If it was not evaluated with ``coverage``, or a share is not above 0 and at most 1.
    """
    if result.details.confidences is None:
        raise ClassliftError("coverage", "was not asked for", fix="evaluate with coverage=True.")
    if not all(0 < share <= 1 for share in shares):
        raise ClassliftError("shares", "are not all above 0 and at most 1", fix="pass shares such as [1, 0.9, 0.5].")
    support, weights = result.counts.support, None
    if result.weighted is not None:
        weights = np.divide(result.weighted.support, support, out=np.zeros(len(support)), where=support > 0)
    return [
        Covered(
            share,
            cut.counts.n_samples,
            cut.least,
            cut.total,
            float(metrics.lowest(cut.counts, result.low_fraction)),
            int((cut.counts.support > 0).sum()),
        )
        for share, cut in zip(shares, result.details.confidences.cut(shares, weights), strict=True)
    ]

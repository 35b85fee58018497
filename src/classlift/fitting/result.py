"""A fitted layer, what is known of it, and how it shows itself."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np

from classlift.data.notebook import Moved, Shown
from classlift.errors import ClassliftError

if TYPE_CHECKING:
    import pandas as pd

    from classlift.data.counts import ClassCounts
    from classlift.data.reading import Reading
    from classlift.evaluation.comparison import Comparison
    from classlift.layer.layer import OutputLayer
    from classlift.methods import Fitted, Settings


class EffectKind(StrEnum):
    """Which effect on the validation file `fit` finds out."""

    NONE = "none"
    IN_SAMPLE = "in-sample"
    OUT_OF_FOLD = "out-of-fold"


HARMFUL_TOTAL = 0.001
"""A fall of total accuracy beyond this is worth a warning (0.1 points)."""

HARMFUL_LOW = 0.005
"""A fall of the lowest classes beyond this is worth a warning (0.5 points)."""


@dataclass(frozen=True, eq=False, repr=False)
class FitResult(Shown):
    """A fitted layer and what is known of it.

    Parameters
    ----------
    layer : OutputLayer
        The layer, with its provenance.
    settings : Settings
        The method's settings.
    fitted : Fitted
        Diagnosis of the fit.
    counts : ClassCounts
        Raw counts of the validation rows.
    classes : tuple of str
        Class names to show.
    in_sample, out_of_fold : Comparison or None
        Effect on the rows that it was fitted on; effect of layers that were fitted without the evaluated rows.
    notes : tuple of str
        What a user should know.
    reading : Reading, optional
        What was taken for what.
    """

    layer: OutputLayer
    settings: Settings
    fitted: Fitted
    counts: ClassCounts
    classes: tuple[str, ...]
    in_sample: Comparison | None
    out_of_fold: Comparison | None
    notes: tuple[str, ...]
    reading: Reading | None = None

    @property
    def effect(self) -> Comparison | None:
        """The more honest of the effects that were found out."""
        return self.out_of_fold or self.in_sample

    @property
    def total(self) -> Moved | None:
        """Total accuracy before and after, of that effect."""
        return None if self.effect is None else self.effect.total

    @property
    def low20(self) -> Moved | None:
        """Mean recall of the lowest classes before and after, of that effect."""
        return None if self.effect is None else self.effect.low20

    def to_frame(self) -> pd.DataFrame:
        """One row per class of that effect; see `Comparison.to_frame`."""
        return _known(self.effect).to_frame()

    def to_dict(self) -> dict[str, float]:
        """Every figure of that effect; see `Comparison.to_dict`."""
        return _known(self.effect).to_dict()

    def _lines(self) -> tuple[str, str]:
        kind = EffectKind.OUT_OF_FOLD if self.out_of_fold else EffectKind.IN_SAMPLE
        head = f"FitResult: {self.layer.method}, {len(self.classes):,} classes"
        return head, "effect not known" if self.effect is None else f"{kind}: {self.effect._lines()[1]}"

    def _frame(self) -> pd.DataFrame | None:
        return None if self.effect is None else self.effect.to_frame()

    @property
    def harm(self) -> str | None:
        """What the layer would do to total accuracy or to the lowest classes that nobody wants, if anything."""
        if self.effect is None:
            return None
        where, cost = "out of fold" if self.out_of_fold else "in-sample", self.effect.change("cost")
        if not np.isnan(cost):
            told = f"this layer changes the mean cost of a row by {cost:+z.4g} on the validation file ({where})"
            return told if cost > 0 else None
        total, low = self.effect.change("total"), self.effect.change("low20")
        if total >= -HARMFUL_TOTAL and low >= -HARMFUL_LOW:
            return None
        return (
            f"this layer changes total accuracy by {total * 100:+z.2f} points and the lowest classes (low20) by "
            f"{low * 100:+z.2f} on the validation file ({where})"
        )


def _known(effect: Comparison | None) -> Comparison:
    if effect is None:
        problem = "no effect was asked for, or no row is labelled"
        raise ClassliftError("fit", problem, fix="fit labelled rows with effect='out-of-fold'.")
    return effect

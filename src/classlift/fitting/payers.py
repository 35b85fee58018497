"""Classes that pay for the lowest ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from classlift.evaluation.comparison import Comparison

MUCH = 0.05
"""A class that was not among the lowest is named where its recall falls by more (5 points)."""

NAMED = 3

PAYING = "others pay"
"""What a note of such classes begins with; it is a warning."""


def payers(effect: Comparison) -> tuple[str, ...]:
    """Name the classes outside of the lowest whose recall falls by more than 5 points; nothing where there are none."""
    before, after = effect.counts.before, effect.counts.after
    with np.errstate(invalid="ignore"):
        change = after.recall - before.recall
        low = np.isin(np.arange(len(change)), effect.before.lowest_classes)
        paying = np.flatnonzero((change < -MUCH) & ~low)
    if not len(paying):
        return ()
    order = paying[np.argsort(change[paying], kind="stable")]
    names = ", ".join(f"{effect.classes[k]} {100 * change[k]:+z.1f}pp" for k in order[:NAMED])
    more = f" and {len(order) - NAMED} more" if len(order) > NAMED else ""
    return (f"{PAYING}: out of fold recall falls by more than 5pp outside of the lowest classes ({names}{more})",)

"""What layers do to labelled rows: to those a layer was fitted on, and to those it was fitted without."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import numpy as np

from classlift.data.counts import PairedCounts
from classlift.data.predictions import Predictions, require_labels

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from classlift.data.adjusted import Layer


@dataclass(frozen=True, eq=False)
class Effect:
    """Rows raw against adjusted; adds up over blocks and pieces.

    Parameters
    ----------
    counts : PairedCounts
        Counts of both.
    n_adjusted : int
        Rows that the gate let through.
    """

    counts: PairedCounts
    n_adjusted: int

    @classmethod
    def zeros(cls, n_classes: int) -> Self:
        """Effect on no rows."""
        return cls(PairedCounts.zeros(n_classes), 0)

    @classmethod
    def of(cls, block: Predictions, layer: Layer) -> Self:
        """Effect of a layer on the rows of a block."""
        result = layer.apply(block)
        labels = require_labels(block)
        counts = PairedCounts.of(labels, block.predicted, result.predicted, block.n_classes)
        return cls(counts, int(result.adjusted.sum()))

    def __add__(self, other: Self) -> Self:
        return type(self)(self.counts + other.counts, self.n_adjusted + other.n_adjusted)


def left_out_effect(block: Predictions, fold_of_row: NDArray[np.int8], layers: Sequence[Layer]) -> Effect:
    """Effect on the rows of a block, each adjusted by the layer that was fitted without its fold."""
    parts = (block.take(np.flatnonzero(fold_of_row == fold)) for fold in range(len(layers)))
    found = (Effect.of(part, layer) for part, layer in zip(parts, layers, strict=True))
    return sum(found, Effect.zeros(block.n_classes))

"""What is added up of one result besides its counts: scoring rules and confusions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from classlift.data.adding import AddsUp
from classlift.data.kind import Kind
from classlift.data.predictions import require_labels
from classlift.data.scoring import Scoring
from classlift.data.scoring_by_class import ScoringByClass
from classlift.evaluation.confusion import Confusion, ConfusionSum

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from classlift.data.predictions import Predictions
    from classlift.evaluation.options import EvaluationOptions


@dataclass(frozen=True, eq=False)
class Details(AddsUp):
    """What is known of a result besides its counts.

    Parameters
    ----------
    scoring : Scoring, optional
        Scoring rules; None where there are no probabilities.
    confusion : Confusion, optional
        Which class is taken for which, where it was asked for.
    by_class : ScoringByClass, optional
        Scoring rules within each class, where figures are shown under other class shares.
    """

    scoring: Scoring | None = None
    confusion: Confusion | None = None
    by_class: ScoringByClass | None = None


NO_DETAILS = Details()


class DetailSum:
    """Adds up the details of one result block by block.

    Parameters
    ----------
    n_classes : int
        Number of classes.
    options : EvaluationOptions
        Whether to count confusions, which other class shares need too, and what these need besides.
    """

    def __init__(self, n_classes: int, options: EvaluationOptions) -> None:
        self._n_classes = n_classes
        self._scoring: Scoring | None = None
        self._by_class: ScoringByClass | None = None
        self._shared = options.shares is not None
        self._confusion = ConfusionSum(n_classes) if options.confusion or self._shared else None

    def add(
        self,
        labels: NDArray[np.int64],
        predicted: NDArray[np.integer],
        probabilities: NDArray[np.floating] | None,
    ) -> None:
        """Add rows; without probabilities there are no scoring rules."""
        if probabilities is not None and self._shared:
            found = ScoringByClass.of(probabilities, labels, predicted)
            self._by_class = found if self._by_class is None else self._by_class + found
        elif probabilities is not None:
            self._scoring = (self._scoring or Scoring.zeros(self._n_classes)) + Scoring.of(
                probabilities, labels, predicted
            )
        if self._confusion is not None:
            self._confusion.add(labels, predicted)

    def add_block(self, block: Predictions) -> None:
        """Add the labelled rows of a block, as they are."""
        probabilities = None if block.kind is Kind.SCORES else block.probabilities
        self.add(require_labels(block), block.predicted, probabilities)

    def total(self) -> Details:
        """Details of all the rows so far."""
        confusion = None if self._confusion is None else self._confusion.total()
        return Details(self._scoring, confusion, self._by_class)

"""What is added up of one result besides its counts: scoring rules, confusions, how sure each row is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from classlift.data.adding import AddsUp
from classlift.data.kind import Kind
from classlift.data.predictions import require_labels
from classlift.data.scoring import Scoring
from classlift.errors import ClassliftError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from classlift.data.predictions import Predictions
    from classlift.data.scoring_by_class import ScoringByClass
    from classlift.data.surest import Confidences
    from classlift.evaluation.confusion import Confusion, ConfusionSum
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
    confidences : Confidences, optional
        How sure each row is, where it was asked for.
    """

    scoring: Scoring | None = None
    confusion: Confusion | None = None
    by_class: ScoringByClass | None = None
    confidences: Confidences | None = None


NO_DETAILS = Details()


class DetailSum:
    """Adds up the details of one result block by block.

    Parameters
    ----------
    n_classes : int
        Number of classes.
    options : EvaluationOptions
        Whether to count confusions, which other class shares need too, what these need besides, and whether to keep how
        sure each row is.
    """

    def __init__(self, n_classes: int, options: EvaluationOptions) -> None:
        self._n_classes = n_classes
        self._scoring: Scoring | None = None
        self._by_class: ScoringByClass | None = None
        self._shared = options.shares is not None
        self._confidences: list[Confidences] | None = [] if options.coverage else None
        self._confusion: ConfusionSum | None = None
        if options.confusion or self._shared:
            from classlift.evaluation.confusion import ConfusionSum  # noqa: PLC0415  (not everybody's way)

            self._confusion = ConfusionSum(n_classes)

    def add(
        self,
        labels: NDArray[np.int64],
        predicted: NDArray[np.integer],
        probabilities: NDArray[np.floating] | None,
        most_probable: NDArray[np.integer] | None = None,
        key: NDArray[np.uint64] | None = None,
    ) -> None:
        """Add rows, of clusters by their `key`; without probabilities there are no scoring rules.

        The predicted class is the most probable one by default.
        """
        top = predicted if most_probable is None else most_probable
        if probabilities is not None and self._shared:
            from classlift.data.scoring_by_class import ScoringByClass  # noqa: PLC0415  (not everybody's way)

            found = ScoringByClass.of(probabilities, labels, top)
            self._by_class = found if self._by_class is None else self._by_class + found
        elif probabilities is not None:
            scored = Scoring.of(probabilities, labels, top, key)
            self._scoring = (self._scoring or Scoring.zeros(self._n_classes)) + scored
        if self._confusion is not None:
            self._confusion.add(labels, predicted)
        if self._confidences is not None and probabilities is not None:
            from classlift.data.surest import Confidences  # noqa: PLC0415  (not everybody's way)

            self._confidences.append(Confidences.of(probabilities, labels, predicted, top))

    def add_block(self, block: Predictions) -> None:
        """Add the labelled rows of a block, as they are."""
        probabilities = None if block.kind is Kind.SCORES else block.probabilities
        if probabilities is None and self._confidences is not None:
            raise ClassliftError(
                block.source,
                "holds scores of a layer, some below 0: they do not say how sure a row is",
                fix="leave out --coverage, or write probabilities (apply --output probs).",
            )
        self.add(require_labels(block), block.predicted, probabilities, block.most_probable, block.clusters)

    def total(self) -> Details:
        """Details of all the rows so far."""
        confusion = None if self._confusion is None else self._confusion.total()
        confidences = type(self._confidences[0]).together(self._confidences) if self._confidences else None
        return Details(self._scoring, confusion, self._by_class, confidences)

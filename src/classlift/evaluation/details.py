"""What is added up of one result besides its counts: scoring rules and confusions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from classlift.data.scoring import Scoring
from classlift.evaluation.confusion import Confusion, ConfusionSum

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Details:
    """What is known of a result besides its counts.

    Parameters
    ----------
    scoring : Scoring, optional
        Scoring rules; None where there are no probabilities.
    confusion : Confusion, optional
        Which class is taken for which, where it was asked for.
    """

    scoring: Scoring | None = None
    confusion: Confusion | None = None

    def __add__(self, other: Self) -> Self:
        return type(self)(_sum(self.scoring, other.scoring), _sum(self.confusion, other.confusion))


def _sum(a: Any, b: Any) -> Any:  # noqa: ANN401  (two of a kind; None is the sum of no rows)
    if a is None or b is None:
        return b if a is None else a
    return a + b


NO_DETAILS = Details()


class Tally:
    """Adds up the details of one result block by block.

    Parameters
    ----------
    n_classes : int
        Number of classes.
    confusion : bool
        Whether to count confusions.
    """

    def __init__(self, n_classes: int, *, confusion: bool) -> None:
        self._scoring: Scoring | None = None
        self._confusion = ConfusionSum(n_classes) if confusion else None

    def add(
        self,
        labels: NDArray[np.int64],
        predicted: NDArray[np.integer],
        probabilities: NDArray[np.floating] | None,
    ) -> None:
        """Add rows; without probabilities there are no scoring rules."""
        if probabilities is not None:
            self._scoring = (self._scoring or Scoring.zeros()) + Scoring.of(probabilities, labels, predicted)
        if self._confusion is not None:
            self._confusion.add(labels, predicted)

    def total(self) -> Details:
        """Details of all the rows so far."""
        return Details(self._scoring, None if self._confusion is None else self._confusion.total())

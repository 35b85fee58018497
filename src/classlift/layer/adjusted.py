"""What a layer made of a block of predictions."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from classlift import kernels
from classlift.data.kind import Kind
from classlift.layer.step import Domain

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from classlift.data.costs import Costs
    from classlift.data.predictions import Predictions


@dataclass(frozen=True, eq=False)
class Adjusted:
    """What a layer made of one block.

    Parameters
    ----------
    raw : Predictions
        The block as it was.
    scores : ndarray of float32 or float64, shape (n_samples, n_classes)
        The rows as the formula gives them, in the domain of the last step.
    domain : Domain
        That domain.
    adjusted : ndarray of bool, shape (n_samples,)
        Rows that the gate of at least one step let through.
    costs : Costs, optional
        Costs by which every row is decided, in the order of its columns.
    """

    raw: Predictions
    scores: NDArray[np.floating]
    domain: Domain
    adjusted: NDArray[np.bool_]
    costs: Costs | None = None

    @cached_property
    def predicted(self) -> NDArray[np.intp]:
        """Predicted class of each row, shape (n_samples,): the most probable one, or that of least expected cost."""
        return self.most_probable if self.costs is None else self.costs.decide(self.probabilities())

    @cached_property
    def most_probable(self) -> NDArray[np.intp]:
        """Most probable class of each row, shape (n_samples,); that of the raw row where it was not adjusted."""
        return np.where(self.adjusted, kernels.first_maxima(self.scores), self.raw.predicted)

    @cached_property
    def changed(self) -> NDArray[np.bool_]:
        """Rows whose predicted class is another one than before, shape (n_samples,)."""
        return np.asarray(self.predicted != self.raw.predicted)

    def probabilities(self) -> NDArray[np.floating]:
        """Probabilities, shape (n_samples, n_classes), in the floating type of the input.

        Adjusted rows: negative entries to 0, then divided by their sum (softmax in the log and logit domains), the
        most probable class kept. Other rows: as stored.
        """
        return self._probabilities

    @cached_property
    def _probabilities(self) -> NDArray[np.floating]:
        dtype = self.raw.scores.dtype
        out = self.raw.probabilities.astype(dtype)
        rows = np.flatnonzero(self.adjusted)
        out[rows] = as_probabilities(self.scores[rows], self.domain)
        kept = np.arange(len(out)) if self.raw.kind is Kind.LOGITS else rows  # rounding to float32 may tie
        _keep_class(out, kept, self.most_probable[kept])
        return out

    def probabilities_of(self, rows: NDArray[np.intp]) -> NDArray[np.floating]:
        """Probabilities of some rows, shape (n_rows, n_classes)."""
        part = replace(self, raw=self.raw.take(rows), scores=self.scores[rows], adjusted=self.adjusted[rows])
        return part.probabilities()


def as_probabilities(scores: NDArray[np.floating], domain: Domain) -> NDArray[np.floating]:
    """Rows of a domain as probabilities: negatives to 0 and sum 1, or softmax."""
    if domain is not Domain.PROBABILITY:
        return kernels.softmax_in_place(scores.copy())
    out: NDArray[np.floating] = np.maximum(scores, 0)
    hopeless = np.flatnonzero(kernels.row_sums(out) == 0)
    out[hopeless, scores[hopeless].argmax(axis=1)] = 1
    kernels.normalize_rows(out)
    return out


def _keep_class(out: NDArray[np.floating], rows: NDArray[np.intp], predicted: NDArray[np.intp]) -> None:
    """Raise the predicted class by one unit in the last place where rounding made a tie with an earlier one."""
    moved = kernels.first_maxima(out[rows]) != predicted
    rows, predicted = rows[moved], predicted[moved]
    out[rows, predicted] = np.nextafter(out[rows].max(axis=1), out.dtype.type(np.inf))

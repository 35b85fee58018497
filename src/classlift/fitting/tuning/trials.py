"""Cross-validation of all candidates: what each predicts for rows that its fit has not seen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from classlift import kernels
from classlift.data.counts import PairedCounts
from classlift.evaluation.groups import Groups, count_groups
from classlift.fitting.tuning.biases import CrossFitted
from classlift.fitting.tuning.families import Candidate, Plan

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Counts = NDArray[np.int64]
    Floats = NDArray[np.float64]


class Reached(NamedTuple):
    """A candidate whose biases were found for a purpose.

    first : number of its first step; strength : of the cvar step that it starts from; purpose : what for;
    biases : without each fold and, last, of all rows, shape (n_folds + 1, n_classes).
    """

    first: int
    strength: float
    purpose: str
    biases: Floats


@dataclass(frozen=True, eq=False)
class Trials:
    """Out-of-fold predictions of all candidates; the first one is the raw predictions.

    Parameters
    ----------
    plan : Plan
        What was tried.
    labels : ndarray of int64, shape (n_samples,)
        True classes.
    n_classes : int
        Number of classes.
    predicted : ndarray of int32, shape (C, n_samples)
        Classes that fits without the row predict.
    log_p : list of ndarray of float32, shape (n_samples, n_classes)
        Out-of-fold log-probabilities of each first step.
    inverse : list of float
        Inverse temperature that calibrates each of them.
    biases : list of ndarray of float64, shape (n_strengths, n_folds + 1, n_classes)
        Biases behind each of them without each fold and, last, of all rows.
    opinion : ndarray, shape (n_samples, n_classes)
        Calibrated out-of-fold probabilities: the second opinion on recalls and on total accuracy.
    clusters : ndarray of uint64, shape (n_samples,), optional
        Which cluster each row belongs to, where rows come in clusters.
    columns : mapping of str to ndarray of str, shape (n_samples,)
        Columns whose values part the rows into groups.
    reached : tuple of Reached
        Candidates that come after those of the plan.
    """

    plan: Plan
    labels: Counts
    n_classes: int
    predicted: NDArray[np.int32]
    log_p: list[NDArray[np.float32]]
    inverse: list[float]
    biases: list[Floats]
    opinion: NDArray[np.floating]
    clusters: NDArray[np.uint64] | None = None
    columns: Mapping[str, NDArray[np.str_]] = field(default_factory=dict)
    reached: tuple[Reached, ...] = ()

    @property
    def candidates(self) -> tuple[Candidate, ...]:
        """All candidates, raw first."""
        members, by_costs = self.plan.members, self.plan.costs is not None
        return (
            *self.plan.candidates,
            *(Candidate(members[r.first], r.strength, r.purpose, by_costs) for r in self.reached),
        )

    def reaching(self, found: Sequence[Reached]) -> Trials:
        """Give trials with more candidates, and what these predict out of fold."""
        predicted = [self._out_of_fold(one) for one in found]
        return replace(
            self,
            predicted=np.concatenate([self.predicted, *(one[None] for one in predicted)]),
            reached=(*self.reached, *found),
        )

    def _out_of_fold(self, one: Reached) -> NDArray[np.int32]:
        rows = self.cross_fitted(one.first)
        return np.asarray(self.plan.decide(rows.log_p + one.biases[rows.fold]), np.int32)

    @property
    def n_samples(self) -> int:
        """Number of rows."""
        return len(self.labels)

    @cached_property
    def support(self) -> Counts:
        """Rows of each class, shape (n_classes,)."""
        return np.bincount(self.labels, minlength=self.n_classes)

    @cached_property
    def hits(self) -> NDArray[np.bool_]:
        """Whether each candidate is right, shape (C, n_samples)."""
        return np.asarray(self.predicted == self.labels)

    @cached_property
    def right(self) -> Counts:
        """Rows of each class predicted right, shape (C, n_classes)."""
        return np.stack([np.bincount(self.labels[hit], minlength=self.n_classes) for hit in self.hits])

    @cached_property
    def predicted_counts(self) -> Counts:
        """Rows predicted as each class, shape (C, n_classes)."""
        return np.stack([np.bincount(one, minlength=self.n_classes) for one in self.predicted])

    @cached_property
    def cost(self) -> Floats:
        """Cost of each row under each candidate, weighted by its class, shape (C, n_samples), for plans with costs."""
        assert self.plan.costs is not None
        return self.plan.costs.matrix[self.labels, self.predicted] * self.plan.weights[self.labels]

    def counts(self, candidate: int) -> PairedCounts:
        """Out-of-fold counts of raw against one candidate."""
        rows = self.labels, self.predicted[0], self.predicted[candidate]
        return PairedCounts.of(*rows, self.n_classes, self.clusters, self.plan.costs)

    def groups(self, candidate: int) -> Groups[PairedCounts]:
        """The same of each group."""
        rows = self.labels, self.predicted[0], self.predicted[candidate]
        count = partial(PairedCounts.of, costs=self.plan.costs)
        return count_groups(self.columns, count, self.n_classes, self.clusters, *rows)

    def biases_of(self, candidate: int) -> Floats:
        """Biases of a candidate without each fold and, last, of all rows, shape (n_folds + 1, n_classes)."""
        planned = len(self.plan.candidates)
        if candidate >= planned:
            return self.reached[candidate - planned].biases
        first, strength = divmod(candidate, 1 + len(self.plan.strengths))
        if not strength:
            return np.zeros((self.plan.n_folds + 1, self.n_classes))
        return np.asarray(self.biases[first][strength - 1])

    def cross_fitted(self, first: int) -> CrossFitted:
        """Calibrated out-of-fold log-probabilities of a first step, with labels and folds."""
        calibrated = kernels.tempered(self.log_p[first], self.inverse[first])
        return CrossFitted(calibrated, self.labels, self.plan.fold, self.plan.n_folds)

    def first_of(self, candidate: int) -> int:
        """Number of the first step of a candidate."""
        planned = len(self.plan.candidates)
        return (
            self.reached[candidate - planned].first
            if candidate >= planned
            else candidate // (1 + len(self.plan.strengths))
        )


def least_cost(trials: Trials) -> Reached:
    """The raw predictions behind a temperature, decided by costs: the candidate that those of the plan lack."""
    return Reached(0, 0.0, "", np.zeros((trials.plan.n_folds + 1, trials.n_classes)))

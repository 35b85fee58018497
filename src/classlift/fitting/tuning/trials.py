"""Cross-validation of all candidates: what each predicts for rows that its fit has not seen."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from classlift import kernels
from classlift.data.counts import PairedCounts
from classlift.engines.threads import map_in_threads
from classlift.evaluation.groups import Groups, columns_of, count_groups
from classlift.fitting.tuning.biases import CrossFitted, biases
from classlift.fitting.tuning.families import Candidate, Family, Plan
from classlift.kernels import logistic
from classlift.layer.layer import log_probabilities

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from classlift.methods.shared.labelled_rows import LabelledRows

    Counts = NDArray[np.int64]
    Floats = NDArray[np.float64]
    Work = Callable[..., Iterable[list[NDArray[np.float32]]]]


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
    opinion: NDArray[np.floating]
    clusters: NDArray[np.uint64] | None = None
    columns: Mapping[str, NDArray[np.str_]] = field(default_factory=dict)
    reached: tuple[Reached, ...] = ()

    @property
    def candidates(self) -> tuple[Candidate, ...]:
        """All candidates, raw first."""
        members = self.plan.members
        return (*self.plan.candidates, *(Candidate(members[r.first], r.strength, r.purpose) for r in self.reached))

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
        return np.asarray((rows.log_p + one.biases[rows.fold]).argmax(axis=1), np.int32)

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

    def counts(self, candidate: int) -> PairedCounts:
        """Out-of-fold counts of raw against one candidate."""
        return PairedCounts.of(self.labels, self.predicted[0], self.predicted[candidate], self.n_classes, self.clusters)

    def groups(self, candidate: int) -> Groups[PairedCounts]:
        """The same of each group."""
        rows = self.labels, self.predicted[0], self.predicted[candidate]
        return count_groups(self.columns, PairedCounts.of, self.n_classes, self.clusters, *rows)

    def biases_of(self, candidate: int) -> Floats:
        """Biases of a candidate without each fold and, last, of all rows, shape (n_folds + 1, n_classes)."""
        planned = len(self.plan.candidates)
        if candidate >= planned:
            return self.reached[candidate - planned].biases
        first, strength = divmod(candidate, 1 + len(self.plan.strengths))
        stronger = self.plan.strengths[strength - 1 :]
        return np.asarray(biases(self.cross_fitted(first), stronger, self.plan.low_size, self.plan.base, whole=True)[0])

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


def run_trials(
    rows: LabelledRows, plan: Plan, jobs: int, watch: Callable[[float], None], work: Work | None = None
) -> Trials:
    """Fit every first step without each fold in turn, then the biases behind it; predict what was left out.

    Parameters
    ----------
    rows : LabelledRows
        Labelled rows.
    plan : Plan
        What is tried.
    jobs : int
        Threads to work in.
    watch : callable
        Called with the share of the work that is done.
    work : callable, optional
        ``work(function, items, *shared)`` fits the first steps elsewhere.
    """
    work = work or partial(map_in_threads, jobs)
    log_p = _first_steps(rows, plan, work, watch) if plan.strengths else [_raw_scores(rows)]
    tasks = [_Task(found, rows.labels, plan) for found in log_p]
    parts: list[_Found] = []
    for part in map_in_threads(jobs, _strengthen, tasks):
        parts.append(part)
        watch(0.8 + 0.15 * len(parts) / len(tasks))
    predicted = np.concatenate([part.predicted for part in parts])
    predicted[0] = rows.block.predicted  # raw, without a bias step: as stored, ties and all
    sure = [i for i, first in enumerate(plan.members) if first.calibrated] or [0]
    opinion = np.mean([np.exp(kernels.tempered(log_p[i], parts[i].inverse)) for i in sure], axis=0)
    inverse, columns = [part.inverse for part in parts], columns_of(tuple(rows.block.columns), rows.block)
    return Trials(plan, rows.labels, rows.n_classes, predicted, log_p, inverse, opinion, rows.block.clusters, columns)


def _raw_scores(rows: LabelledRows) -> NDArray[np.float32]:
    return log_probabilities((), rows.block).astype(np.float32)


def _first_steps(
    rows: LabelledRows, plan: Plan, work: Work, watch: Callable[[float], None]
) -> list[NDArray[np.float32]]:
    """Out-of-fold log-probabilities of each first step; the families of the longest fits begin."""
    order = [(family, part) for family in plan.families[:0:-1] for part in range(plan.n_folds)]
    found = {
        id(first): np.empty(rows.block.scores.shape, np.float32) for family, _ in order for first in family.members
    }
    for done, ((family, part), scores) in enumerate(zip(order, work(_run_fold, order, rows, plan.fold), strict=True)):
        for first, held in zip(family.members, scores, strict=True):
            found[id(first)][plan.fold == part] = held
        watch(0.8 * (done + 1) / len(order))
    return [_raw_scores(rows), *(found[id(first)] for first in plan.members[1:])]


def _run_fold(task: tuple[Family, int], rows: LabelledRows, fold: Counts) -> list[NDArray[np.float32]]:
    """Fit one family without one fold, and give what its steps make of that."""
    family, part = task
    training, held = (rows.take(np.flatnonzero(some)) for some in (fold != part, fold == part))
    fits = family.fit(training, family.members)
    return [log_probabilities(steps, held.block).astype(np.float32) for steps in fits]


class _Task(NamedTuple):
    """One first step: its out-of-fold log-probabilities, and what is tried behind it."""

    log_p: NDArray[np.float32]
    labels: Counts
    plan: Plan


class _Found(NamedTuple):
    """Predicted classes for each strength, 0 first, and the inverse temperature before the bias step."""

    predicted: NDArray[np.int32]
    inverse: float


def _strengthen(task: _Task) -> _Found:
    plan = task.plan
    inverse = logistic.fit_inverse_temperature(task.log_p, task.labels)
    log_p = kernels.tempered(task.log_p, inverse)
    predicted = np.empty((1 + len(plan.strengths), len(task.labels)), np.int32)
    predicted[0] = log_p.argmax(axis=1)
    if plan.strengths:
        rows = CrossFitted(log_p, task.labels, plan.fold, plan.n_folds)
        every = biases(rows, plan.strengths, plan.low_size, plan.base)
        for part in range(plan.n_folds):
            held = np.flatnonzero(plan.fold == part)
            scores = log_p[held]
            for i, bias in enumerate(every[:, part]):
                predicted[1 + i, held] = (scores + bias).argmax(axis=1)
    return _Found(predicted, inverse)

"""Cross-validation of all candidates: what each does to rows that its fit has not seen."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from classlift import kernels
from classlift.data.counts import ClassCounts, PairedCounts
from classlift.fitting.tuning.families import Candidate, Family, FirstStep
from classlift.kernels import logistic
from classlift.layer.layer import log_probabilities
from classlift.layer.step import AffineStep, Domain
from classlift.methods import cvar

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from classlift.engines.workers import Mapper
    from classlift.methods.labelled_rows import LabelledRows

    Counts = NDArray[np.int64]
    Floats = NDArray[np.float64]
    Steps = tuple[AffineStep, ...]


@dataclass(frozen=True, eq=False)
class Trials:
    """Out-of-fold counts of all candidates; the first one is the raw predictions.

    Folds are drawn several times: every row is held out once in each repeat, and n_folds counts all of them.

    Parameters
    ----------
    candidates : tuple of Candidate
        C of them; the first is raw without a cvar step.
    n_repeats : int
        How often folds were drawn; fold i belongs to repeat ``i // (n_folds / n_repeats)``.
    support : ndarray of int64, shape (n_folds, n_classes)
        Rows per class.
    right, predicted : ndarray of int64, shape (C, n_folds, n_classes)
        Rows of the class predicted right; rows predicted as the class.
    fixed, broken : ndarray of int64, shape (C, n_folds, n_classes)
        Rows of the class that were wrong and are right, that were right and are wrong.
    expected : ndarray of float64, shape (C,)
        Change of the total accuracy that calibrated probabilities expect: the mean over rows of the probability of
        the new class minus that of the raw one, by models that have not seen the row.
    """

    candidates: tuple[Candidate, ...]
    n_repeats: int
    support: Counts
    right: Counts
    predicted: Counts
    fixed: Counts
    broken: Counts
    expected: Floats

    @property
    def n_samples(self) -> int:
        """Number of rows."""
        return int(self.support.sum()) // self.n_repeats

    def counts(self, candidate: int) -> PairedCounts:
        """Out-of-fold counts of raw against one candidate, in the first repeat."""
        first = slice(0, len(self.support) // self.n_repeats)
        before, after = (
            ClassCounts(
                self.support[first].sum(axis=0),
                self.right[i, first].sum(axis=0),
                self.predicted[i, first].sum(axis=0),
            )
            for i in (0, candidate)
        )
        return PairedCounts(
            before, after, self.fixed[candidate, first].sum(axis=0), self.broken[candidate, first].sum(axis=0)
        )


def run_trials(
    rows: LabelledRows,
    families: Sequence[Family],
    strengths: Sequence[float],
    low_fraction: float,
    folds: Sequence[NDArray[np.integer]],
    n_folds: int,
    work: Mapper,
    watch: Callable[[float], None],
) -> Trials:
    """Fit every candidate without each fold in turn, and count what it does there.

    Parameters
    ----------
    rows : LabelledRows
        Labelled rows.
    families : sequence of Family
        First steps; the first family is raw.
    strengths : sequence of float
        Strengths of the cvar step, without 0.
    low_fraction : float
        Share of the classes that count as the lowest.
    folds : sequence of ndarray of int, shape (n_samples,)
        Fold of each row, one array per repeat.
    n_folds : int
        Number of folds in each repeat.
    work : callable
        ``map`` of an engine.
    watch : callable
        Called with the share of the work that is done.
    """
    candidates = tuple(
        Candidate(first, strength) for family in families for first in family.members for strength in (0.0, *strengths)
    )
    tasks = [
        _Task(rows, fold_of_row == fold, tuple(families), tuple(strengths), low_fraction)
        for fold_of_row in folds
        for fold in range(n_folds)
    ]
    parts: list[_Part] = []
    for part in work(_run_fold, tasks):
        parts.append(part)
        watch(len(parts) / (len(tasks) + 1))
    return Trials(
        candidates,
        len(folds),
        np.stack([part.support for part in parts]),
        np.stack([part.right for part in parts], axis=1),
        np.stack([part.predicted for part in parts], axis=1),
        np.stack([part.fixed for part in parts], axis=1),
        np.stack([part.broken for part in parts], axis=1),
        np.sum([part.expected for part in parts], axis=0) / len(rows.labels) / len(folds),
    )


@dataclass(frozen=True, eq=False)
class _Part:
    """Counts of one fold: arrays as in `Trials`, without the axis of folds; `expected` in rows."""

    support: Counts
    right: Counts
    predicted: Counts
    fixed: Counts
    broken: Counts
    expected: Floats


@dataclass(frozen=True, eq=False)
class _Task:
    """One fold: which rows are held out, and what is fitted on the others."""

    rows: LabelledRows
    held_out: NDArray[np.bool_]
    families: tuple[Family, ...]
    strengths: tuple[float, ...]
    low_fraction: float


def _run_fold(task: _Task) -> _Part:
    training, held = (task.rows.take(np.flatnonzero(rows)) for rows in (~task.held_out, task.held_out))
    choices: list[NDArray[np.intp]] = []
    opinion = np.zeros(held.block.scores.shape, np.float32)
    if not len(training.labels):  # one row or none: nothing can be fitted
        n_candidates = len(_members(task.families)) * (1 + len(task.strengths))
        return _count(np.stack([held.block.predicted] * n_candidates), held, opinion)
    for family in task.families:
        for first, steps in zip(family.members, family.fit(training, family.members), strict=True):
            found, probabilities = _choices(steps, training, held, task.strengths, task.low_fraction)
            choices += found
            if first.calibrated:
                opinion += probabilities
    return _count(np.stack(choices), held, opinion / max(1, sum(f.calibrated for f in _members(task.families))))


def _members(families: Sequence[Family]) -> list[FirstStep]:
    return [first for family in families for first in family.members]


def _choices(
    steps: Steps, training: LabelledRows, held: LabelledRows, strengths: Sequence[float], low_fraction: float
) -> tuple[list[NDArray[np.intp]], Floats]:
    """Predicted classes of the held-out rows for each strength, 0 first; and their calibrated probabilities."""
    inner, outer = log_probabilities(steps, training.block), log_probabilities(steps, held.block)
    inverse = logistic.fit_inverse_temperature(inner, training.labels)
    inner = kernels.log_softmax(inverse * inner)
    outer *= inverse
    found = [outer.argmax(axis=1)]
    for bias in cvar.biases(inner, training.labels, strengths, low_fraction):
        found.append((outer + bias).argmax(axis=1))
    return found, kernels.softmax_in_place(outer)


def _count(choices: NDArray[np.intp], held: LabelledRows, opinion: NDArray[np.floating]) -> _Part:
    labels, n_classes = held.labels, held.block.n_classes
    rows = np.arange(len(labels))
    before = held.block.predicted
    choices[0] = before  # raw, without a cvar step: as stored, ties and all
    was = before == labels
    now = choices == labels
    return _Part(
        np.bincount(labels, minlength=n_classes),
        np.stack([np.bincount(labels[right], minlength=n_classes) for right in now]),
        np.stack([np.bincount(choice, minlength=n_classes) for choice in choices]),
        np.stack([np.bincount(labels[right & ~was], minlength=n_classes) for right in now]),
        np.stack([np.bincount(labels[was & ~right], minlength=n_classes) for right in now]),
        np.array([float(opinion[rows, choice].sum() - opinion[rows, before].sum()) for choice in choices]),
    )


def make_steps(candidate: Candidate, family: Family, rows: LabelledRows, low_fraction: float) -> Steps:
    """Fit one candidate on all rows; a cvar step behind a step of log-probabilities becomes one with it."""
    steps = next(family.fit(rows, (candidate.first,)))
    if not candidate.strength:
        return steps
    last = cvar.lift_low_classes(log_probabilities(steps, rows.block), rows.labels, candidate.strength, low_fraction)
    if not steps or steps[-1].domain is not Domain.LOG_PROBABILITY:
        return (*steps, last)
    return (*steps[:-1], _joined(steps[-1], last))


def _joined(first: AffineStep, last: AffineStep) -> AffineStep:
    """One step that does both: ``(W x / T + b) / t + c``; softmax between them only shifts rows."""
    return AffineStep(
        first.domain,
        bias=first.bias / last.temperature + last.bias,
        weight=None if first.weight is None else first.weight / last.temperature,
        temperature=first.temperature if first.weight is not None else first.temperature * last.temperature,
    )

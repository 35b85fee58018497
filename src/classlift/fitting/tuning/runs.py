"""The work of cross-validation: every first step without each fold, then the biases behind it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from classlift import kernels
from classlift.engines.threads import map_in_threads
from classlift.evaluation.groups import columns_of
from classlift.fitting.tuning.biases import CrossFitted, biases
from classlift.fitting.tuning.families import Family, Plan
from classlift.fitting.tuning.trials import Trials
from classlift.kernels import logistic
from classlift.layer.layer import log_probabilities

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from classlift.methods.shared.labelled_rows import LabelledRows

    Counts = NDArray[np.int64]
    Work = Callable[..., Iterable[list[NDArray[np.float32]]]]


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
    log_p = _first_steps(rows, plan, work, watch) if plan.enough else [_raw_scores(rows)]
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
    found = predicted, log_p, inverse, [part.biases for part in parts], opinion
    return Trials(plan, rows.labels, rows.n_classes, *found, rows.block.clusters, columns)


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
    """Predicted classes for each strength, 0 first; the inverse temperature before the bias step, and its biases."""

    predicted: NDArray[np.int32]
    inverse: float
    biases: NDArray[np.float64]


def _strengthen(task: _Task) -> _Found:
    plan = task.plan
    inverse = logistic.fit_inverse_temperature(task.log_p, task.labels)
    log_p = kernels.tempered(task.log_p, inverse)
    predicted = np.empty((1 + len(plan.strengths), len(task.labels)), np.int32)
    predicted[0] = plan.decide(log_p)
    rows = CrossFitted(log_p, task.labels, plan.fold, plan.n_folds)
    every = biases(rows, plan.strengths, plan.low_size, plan.base)
    for part in range(plan.n_folds):
        held = np.flatnonzero(plan.fold == part)
        scores = log_p[held]
        for i, bias in enumerate(every[:, part].astype(scores.dtype)):
            predicted[1 + i, held] = plan.decide(scores + bias)
    return _Found(predicted, inverse, every)

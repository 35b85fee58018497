"""Choice among candidates: what holds the guard, then what gains most, with allowance for noise."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from classlift.data import metrics
from classlift.data.counts import ClassCounts
from classlift.errors import ClassliftError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from classlift.data.scoring import Scoring
    from classlift.fitting.tuning.trials import Trials

    Floats = NDArray[np.float64]

NOISE = 0.001
"""Spread of true changes of total accuracy around what calibrated probabilities expect (0.1 points)."""

SAFETY = 0.75
"""The change of total accuracy may not be below LARGEST_FALL by so many standard errors."""

LARGEST_FALL = 0.005
"""A fall of total accuracy that must be unlikely (0.5 points)."""

TOTAL_WORTH = 5.0
"""Points of the objective that one point of total accuracy is worth below TOTAL_ENOUGH."""

TOTAL_ENOUGH = 0.002
"""A gain of total accuracy beyond this is worth EXTRA_WORTH points of the objective a point."""

EXTRA_WORTH = 0.25


@dataclass(frozen=True, eq=False)
class Verdict:
    """Figures of all candidates, shape (C,); changes are fractions.

    Parameters
    ----------
    total_change : ndarray
        Out-of-fold change of total accuracy.
    total_error : ndarray
        Its standard error.
    total_estimate : ndarray
        The same, drawn towards what calibrated probabilities expect by as much as it is noisy.
    gain : ndarray
        Change of the objective over all held-out rows, above 0 where it gets better.
    steady_gain : ndarray
        Mean change of the objective in single folds and in pairs and triples of folds.
    gain_error : ndarray
        Standard error of the gain, by leaving out one fold in turn.
    """

    total_change: Floats
    total_error: Floats
    total_estimate: Floats
    gain: Floats
    steady_gain: Floats
    gain_error: Floats

    def allowed(self, largest_drop: float) -> NDArray[np.bool_]:
        """Candidates that hold the guard on total accuracy and gain anything, shape (C,)."""
        return (
            (self.total_change >= -largest_drop - 1e-12)
            & (self.total_estimate >= -1.5 * largest_drop - 1e-12)
            & (self.total_estimate - SAFETY * self.total_error >= -LARGEST_FALL - 1e-12)
            & (self.gain > 0)
            & (self.steady_gain > 0)
        )

    def refusal(self, candidate: int, largest_drop: float) -> str:
        """Why a candidate is not allowed, in a few words; empty where these figures allow it."""
        if self.total_change[candidate] < -largest_drop - 1e-12:
            return "costs total accuracy"
        if self.gain[candidate] <= 0 or self.steady_gain[candidate] <= 0:
            return "no gain, or not in most folds"
        return "" if self.allowed(largest_drop)[candidate] else "may cost total accuracy"

    def score(self) -> Floats:
        """What the choice maximises: the steady gain, and total accuracy, dear at first and cheap beyond."""
        total = self.total_estimate
        needed, extra = np.minimum(total, TOTAL_ENOUGH), np.maximum(total - TOTAL_ENOUGH, 0)
        return np.asarray(self.steady_gain + TOTAL_WORTH * needed + EXTRA_WORTH * extra)


def evaluate(trials: Trials, objective: str, low_fraction: float) -> Verdict:
    """Work out the figures of all candidates from their out-of-fold counts."""
    n, n_rows = trials.n_samples, trials.n_samples * trials.n_repeats
    fixed, broken = (counts.sum(axis=(1, 2)) for counts in (trials.fixed, trials.broken))
    change = (fixed - broken) / n_rows
    error = np.sqrt(np.maximum((fixed + broken) / n_rows - change**2, 0) / n)
    trust = NOISE**2 / (NOISE**2 + error**2)
    estimate = trust * change + (1 - trust) * trials.expected

    def gain(*folds: int) -> Floats:
        return _gain(trials, objective, low_fraction, folds)

    repeats = np.arange(len(trials.support)).reshape(trials.n_repeats, -1).tolist()
    every = [fold for folds in repeats for fold in folds]
    single = np.mean([gain(fold) for fold in every], axis=0)
    parts = [part for folds in repeats for pair in combinations(folds, 2) for part in (pair, _others(folds, pair))]
    return Verdict(
        change,
        error,
        estimate,
        gain(*every),
        (single + np.mean([gain(*part) for part in parts], axis=0)) / 2,
        np.mean([_jackknife([gain(*_others(folds, (fold,))) for fold in folds]) for folds in repeats], axis=0),
    )


def spared(trials: Trials, unhelped: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Candidates under which no class loses that has rows, but none that they are fitted on, shape (C,).

    `unhelped` marks those classes for each candidate, shape (C, n_classes).
    """
    right = trials.right.sum(axis=1)
    return np.asarray(~((right < right[0]) & unhelped).any(axis=1))


def _jackknife(left_out: list[Floats]) -> Floats:
    """Standard error from figures without one fold each [Efron 1982]."""
    values = np.stack(left_out)
    n = len(values)
    return np.asarray(np.sqrt((n - 1) / n * ((values - values.mean(axis=0)) ** 2).sum(axis=0)))


def _others(folds: list[int], left_out: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(fold for fold in folds if fold not in left_out)


def _gain(trials: Trials, objective: str, low_fraction: float, folds: tuple[int, ...]) -> Floats:
    """Change of the objective of each candidate against raw over the rows of some folds, shape (C,)."""
    part = list(folds)
    support = trials.support[part].sum(axis=0)
    if not support.any():
        return np.zeros(len(trials.candidates))
    right, predicted = (counts[:, part].sum(axis=1) for counts in (trials.right, trials.predicted))
    metric = metrics.METRICS[objective]
    values = np.asarray(metric.value(_Rows(ClassCounts(support, right, predicted), low_fraction)))
    return np.asarray(metric.better * (values - values[0]))


@dataclass(frozen=True, eq=False)
class _Rows:
    """Counts of all candidates, as metrics want them."""

    counts: ClassCounts
    low_fraction: float
    baseline: ClassCounts | None = None
    validation_low: NDArray[np.intp] | None = None
    scoring: Scoring | None = None


def check_objective(name: str, where: str = "objective") -> None:
    """Refuse what tuning cannot lift; ClassliftError with the name that comes nearest."""
    known = metrics.objectives()
    if name not in known:
        near = difflib.get_close_matches(name, known, n=1)
        meant = f"did you mean {near[0]}? " if near else ""
        raise ClassliftError(where, f"is {name!r}", fix=f"{meant}use one of: {', '.join(known)}.")


def parse_drop(text: str) -> float:
    """Largest allowed fall of total accuracy, such as ``0.1pp``, as a fraction; a bare number is refused."""
    number = text.strip().removesuffix("pp").strip()
    try:
        value = float(number)
    except ValueError:
        value = -1.0
    if not text.strip().endswith("pp") or not 0 <= value <= 100:
        raise ClassliftError(
            "--max-total-drop",
            f"is {text!r}, expected percentage points from 0pp to 100pp",
            fix="say it with its unit, for example 0.1pp.",
        )
    return value / 100

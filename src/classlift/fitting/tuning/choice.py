"""Choice among candidates: the guard on total accuracy scales with what the user allows, then the score decides.

Arrays hold C candidates, the first of which is raw; counts may have an axis of bootstrap draws before that.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from classlift.data.counts import ClassCounts
from classlift.fitting.tuning.evidence import DRAWS, Evidence
from classlift.fitting.tuning.smooth import blended_recall, expected_low, recall_error

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from classlift.fitting.tuning.aim import Aim
    from classlift.fitting.tuning.trials import Trials

    Floats = NDArray[np.float64]

NOISE = 0.001
"""Spread of true changes of total accuracy around what calibrated probabilities expect (0.1 points)."""

SLACK = 0.0005
"""What total accuracy is expected to lose may be above what is allowed by half of that, and by this at most."""

DOUBT, FALL_BEYOND = 1.0, 0.004
"""DOUBT standard errors below its expected change, total accuracy may fall by FALL_BEYOND more than is allowed."""

CAUTION = 0.25
"""The score counts total accuracy this many standard errors below its expected change."""

LEAST_GAIN = 0.007
"""A smaller expected gain of low-20 % cannot be told from noise (0.7 points)."""

ENOUGH, EXTRA_WORTH = 0.002, 0.25
"""A gain of total accuracy beyond ENOUGH is worth EXTRA_WORTH points of the objective a point."""

ALIKE = 0.0002
"""Candidates whose scores differ by less are equally good (0.02 points)."""


class Drawn(NamedTuple):
    """Counts of all candidates, maybe of many draws.

    right, predicted : shape (..., C, n_classes), the latter where the objective needs it; cost : mean of a
    row, shape (..., C), where there are costs.
    """

    right: Floats
    predicted: Floats | None = None
    cost: Floats | None = None


@dataclass(frozen=True, eq=False)
class Assessment:
    """Figures of all candidates, shape (..., C); changes are fractions.

    Parameters
    ----------
    aim : Aim
        What is wanted.
    total_change : ndarray
        Out-of-fold change of total accuracy.
    total_error : ndarray
        Its standard error.
    total_estimate : ndarray
        The same, drawn towards what calibrated probabilities expect by as much as it is noisy.
    gain : ndarray
        Expected change of the objective in a new sample, above 0 where it gets better.
    largest_loss : ndarray
        Largest fall of the recall of a class.
    """

    aim: Aim
    total_change: Floats
    total_error: Floats
    total_estimate: Floats
    gain: Floats
    largest_loss: Floats

    @property
    def score(self) -> Floats:
        """What the choice maximises: the gain, and total accuracy with caution, at the worth of what is allowed."""
        total = self.total_estimate - CAUTION * self.total_error
        extra = 0.0 if self.aim.objective.is_cost else EXTRA_WORTH
        worth = self.aim.total_worth * np.minimum(total, ENOUGH) + extra * np.maximum(total - ENOUGH, 0)
        return np.asarray(self.gain + worth)

    @property
    def allowed(self) -> NDArray[np.bool_]:
        """Candidates that hold the guard on total accuracy and gain beyond noise."""
        ok = holds_total(self.total_change, self.total_error, self.total_estimate, self.aim.max_total_drop)
        ok &= self.gain > self._least
        ok[..., 0] = False
        return ok

    def pick(self, eligible: NDArray[np.bool_]) -> NDArray[np.intp]:
        """Number of the best allowed candidate, of equal ones that whose largest loss is smallest; 0 for none."""
        ok = self.allowed & eligible
        score = np.where(ok, self.score, -np.inf)
        equal = ok & (score >= score.max(-1, keepdims=True) - ALIKE * self.aim.scale)
        return np.where(ok.any(-1), np.where(equal, self.largest_loss, np.inf).argmin(-1), 0)

    def refusal(self, candidate: int) -> str:
        """Why a candidate is not allowed, in a few words; empty where these figures allow it."""
        drop, shown = self.aim.max_total_drop, f"{100 * self.aim.max_total_drop:g}pp"
        if self.total_change[candidate] < -drop - 1e-12:
            return f"costs more than {shown} of total accuracy"
        if self.total_estimate[candidate] < -_expected_drop(drop) - 1e-12:
            return f"expected to cost more than {shown} of total accuracy"
        if not self.allowed[candidate] and self.gain[candidate] > self._least:
            return f"may cost much more than {shown} of total accuracy"
        return "" if self.allowed[candidate] else ("no gain" if self.gain[candidate] <= 0 else "gain within noise")

    @property
    def _least(self) -> float:
        if self.aim.forced:
            return -np.inf
        return LEAST_GAIN if self.aim.objective.is_low else 0.0


def _expected_drop(drop: float) -> float:
    return drop + min(drop / 2, SLACK)


def holds_total(change: Floats, error: Floats, estimate: Floats, drop: float) -> NDArray[np.bool_]:
    """Whether total accuracy holds: as counted, as expected, and with doubt."""
    return np.asarray(
        (change >= -drop - 1e-12)
        & (estimate >= -_expected_drop(drop) - 1e-12)
        & (estimate - DOUBT * error >= -(drop + FALL_BEYOND) - 1e-12)
    )


def assess(evidence: Evidence, aim: Aim, drawn: Drawn | None = None, *, guarded: bool = False) -> Assessment:
    """Work out the figures of all candidates from counts, those of the evidence or drawn ones.

    `guarded` leaves out the gain of candidates that do not hold the guard on total accuracy.
    """
    counted = drawn or Drawn(evidence.right, evidence.predicted, evidence.cost)
    rows, right = evidence.support.sum(), counted.right
    change = (right - right[..., :1, :]) @ evidence.weights / rows
    error = np.sqrt(np.maximum(evidence.flips - change**2, 0) / rows * evidence.moved_worth)
    off = change - evidence.expected_total
    spread = np.maximum(off**2 - 9 * error**2, NOISE**2)
    estimate = (spread * change + error**2 * evidence.expected_total) / (spread + error**2)
    wanted = holds_total(change, error, estimate, aim.max_total_drop) if guarded else np.ones(change.shape, bool)
    wanted[..., 0] = True
    gain = np.full(change.shape, -np.inf)
    gain[wanted] = _level(evidence, aim, counted, wanted)
    fall = (right[..., :1, :] - right) / np.maximum(evidence.support, 1)
    return Assessment(aim, change, error, estimate, gain - gain[..., :1], fall.max(-1))


def _level(evidence: Evidence, aim: Aim, counted: Drawn, wanted: NDArray[np.bool_]) -> Floats:
    """Objective of the wanted candidates, greater where better."""
    right, predicted = counted.right, counted.predicted
    if aim.objective.is_low:
        seen = evidence.support > 0
        support = evidence.support[seen]
        expected = np.broadcast_to(evidence.expected_recall, right.shape)[wanted][:, seen]
        recall = blended_recall(right[wanted][:, seen], support, expected)
        noise = evidence.noise if right.ndim == 2 else evidence.noise[: DRAWS // 2]
        return expected_low(recall, recall_error(recall, support / evidence.worth[seen]), evidence.low_size, noise)
    if aim.objective.is_cost:
        assert counted.cost is not None
        return -counted.cost[wanted]
    if aim.objective.is_total:  # as class shares weight it
        return np.asarray(right[wanted] @ evidence.weights / evidence.support.sum())
    assert predicted is not None
    hits, named = (np.rint(a[wanted]).astype(np.int64) for a in (right, predicted))
    counts = ClassCounts(evidence.support.astype(np.int64), hits, named)
    return aim.objective.value(counts, aim.low_fraction)


def spared(trials: Trials, unhelped: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Candidates under which no class loses that has rows, but none that they are fitted on, shape (C,).

    `unhelped` marks those classes for each candidate, shape (C, n_classes).
    """
    return np.asarray(~((trials.right < trials.right[0]) & unhelped).any(axis=1))

"""From trials to one candidate: the choice, its promise, and why where nothing is taken."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from classlift.fitting.tuning.adaptation import adaptation
from classlift.fitting.tuning.choice import Assessment, assess
from classlift.fitting.tuning.evidence import Evidence
from classlift.fitting.tuning.promise import Promise, nothing_changes, promise, worth_it

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from classlift.fitting.tuning.aim import Aim
    from classlift.fitting.tuning.trials import Trials

    Floats = NDArray[np.float64]

FEWEST_ROWS = 50
"""With fewer rows only raw is tried: cross-validation could not tell candidates apart."""

FEWEST_CLUSTERS = 10
"""With fewer clusters folds differ too much."""

CLEAR_STRENGTHS = (0.0, 0.6)
"""Strengths whose predictions are asked whether they agree with the labels at all."""

IDENTITY = "the layer is the identity"
UNHELPED = "a class that it is not fitted on loses"
BY_CHANCE = "predictions agree with the labels no more than by chance"


BY_NAME = "the identity was asked for"


class Decision(NamedTuple):
    """What was decided.

    chosen : number of the candidate, 0 for the identity; reasons : why each candidate could not be chosen, "" where it
    could; bias : of the bias step, fitted on all rows, where there is one; note : why nothing was taken.
    """

    chosen: int
    assessment: Assessment
    reasons: tuple[str, ...]
    promise: Promise
    bias: Floats | None
    note: str = ""


def decide(
    trials: Trials,
    aim: Aim,
    barred: Sequence[tuple[str, NDArray[np.bool_]]],
    named: int | None,
    seed: int,
    preferred: NDArray[np.bool_] | None = None,
) -> Decision:
    """Choose among all candidates, or take the named one.

    Parameters
    ----------
    trials : Trials
        What was tried.
    aim : Aim
        What is wanted.
    barred : sequence of (reason, ndarray of bool of shape (C,))
        Candidates that may not be chosen, with the reason.
    named : int, optional
        The candidate that the user asks for: nothing is barred to it.
    seed : int
        Seed of the draws of the promise.
    preferred : ndarray of bool of shape (C,), optional
        Candidates of which one is taken where one of them can be.
    """
    evidence = Evidence.of(trials)
    figures = assess(evidence, aim)
    reasons = _reasons(trials, evidence, figures, barred)
    eligible = ~np.any([mask for _, mask in barred], axis=0)
    open_ones = np.array([not reason for reason in reasons])
    if preferred is not None and (figures.allowed & eligible & open_ones & preferred).any():
        eligible &= preferred
    chosen = int(figures.pick(eligible & open_ones)) if named is None else named
    if not chosen:
        note = BY_NAME if named == 0 else _why(trials, figures, reasons)
        return Decision(0, figures, reasons, nothing_changes(trials), None, note)
    found, bias = _promised(trials, evidence, aim, chosen, eligible if named is None else None, seed)
    if named is None and not aim.forced and not worth_it(float(figures.gain[chosen]), found, aim):
        name = trials.candidates[chosen].name
        note = (
            f"the gain of the best candidate, {name}, is not worth its risk once corrected for the choice: {IDENTITY}"
        )
        worthless = "gain within noise once corrected for the choice"
        reasons = tuple(worthless if not reason and i else reason for i, reason in enumerate(reasons))
        return Decision(0, figures, reasons, nothing_changes(trials), None, note)
    return Decision(chosen, figures, reasons, found, bias)


def few_clusters(clusters: NDArray[np.uint64] | None) -> bool:
    """Whether rows come in too few clusters for folds of whole ones."""
    return clusters is not None and len(np.unique(clusters)) < FEWEST_CLUSTERS


def _promised(
    trials: Trials, evidence: Evidence, aim: Aim, chosen: int, eligible: NDArray[np.bool_] | None, seed: int
) -> tuple[Promise, Floats | None]:
    """Promise of a candidate, and the bias of all rows that it ends in."""
    if not trials.candidates[chosen].has_bias:
        return promise(trials, evidence, aim, chosen, eligible, 0.0, seed), None
    every = trials.biases_of(chosen)
    adapted = adaptation(trials.cross_fitted(trials.first_of(chosen)), every, evidence.low_size)
    return promise(trials, evidence, aim, chosen, eligible, adapted, seed), every[-1]


def _reasons(
    trials: Trials, evidence: Evidence, figures: Assessment, barred: Sequence[tuple[str, NDArray[np.bool_]]]
) -> tuple[str, ...]:
    strengths = np.array([-1.0 if one.purpose else one.strength for one in trials.candidates])
    n = len(strengths)
    if n > 1 and not evidence.beyond_chance(np.flatnonzero(np.isin(strengths, CLEAR_STRENGTHS))):
        return ("", *[BY_CHANCE] * (n - 1))
    found = ["", *(figures.refusal(i) for i in range(1, n))]
    for reason, mask in barred:
        found = [one or (reason if mask[i] else "") for i, one in enumerate(found)]
    return tuple(found)


def _why(trials: Trials, figures: Assessment, reasons: tuple[str, ...]) -> str:
    """Why nothing was chosen."""
    if trials.n_samples < FEWEST_ROWS:
        return f"{trials.n_samples} labelled rows are too few to tune on (at least {FEWEST_ROWS}): {IDENTITY}"
    if trials.clusters is not None and few_clusters(trials.clusters):
        count = len(np.unique(trials.clusters))
        return f"{count} clusters are too few to tune on (at least {FEWEST_CLUSTERS}): {IDENTITY}"
    if (trials.support > 0).sum() == 1:
        return f"all labelled rows are of one class, so nothing can be compared: {IDENTITY}"
    if BY_CHANCE in reasons:
        return f"{BY_CHANCE}: {IDENTITY}"
    gains = figures.gain > 0
    if not gains[1:].any():
        return f"nothing that was tried lifts the objective on rows it has not seen: {IDENTITY}"
    best = int(np.where(gains, figures.score, -np.inf).argmax())
    gain = figures.aim.objective.words(figures.gain[best])
    return (
        f"nothing that was tried can be taken: the best, {trials.candidates[best].name}, changes the objective by "
        f"{gain} and total accuracy by {figures.total_change[best] * 100:+z.2f}pp "
        f"out of fold ({reasons[best]}); {IDENTITY}"
    )

"""Search for the layer that lifts the lowest classes most and costs no total accuracy."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from classlift import kernels
from classlift.data import metrics
from classlift.data.classes import class_names
from classlift.data.counts import ClassCounts
from classlift.engines.workers import workers
from classlift.evaluation import Comparison
from classlift.fitting.fit import make_layer, read_fittable
from classlift.fitting.tuning.families import MOST_FULL, STRENGTHS, TOO_MANY, Candidate, Family, families
from classlift.fitting.tuning.search import Search, trade_off
from classlift.fitting.tuning.selection import Verdict, check_objective, evaluate, spared
from classlift.fitting.tuning.trials import Trials, make_steps, run_trials
from classlift.layer.layer import OutputLayer
from classlift.methods import METHODS, Fitted, make_settings
from classlift.methods.labelled_rows import collect

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from classlift.data.source import PredictionSource
    from classlift.fitting.tuning.families import FirstStep
    from classlift.methods.labelled_rows import LabelledRows

N_FOLDS = 5
FEWEST_ROWS = 50
"""With fewer rows nothing but raw is tried: cross-validation could tell nothing apart."""

FEW_ROWS, FEW_ENTRIES = 8000, 1_000_000
"""Up to so many rows and scores folds are drawn twice: figures are noisiest there, and time is short."""


@dataclass(frozen=True, eq=False)
class TuneResult:
    """A tuned layer, and everything that was tried.

    Parameters
    ----------
    layer : OutputLayer
        The layer; the identity where nothing was better.
    chosen : int
        Number of the chosen candidate; 0: raw.
    trials : Trials
        Out-of-fold counts of all candidates.
    verdict : Verdict
        Their figures.
    allowed : ndarray of bool
        Candidates that hold the guard and gain.
    objective : str
        What was lifted.
    largest_drop : float
        Guard: how far the out-of-fold total accuracy might fall.
    counts : ClassCounts
        Raw counts of the validation rows.
    classes : tuple of str
        Class names to show.
    effect : Comparison
        Out-of-fold effect of the chosen candidate.
    notes : tuple of str
        What a user should know.
    """

    layer: OutputLayer
    chosen: int
    trials: Trials
    verdict: Verdict
    allowed: NDArray[np.bool_]
    objective: str
    largest_drop: float
    counts: ClassCounts
    classes: tuple[str, ...]
    effect: Comparison
    notes: tuple[str, ...]

    def trade_off(self) -> list[int]:
        """Give the candidates that none beats in both total accuracy and gain, dearest total last."""
        return trade_off(self.verdict.total_change, self.verdict.gain)

    def reason(self, candidate: int) -> str:
        """Why a candidate could not be chosen; empty where it could."""
        if self.allowed[candidate] or not candidate:
            return ""
        return self.verdict.refusal(candidate, self.largest_drop) or "a class that it is not fitted on loses"

    @property
    def search(self) -> Search:
        """What was tried, as the layer keeps it."""
        found = Search.of_layer(self.layer)
        assert found is not None
        return found


def tune(
    source: PredictionSource,
    *,
    objective: str = "low20",
    methods: tuple[str, ...] | None = None,
    largest_drop: float = 0.001,
    low_fraction: float = metrics.LOW_FRACTION,
    seed: int = 0,
    jobs: int = 1,
    watch: Callable[[float], None] = lambda share: None,
) -> TuneResult:
    """Search methods and settings by stratified cross-validation; keep what holds the guard and gains most.

    Parameters
    ----------
    source : PredictionSource
        Labelled probabilities or logits of the validation rows.
    objective : str
        What to lift: a name that `classlift.data.metrics.objectives` gives, such as ``low20``, ``worst``, ``macro_f1``.
    methods : tuple of str, optional
        Methods whose first steps are tried; all by default.
    largest_drop : float
        How far the out-of-fold total accuracy may fall below raw, as a fraction.
    low_fraction : float
        Share of the classes that the low figures are about.
    seed : int
        Seed of the folds.
    jobs : int
        Processes to work in; more than 1 needs a main module that can be imported.
    watch : callable
        Called with the share of the work that is done.

    Returns
    -------
    TuneResult
        Its layer is the identity where nothing holds the guard and gains.

    Raises
    ------
    ClassliftError
        If there is no labelled row, or the scores are of no use.
    """
    check_objective(objective)
    read = read_fittable(source)
    counts = read.counts
    rows = collect(source, counts, seed=seed)
    tried = families(len(rows.labels), source.n_classes, methods)
    enough = len(rows.labels) >= FEWEST_ROWS and (counts.support > 0).sum() > 1
    tried, strengths = (tried, STRENGTHS) if enough else (tried[:1], ())
    ranks = kernels.rank_within_class(rows.labels)
    repeats = range(2 if len(ranks) <= FEW_ROWS and rows.block.scores.size <= FEW_ENTRIES else 1)
    folds = [kernels.fold_of(ranks, rows.labels, N_FOLDS, seed + repeat) for repeat in repeats]
    with workers(jobs) as work:
        trials = run_trials(rows, tried, strengths, low_fraction, folds, N_FOLDS, work, watch)
    verdict = evaluate(trials, objective, low_fraction)
    unhelped = np.stack([_unhelped(rows, first) for family in tried for first in family.members])
    of_candidates = unhelped.repeat(1 + len(strengths), axis=0)
    allowed = verdict.allowed(largest_drop) & spared(trials, of_candidates)
    chosen = int(np.where(allowed, verdict.score(), -np.inf).argmax()) if allowed.any() else 0
    candidate = trials.candidates[chosen]
    steps = make_steps(candidate, _family_of(candidate, tried), rows, low_fraction) if chosen else ()
    many = (TOO_MANY,) if source.n_classes > MOST_FULL else ()
    notes = (*rows.notes, *many, *_why(trials, verdict, allowed, largest_drop))
    layer = make_layer(
        source,
        read,
        Fitted(steps, notes=notes),
        method=candidate.name,
        settings={**candidate.first.settings, "strength": candidate.strength},
        low_fraction=low_fraction,
        search={
            "objective": objective,
            "max_total_drop": largest_drop,
            **_search(trials, verdict, allowed, chosen),
        },
    )
    names = class_names(source.classes, source.n_classes)
    effect = Comparison(source.name, trials.counts(chosen), names, low_fraction)
    watch(1.0)
    return TuneResult(layer, chosen, trials, verdict, allowed, objective, largest_drop, counts, names, effect, notes)


def _unhelped(rows: LabelledRows, first: FirstStep) -> NDArray[np.bool_]:
    """Classes with rows of which the first step is fitted on none, shape (n_classes,)."""
    additive = METHODS[first.method].additive if first.method in METHODS else None
    if additive is None:
        return np.zeros(rows.n_classes, bool)
    used = rows.labels[additive.rows(rows.block, make_settings(first.method, first.settings))]
    support, helped = (np.bincount(labels, minlength=rows.n_classes) for labels in (rows.labels, used))
    return np.asarray((support > 0) & (helped == 0))


def _family_of(candidate: Candidate, tried: tuple[Family, ...]) -> Family:
    return next(family for family in tried if candidate.first in family.members)


def _why(trials: Trials, verdict: Verdict, allowed: NDArray[np.bool_], largest_drop: float) -> tuple[str, ...]:
    """Why nothing was chosen, where that is so."""
    if allowed.any():
        return ()
    if trials.n_samples < FEWEST_ROWS:
        return (
            f"{trials.n_samples} labelled rows are too few to tune on (at least {FEWEST_ROWS}): "
            "the layer is the identity",
        )
    if (trials.support.sum(axis=0) > 0).sum() == 1:
        return ("all labelled rows are of one class, so nothing can be weighed: the layer is the identity",)
    gains = verdict.gain > 0
    if not gains.any():
        return ("nothing that was tried lifts the objective on rows it has not seen: the layer is the identity",)
    best = int(np.where(gains, verdict.total_estimate, -np.inf).argmax())
    return (
        f"what lifts the objective costs more than {largest_drop * 100:g}pp of total accuracy, or might: the nearest,"
        f" {trials.candidates[best].name}, has {verdict.total_change[best] * 100:+.2f}pp out of fold; "
        "the layer is the identity",
    )


def _search(trials: Trials, verdict: Verdict, allowed: NDArray[np.bool_], chosen: int) -> dict[str, object]:
    """What was tried and why this one won, for the layer file."""
    return {
        "chosen": chosen,
        "candidates": [
            {
                "name": candidate.name,
                "total_change": float(verdict.total_change[i]),
                "total_estimate": float(verdict.total_estimate[i]),
                "total_error": float(verdict.total_error[i]),
                "gain": float(verdict.gain[i]),
                "steady_gain": float(verdict.steady_gain[i]),
                "allowed": bool(allowed[i]),
            }
            for i, candidate in enumerate(trials.candidates)
        ],
    }

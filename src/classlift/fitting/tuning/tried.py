"""What a search found out, from which any candidate can be taken without searching anew."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from classlift.data.reading import reading_of
from classlift.evaluation.comparison import Comparison
from classlift.fitting.fit import decided_by, make_layer
from classlift.fitting.payers import payers
from classlift.fitting.shares import calibration_of
from classlift.fitting.tuning.families import MOST_FULL, TOO_MANY
from classlift.fitting.tuning.result import TuneResult
from classlift.fitting.tuning.settle import settle
from classlift.fitting.tuning.steps import make_steps, no_more_than, on_own_rows, unlike_its_folds
from classlift.fitting.tuning.under import under_weights
from classlift.fitting.tuning.wishes import find_candidate
from classlift.methods import Fitted

if TYPE_CHECKING:
    from classlift.data.counts import ClassCounts
    from classlift.data.source import PredictionSource
    from classlift.evaluation.accumulate import Accumulator
    from classlift.fitting.tuning.aim import Aim
    from classlift.fitting.tuning.decision import Decision
    from classlift.fitting.tuning.families import Steps
    from classlift.fitting.tuning.requirements import Requirements
    from classlift.fitting.tuning.settle import Bars, Settled
    from classlift.fitting.tuning.trials import Trials
    from classlift.layer.layer import OutputLayer
    from classlift.methods.shared.labelled_rows import LabelledRows


@dataclass(frozen=True, eq=False)
class Tried:
    """A search.

    Parameters
    ----------
    source, read, rows
        The validation file, what its pass found, and its labelled rows.
    trials : Trials
        Out-of-fold predictions of all candidates.
    objective, names
        What is lifted, and the class names.
    aim, asked : Aim, Requirements
        What is wanted, and what is required.
    bars : sequence of (reason, ndarray of bool of shape (C,))
        Candidates that may not be chosen, with the reason.
    free, best_effort : bool
        See `settle`.
    seed : int
        Seed of the draws of the promise.
    """

    source: PredictionSource
    read: Accumulator[ClassCounts]
    rows: LabelledRows
    trials: Trials
    objective: str
    names: tuple[str, ...]
    aim: Aim
    asked: Requirements
    bars: Bars
    free: bool
    best_effort: bool
    seed: int

    def take(self, wanted: str | None) -> TuneResult:
        """Give the best candidate, or the one with this name or number.

        Raises
        ------
        ClassliftError
            If there is no such candidate.
        """
        trials, source, low_fraction = self.trials, self.source, self.aim.low_fraction
        named = None if wanted is None else find_candidate(wanted, [one.name for one in trials.candidates])
        found, steps = self._settled(named)
        decision = found.decision
        counts, groups = trials.counts(decision.chosen), trials.groups(decision.chosen)
        effect = Comparison(
            source.name, counts, self.names, low_fraction, reading=reading_of(source), groups=groups,
            identical=not decision.chosen,
        )  # fmt: skip
        effect = under_weights(effect, trials, decision.chosen, self.asked.shares)
        many = (TOO_MANY,) if source.n_classes > MOST_FULL else ()
        told = [decision.note] if decision.note else []
        notes = (*source.notes, *self.rows.notes, *many, *payers(effect), *told)
        return TuneResult(
            self._layer(found, Fitted(steps, notes=notes)),
            decision.chosen,
            decision.promise,
            trials,
            decision.assessment,
            decision.reasons,
            self.objective,
            decision.assessment.aim.max_total_drop,
            self.read.counts,
            self.names,
            effect,
            notes,
            found.requirements,
            found.met,
            effect.reading,
            tried=self,
            shares=self.asked.shares,
        )

    def _settled(self, named: int | None) -> tuple[Settled, Steps]:
        """Choose until the layer of all rows does what its folds have shown, and give its steps."""
        bars = list(self.bars)
        while True:
            found = settle(
                self.trials, self.aim, self.asked, bars, named, self.seed, free=self.free, best_effort=self.best_effort
            )
            decision = found.decision
            if not decision.chosen:
                return found, ()
            steps = make_steps(self.trials, decision.chosen, decision.bias, self.rows)
            own = on_own_rows(self.trials, self.aim, steps, self.rows)
            reason = "" if named is not None else unlike_its_folds(decision, own)
            if not reason:
                return found._replace(decision=no_more_than(decision, own)), steps
            bars.append((reason, np.arange(len(self.trials.candidates)) == decision.chosen))

    def _layer(self, found: Settled, fitted: Fitted) -> OutputLayer:
        """The chosen layer, with what was tried in its provenance."""
        decision = found.decision
        candidate = self.trials.candidates[decision.chosen]
        layer = make_layer(
            self.source,
            self.read,
            fitted,
            method=candidate.name,
            settings={**candidate.first.settings, "strength": candidate.strength},
            low_fraction=self.aim.low_fraction,
            search={
                "objective": self.objective,
                "max_total_drop": decision.assessment.aim.max_total_drop,
                "requirements": [one.document() for one in found.requirements],
                **_search(self.trials, decision),
            },
            calibration=calibration_of(self.rows),
        )
        layer = decided_by(self.trials.plan.costs if decision.chosen else None, layer, self.source.classes)
        if self.asked.shares is None or not decision.chosen:
            return layer
        wanted = self.asked.shares.in_order(self.names, self.source.name).tolist()
        return replace(layer, provenance={**layer.provenance, "shares": wanted})


def _search(trials: Trials, found: Decision) -> dict[str, object]:
    """What was tried, why this one won and what it promises, for the layer file."""
    figures, score = found.assessment, found.assessment.score
    return {
        "chosen": found.chosen,
        "promise": found.promise.as_dict(),
        "candidates": [
            {
                "name": candidate.name,
                "total_change": float(figures.total_change[i]),
                "total_estimate": float(figures.total_estimate[i]),
                "total_error": float(figures.total_error[i]),
                "gain": float(figures.gain[i]),
                "score": float(score[i]),
                "allowed": bool(i) and not found.reasons[i],
                "reason": found.reasons[i],
            }
            for i, candidate in enumerate(trials.candidates)
        ],
    }

"""The steps of a chosen candidate, fitted on all rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from classlift.data.counts import PairedCounts
from classlift.layer.layer import OutputLayer
from classlift.layer.step import AffineStep, Domain

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from classlift.fitting.tuning.aim import Aim
    from classlift.fitting.tuning.decision import Decision
    from classlift.fitting.tuning.families import Steps
    from classlift.fitting.tuning.trials import Trials
    from classlift.methods.shared.labelled_rows import LabelledRows


def make_steps(trials: Trials, candidate: int, bias: NDArray[np.float64] | None, rows: LabelledRows) -> Steps:
    """Fit the first step of a candidate on all rows; a bias behind a step of log-probabilities becomes one with it."""
    first = trials.candidates[candidate].first
    family = next(family for family in trials.plan.families if first in family.members)
    steps = next(family.fit(rows, (first,)))
    if bias is None:
        return steps
    temperature = 1 / trials.inverse[trials.first_of(candidate)]
    last = AffineStep(Domain.LOG_PROBABILITY, bias=bias, temperature=temperature)
    if not steps or steps[-1].domain is not Domain.LOG_PROBABILITY:
        return (*steps, last)
    return (*steps[:-1], _joined(steps[-1], last))


class OnOwnRows(NamedTuple):
    """What a layer does on the rows that it was fitted on, which flatters it.

    total : change of total accuracy; gain : of what is lifted, greater where better.
    """

    total: float
    gain: float


def on_own_rows(trials: Trials, aim: Aim, steps: Steps, rows: LabelledRows) -> OnOwnRows:
    """Apply a layer to the rows that it was fitted on."""
    costs, weights = trials.plan.costs, trials.plan.weights[rows.labels]
    layer = OutputLayer(steps, rows.n_classes, costs=costs)
    predicted = np.concatenate([layer.apply(part).predicted for part in rows.block.parts()])
    total = float((((predicted == rows.labels).astype(float) - trials.hits[0]) * weights).mean())
    if aim.objective.is_total:
        return OnOwnRows(total, total)
    if aim.objective.is_cost and costs is not None:
        cheaper = trials.cost[0] - costs.matrix[rows.labels, predicted] * weights
        return OnOwnRows(total, float(cheaper.mean()))
    counts = PairedCounts.of(rows.labels, trials.predicted[0], predicted, rows.n_classes)
    before, after = (aim.objective.value(side, aim.low_fraction) for side in (counts.before, counts.after))
    return OnOwnRows(total, float(after - before))


def unlike_its_folds(decision: Decision, own: OnOwnRows) -> str:
    """Why what the folds have shown does not hold for the layer of all rows; empty where it does.

    With few rows of a class a fit may depend on their number. The folds stand for another layer where even on its own
    rows total accuracy changes by surely less than is allowed and than they have shown, or what is lifted gains less
    than half of what is promised (which is not asked of what is required).
    """
    figures, chosen = decision.assessment, decision.chosen
    shown, error = float(figures.total_change[chosen]), float(figures.total_error[chosen])
    if own.total < min(shown - 2 * error, -figures.aim.max_total_drop - error):
        fall = -100 * own.total
        return f"the layer of all rows makes total accuracy fall by {fall:.1f}pp, more than those of the folds"
    objective = figures.aim.objective
    if own.gain < max(objective.better * decision.promise.objective.change, 0.0) / 2 and not figures.aim.forced:
        return f"the layer of all rows does less for {objective.text} than those of the folds"
    return ""


def no_more_than(decision: Decision, own: OnOwnRows) -> Decision:
    """Promise no more of total accuracy than the layer does on the rows that it was fitted on."""
    total = decision.promise.total
    less = min(own.total - total.change, 0.0)
    lower = total._replace(change=total.change + less, low=total.low + less, high=total.high + less)
    return decision._replace(promise=decision.promise._replace(total=lower))


def _joined(first: AffineStep, last: AffineStep) -> AffineStep:
    """One step that does both: ``(W x / T + b) / t + c``; softmax between them only shifts rows."""
    return AffineStep(
        first.domain,
        bias=first.bias / last.temperature + last.bias,
        weight=None if first.weight is None else first.weight / last.temperature,
        temperature=first.temperature if first.weight is not None else first.temperature * last.temperature,
    )

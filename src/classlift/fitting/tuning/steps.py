"""The steps of a chosen candidate, fitted on all rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from classlift.layer.step import AffineStep, Domain

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

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


def _joined(first: AffineStep, last: AffineStep) -> AffineStep:
    """One step that does both: ``(W x / T + b) / t + c``; softmax between them only shifts rows."""
    return AffineStep(
        first.domain,
        bias=first.bias / last.temperature + last.bias,
        weight=None if first.weight is None else first.weight / last.temperature,
        temperature=first.temperature if first.weight is not None else first.temperature * last.temperature,
    )

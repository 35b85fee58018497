"""What users require of a tuned layer: which candidates hold it, and biases that reach what none does."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import NormalDist
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from classlift.data import metrics
from classlift.errors import ClassliftError
from classlift.evaluation.comparison import Comparison
from classlift.fitting.tuning.aim import check_class
from classlift.fitting.tuning.choice import FALL_BEYOND, assess
from classlift.fitting.tuning.evidence import Evidence
from classlift.fitting.tuning.reach import reaching
from classlift.fitting.tuning.targets import MARGIN, Sample, Target, target_of
from classlift.fitting.tuning.trials import Reached
from classlift.fitting.tuning.under import refuse_by_shares, under_weights
from classlift.gates.check import Gate
from classlift.gates.groups import UndefinedError, group_key
from classlift.gates.result import State
from classlift.gates.settings import GateSet
from classlift.gates.units import Amount, Figure, Measure

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from numpy.typing import NDArray

    from classlift.data.shares import Shares
    from classlift.fitting.tuning.aim import Aim
    from classlift.fitting.tuning.choice import Assessment
    from classlift.fitting.tuning.trials import Trials
    from classlift.gates.result import GateResult

    Mask = NDArray[np.bool_]

FURTHER = (0.0, 0.7, 1.5)
"""Standard errors of margin beyond the first, tried where rows left out of the fit do not hold what is required."""

MOST_BASES = 2
"""First steps, the most accurate ones, that the multipliers start from."""

NUDGES = (-2.0, -1.0, -0.5, -0.25, -0.1, 0.1, 0.25, 0.5, 1.0, 1.5, 2.0, 3.0)
"""Changes of the bias of a class that are tried where a figure of that class is to be lifted."""


class Held(NamedTuple):
    """What the candidates hold out of fold.

    results : of each candidate, a result for each requirement; all : candidates that hold everything;
    surely : those that hold it with the margin, too.
    """

    results: list[tuple[GateResult, ...]]
    all: Mask
    surely: Mask

    def nearest(self, among: Mask, total_change: NDArray[np.float64]) -> int:
        """Candidate that stays least short of what is required, then the one with the best total accuracy."""
        short = [sum(one.shortfall for one in found if one.state is not State.PASSED) for found in self.results]
        undefined = [sum(one.state is State.UNDEFINED for one in found) for found in self.results]
        order = np.lexsort([-total_change, np.round(short, 9), np.array(undefined), ~among])
        return int(order[0])


@dataclass(frozen=True)
class Requirements:
    """Requirements on a layer, on rows that its fit has not seen.

    Parameters
    ----------
    asked : GateSet
        Conditions, and the confidence with which they are asked.
    classes : tuple of str
        Class names.
    low_fraction : float
        Share of the classes that the low figures are about.
    shares : Shares, optional
        Class shares that total accuracy is asked under.
    by : tuple of str
        Columns whose values part the rows into groups.
    """

    asked: GateSet
    classes: tuple[str, ...]
    low_fraction: float
    shares: Shares | None = None
    by: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for figure, where in self._figures():
            check_class(figure, self.classes, where)
            if self.shares is not None:
                refuse_by_shares(figure, where)
            if figure.metric is not None and figure.metric.scores:
                raise ClassliftError(
                    where,
                    f"names {figure}, and tuning knows only what is predicted",
                    fix="ask it of the layer with classlift evaluate --gate.",
                )
            if figure.needs_groups and not self.by:
                raise ClassliftError(where, f"names {figure}, and there are no groups", fix="give --by COLUMN.")

    def _figures(self) -> Iterator[tuple[Figure, str]]:
        """Every figure, and what messages call the condition that names it."""
        for gate in self.asked.gates:
            for figure in gate.figures:
                yield figure, f"--require {gate.text!r}"

    def check_groups(self, columns: Mapping[str, NDArray[Any]]) -> None:
        """Refuse a group that is not a value of these columns."""
        values = {name: np.unique(column.astype(str)).tolist() for name, column in columns.items()}
        for figure, where in self._figures():
            if figure.group is not None:
                try:
                    group_key(figure.group, values)
                except UndefinedError as error:
                    raise ClassliftError(where, str(error), fix="name a value of the column that --by names.") from None

    def hold(self, trials: Trials) -> Held:
        """Check all candidates."""
        results = [self._check(trials, i) for i in range(len(trials.candidates))]
        held = np.array([_passed(found) for found in results])
        targets, margin = self._targets(trials), self._margin
        sure = np.array([ok and _surely(trials, i, targets, margin) for i, ok in enumerate(held)])
        return Held(results, held, sure)

    def reach(self, trials: Trials, aim: Aim) -> Trials:
        """Add candidates whose biases reach the requirements on classes, where the best one does not hold them."""
        targets = self._targets(trials)
        if not targets or not trials.plan.enough:
            return trials
        figures = assess(Evidence.of(trials), aim)
        best = int(np.where(figures.allowed, figures.score, -np.inf).argmax()) if figures.allowed.any() else 0
        if self._has(trials, best, targets):
            return trials
        bases = self._bases(trials, figures, best, single=not any(len(target.classes) > 1 for target in targets))
        for further in FURTHER:
            before = len(trials.candidates)
            trials = trials.reaching([self._from(trials, base, targets, self._margin + further) for base in bases])
            if any(self._has(trials, i, targets) for i in range(before, len(trials.candidates))):
                return trials
        return trials.reaching([self._from(trials, base, targets, 0.0) for base in bases])

    def _bases(self, trials: Trials, figures: Assessment, best: int, *, single: bool) -> list[int]:
        """Candidates to start from; few where every class is asked for, which takes longer."""
        score = figures.score[: len(trials.plan.candidates)].reshape(len(trials.plan.members), -1)
        plain = np.arange(len(score)) * score.shape[1]
        if single:
            return list(dict.fromkeys([best, *plain.tolist(), *(plain + score.argmax(axis=1)).tolist()]))
        accurate = plain[np.argsort(-figures.total_estimate[plain], kind="stable")[:MOST_BASES]]
        return list(dict.fromkeys([best, *accurate.tolist()]))

    def _check(self, trials: Trials, candidate: int) -> tuple[GateResult, ...]:
        counts = trials.counts(candidate)
        low = metrics.low_classes(counts.before.recall, self.low_fraction)
        groups = trials.groups(candidate)
        found = Comparison("", counts, self.classes, self.low_fraction, validation_low=low, groups=groups)
        return self.asked.check(under_weights(found, trials, candidate, self.shares))

    def _has(self, trials: Trials, candidate: int, targets: list[Target]) -> bool:
        return _surely(trials, candidate, targets, self._margin) and _passed(self._check(trials, candidate))

    @property
    def _margin(self) -> float:
        confidence = self.asked.confidence
        return MARGIN if confidence is None else max(MARGIN, NormalDist().inv_cdf(confidence))

    def _targets(self, trials: Trials) -> list[Target]:
        found = (target_of(gate, self.classes, trials.support) for gate in self.asked.gates)
        return [target for target in found if target is not None]

    def _from(self, trials: Trials, base: int, targets: list[Target], margin: float) -> Reached:
        first, rows = trials.first_of(base), trials.cross_fitted(trials.first_of(base))
        start = (
            trials.biases_of(base)
            if trials.candidates[base].has_bias
            else np.zeros((trials.plan.n_folds + 1, trials.n_classes))
        )
        found = reaching(rows, trials.predicted[0], start, targets, margin)
        return Reached(
            first, trials.candidates[base].strength, f"biases for what is required, margin {margin:.3g}", found
        )


def _passed(found: tuple[GateResult, ...]) -> bool:
    return all(one.state is State.PASSED for one in found)


def nudged(trials: Trials, of_class: int) -> Trials:
    """Add candidates that move the bias of one class, for a figure of that class."""
    width, found = 1 + len(trials.plan.strengths), []
    for first in range(len(trials.plan.members) if trials.plan.enough else 0):
        for change in NUDGES:
            biases = np.zeros((trials.plan.n_folds + 1, trials.n_classes))
            biases[:, of_class] = change
            found.append(Reached(trials.first_of(first * width), 0.0, f"bias {change:+g} of one class", biases))
    return trials.reaching(found)


def allowed_drop(gates: tuple[Gate, ...]) -> float | None:
    """How far total accuracy may fall as ``total.change >= -0.5pp`` says; None where no requirement says so."""
    found = [drop for gate in gates if (drop := _drop(gate)) is not None]
    return min(found) if found else None


def _drop(gate: Gate) -> float | None:
    item = gate.left[0].item
    plain = len(gate.left) == 1 and gate.left[0].sign > 0 and isinstance(item, Figure)
    amounts = [term for term in gate.right if isinstance(term.item, Amount)]
    if not plain or len(amounts) != len(gate.right) or not gate.operator.rising:
        return None
    if str(item) != "total.change" or gate.measure is not Measure.POINTS:
        return None
    return max(0.0, -float(sum(term.sign * term.item.value for term in amounts if isinstance(term.item, Amount))))


def least_drop(trials: Trials, aim: Aim, holding: Mask) -> float:
    """Least fall of total accuracy at which one of these candidates can be taken."""
    figures = assess(Evidence.of(trials), aim)
    doubtful = figures.total_estimate - figures.total_error + FALL_BEYOND
    fall = -np.minimum.reduce([figures.total_change, figures.total_estimate, doubtful, np.zeros(len(holding))])
    return float(fall[holding].min())


def _surely(trials: Trials, candidate: int, targets: list[Target], margin: float) -> bool:
    counts = trials.counts(candidate)
    before, after = counts.before, counts.after
    sample = Sample(
        after.support.astype(float),
        after.right.astype(float),
        after.predicted.astype(float),
        tuple(part.astype(float) for part in (before.support, before.right, before.predicted)),
        (counts.fixed + counts.broken).astype(float),
    )
    short = (target.surplus(sample, margin)[target.classes] for target in targets)
    return all(bool((np.isnan(one) | (one >= -1e-12)).all()) and not np.isnan(one).all() for one in short)

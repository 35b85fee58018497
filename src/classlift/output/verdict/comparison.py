"""The verdict on two results on the same rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from classlift.output.verdict.evaluation import levels, low_name
from classlift.output.verdict.noun import NO_BREAK, Outcome, Verdict, moved
from classlift.output.verdict.payers import cautions, payers

if TYPE_CHECKING:
    from classlift.evaluation.comparison import Comparison, Expected
    from classlift.fitting.tuning.promise import Promise

TOLERATED = -0.001
"""Where nothing rises, a fall of total accuracy of up to 0.1 points is not called harm."""


def compared(
    result: Comparison, what: str = "the layer", lifted: str = "", *, kept: str = "the raw predictions"
) -> Verdict:
    """Say what changed between two results on the same rows, and whom it costs.

    Parameters
    ----------
    result : Comparison
        Before and after.
    what : str
        What made the change.
    lifted : str
        What is said of another figure before these two.
    kept : str
        What to keep where the change is not worth it.

    Returns
    -------
    Verdict
        ``lifts`` where the low-20 % accuracy surely rises and total accuracy does not surely fall, ``trades`` where it
        rises and total falls, ``harms`` where one falls and the other does not rise, or total loses more points than
        low-20 % gains, or classes fall and none rises, else ``nothing``. Sure is what a 95 % interval says, of
        classes an exact test.
    """
    low, total = _Change.of_low(result), _Change.of_total(result)
    if result.counts.after.cost is not None:
        return _by_cost(result, what, _Change.of_cost(result), f"{lifted}{_low_and_total(result, low, total)}")
    if result.n_adjusted == 0:
        head = f"{what} changes no prediction: {levels(result.before)}; keep {kept}."
        return Verdict(Outcome.NOTHING, (head, *cautions(result)))
    outcome = _outcome(low, total)
    if outcome is Outcome.TRADES and _nobody_gains(result, low, total):
        outcome = Outcome.HARMS
    pair = f"{lifted}{_low_and_total(result, low, total)}{_unpredicted(result, lifted)}"
    heads = {
        Outcome.LIFTS: f"{what} lifts the low classes: {pair}",
        Outcome.TRADES: f"{what} lifts the low classes at the expense of total accuracy: {pair}",
        Outcome.HARMS: f"{what} does harm: {pair}",
        Outcome.NOTHING: f"{what} changes nothing that can be told from chance: {pair}; keep {kept}",
    }
    head = heads[outcome]
    if outcome is Outcome.NOTHING and total.rises:
        outcome = Outcome.SHOWN
        head = f"{what} raises total accuracy, and the low classes by nothing that can be told from chance: {pair}"
    return Verdict(outcome, (head + ".", *payers(result), *cautions(result)))


def promised(result: Comparison, promise: Promise, what: str, lifted: str = "") -> Verdict:
    """Say what a tuned layer is expected to do in a new sample, corrected for its choice, and whom it costs.

    `result` is its out-of-fold effect as counted; the levels are those of the raw predictions there.
    """
    low, total = (
        _Change.expected(result.before.low(), promise.low20),
        _Change.expected(result.before.total, promise.total),
    )
    if promise.cost is not None:
        cost = _Change.expected(result.before.value("cost"), promise.cost)
        rest = f"{lifted}{_low_and_total(result, low, total)}"
        return _by_cost(result, what, cost, rest, "expected in a new sample ")
    outcome = _outcome(low, total)
    if outcome is Outcome.HARMS and not low.falls:
        outcome = Outcome.TRADES  # as much of total accuracy as was allowed
    lifts = "lifts" if low.rises else "may lift (chance may hide it)"
    name = low_name(result.low_fraction)
    told = f"expected in a new sample: {lifted}{name} {low.words()}, total accuracy {total.words()}"
    heads = {
        Outcome.LIFTS: f"{what} lifts the low classes; {told}",
        Outcome.TRADES: f"{what} {lifts} the low classes at the expense of total accuracy; {told}",
        Outcome.HARMS: f"{what} does harm; {told}",
        Outcome.NOTHING: f"{what} is taken, though its gain may be chance; {told}",
    }
    return Verdict(outcome, (heads[outcome] + ".", *payers(result), *cautions(result)))


def words_of(promise: Promise, low_fraction: float) -> str:
    """Write the changes of low-20 % and total accuracy that are promised, with their intervals."""
    return ", ".join(
        f"{name} {100 * one.change:+z.1f}{NO_BREAK}pp ({100 * one.low:+z.1f} to {100 * one.high:+z.1f})"
        for name, one in ((low_name(low_fraction), promise.low20), ("total accuracy", promise.total))
    )


def _low_and_total(result: Comparison, low: _Change, total: _Change) -> str:
    return f"{low_name(result.low_fraction)} {low.words()}, total accuracy {total.words()}"


def _unpredicted(result: Comparison, said: str) -> str:
    """How many classes are never predicted, where that changes and was not said."""
    before, after = result.values("never_predicted")
    return "" if before == after or "never predicted" in said else f", never predicted {before:.0f} → {after:.0f}"


def _nobody_gains(result: Comparison, low: _Change, total: _Change) -> bool:
    """Whether classes fall and none surely rises, or total accuracy loses more points than low-20 % gains."""
    only_fall = bool((result.beyond_chance < 0).any() and not (result.beyond_chance > 0).any())
    return only_fall or total.before - total.after > low.after - low.before


def _by_cost(result: Comparison, what: str, cost: _Change, rest: str, told: str = "") -> Verdict:
    """Say what a change costs or saves by the costs of mistakes, which decide where they are known."""
    ends = "" if np.isnan(cost.low) else f", 95{NO_BREAK}%: {cost.low:+z.4g} to {cost.high:+z.4g}"
    moved = f"{cost.before:.4g} → {cost.after:.4g} ({cost.after - cost.before:+z.4g}{ends})"
    outcome = Outcome.LIFTS if cost.falls else Outcome.HARMS if cost.rises else Outcome.NOTHING
    verb = {
        Outcome.LIFTS: "lowers the mean cost of a row",
        Outcome.HARMS: "raises the mean cost of a row",
        Outcome.NOTHING: "changes no mean cost that can be told from chance",
    }[outcome]
    return Verdict(outcome, (f"{what} {verb}: {told}{moved}; {rest}.", *payers(result), *cautions(result)))


@dataclass(frozen=True)
class _Change:
    """A figure before and after, and the interval of its change; NaN ends where none was drawn."""

    before: float
    after: float
    low: float
    high: float

    @classmethod
    def of_low(cls, result: Comparison) -> _Change:
        drawn = result.resampling.n_draws > 0
        ends = result.interval("low20.change") if drawn else (np.nan, np.nan)
        return cls(result.before.low(), result.after.low(), *ends)

    @classmethod
    def expected(cls, before: float, change: Expected) -> _Change:
        return cls(before, before + change.change, change.low, change.high)

    @classmethod
    def of_total(cls, result: Comparison) -> _Change:
        return cls(result.before.total, result.after.total, *result.interval("total.change"))

    @classmethod
    def of_cost(cls, result: Comparison) -> _Change:
        return cls(result.before.value("cost"), result.after.value("cost"), *result.interval("cost.change"))

    @property
    def rises(self) -> bool:
        return self.low > 0 if not np.isnan(self.low) else self.after > self.before

    @property
    def falls(self) -> bool:
        return self.high < 0 if not np.isnan(self.high) else self.after < self.before

    def words(self) -> str:
        return moved(self.before, self.after, (self.low, self.high))


def _outcome(low: _Change, total: _Change) -> Outcome:
    if low.rises:
        return Outcome.TRADES if total.falls and total.after - total.before < TOLERATED else Outcome.LIFTS
    if low.falls or (total.falls and total.after - total.before < TOLERATED):
        return Outcome.HARMS
    return Outcome.NOTHING

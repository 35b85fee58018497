"""The verdict: what happened, what it costs and whom, in at most four sentences, before any table."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from classlift.evaluation import Comparison, Evaluation
    from classlift.fitting.benchmark import Benchmark
    from classlift.fitting.fit import FitResult
    from classlift.fitting.tuning import TuneResult
    from classlift.intervals import Interval
    from classlift.layer.apply import ApplySummary

NO_BREAK = "\N{NO-BREAK SPACE}"
"""Between a number and its unit, where a line may not end."""

FEW_ROWS = 20
"""A class with fewer rows is named: its figures tell little."""

NAMED = 3
"""How many classes a sentence names."""

TOLERATED = -0.001
"""A fall of total accuracy of up to 0.1 points is no harm where nothing rises."""


class Outcome(StrEnum):
    """What a layer does."""

    LIFTS = "lifts"
    TRADES = "trades"
    NOTHING = "nothing"
    HARMS = "harms"
    SHOWN = "shown"


@dataclass(frozen=True)
class Verdict:
    """What happened, in words.

    Parameters
    ----------
    outcome : Outcome
        In one word; ``shown`` where nothing is compared.
    sentences : tuple of str
        The answer first, then whom it costs, then what to be careful about.
    wrote : tuple of str
        Files that were written.
    next : str
        The command to run next; empty where there is none to suggest.
    """

    outcome: Outcome
    sentences: tuple[str, ...]
    wrote: tuple[str, ...] = ()
    next: str = ""

    def followed_by(self, command: str, *wrote: str) -> Verdict:
        """The same, with the files that were written and the next command."""
        return replace(self, next=command, wrote=wrote)


def compared(result: Comparison, what: str = "the layer") -> Verdict:
    """Say what changed between two results on the same rows, and whom it costs.

    Parameters
    ----------
    result : Comparison
        Before and after.
    what : str
        What made the change.

    Returns
    -------
    Verdict
        ``lifts`` where the low-20 % accuracy surely rises and total accuracy does not surely fall, ``trades`` where it
        rises and total falls, ``harms`` where one falls and the other does not rise, else ``nothing``. Sure is what a
        95 % interval says.
    """
    low, total = _Change.of_low(result), _Change.of_total(result)
    outcome = _outcome(low, total)
    pair = f"low-20 % accuracy {low.words()}, total accuracy {total.words()}"
    heads = {
        Outcome.LIFTS: f"{what} lifts the low classes: {pair}",
        Outcome.TRADES: f"{what} lifts the low classes at the expense of total accuracy: {pair}",
        Outcome.HARMS: f"{what} does harm: {pair}",
        Outcome.NOTHING: f"{what} changes nothing that can be told from chance: {pair}; keep the raw predictions",
    }
    return Verdict(outcome, (heads[outcome] + ".", *_payers(result), *_cautions(result)))


def evaluated(result: Evaluation) -> Verdict:
    """Say how good one result is, and which classes are lowest."""
    recall = result.counts.recall
    lowest = [f"{result.classes[k]}{NO_BREAK}{100 * recall[k]:.0f}{NO_BREAK}%" for k in result.lowest_classes[:NAMED]]
    low, high = result.interval("total")
    never = int(((result.counts.support > 0) & (result.counts.predicted == 0)).sum())
    sentences = [
        f"total accuracy {_per_cent(result.total)} (95{NO_BREAK}%: {100 * low:.1f} to {100 * high:.1f}), low-20 % accuracy "
        f"{_per_cent(result.low())}: {_listed(lowest, len(result.lowest_classes))}."
    ]
    if never:
        sentences.append(f"{_count(never, 'class is', 'classes are')} never predicted.")
    return Verdict(Outcome.SHOWN, (*sentences, *_few(result.counts.support, result.classes)))


@dataclass(frozen=True)
class _Change:
    """A figure before and after, and the interval of its change; NaN ends where none was drawn."""

    before: float
    after: float
    low: float
    high: float

    @classmethod
    def of_low(cls, result: Comparison) -> _Change:
        ends: Interval = result.low_change_draws.interval()
        before, after = result.before.low(), result.after.low()
        change = after - before
        if ends.low <= change <= ends.high or np.isnan(ends.low):
            return cls(before, after, *ends)
        middle = result.low_change_draws.estimate  # the choice of the lowest classes flatters the plain difference
        return cls(before, before + middle, *ends)

    @classmethod
    def of_total(cls, result: Comparison) -> _Change:
        return cls(result.before.total, result.after.total, *result.interval("total.change"))

    @property
    def rises(self) -> bool:
        return self.low > 0 if not np.isnan(self.low) else self.after > self.before

    @property
    def falls(self) -> bool:
        return self.high < 0 if not np.isnan(self.high) else self.after < self.before

    def words(self) -> str:
        ends = "" if np.isnan(self.low) else f", 95{NO_BREAK}%: {100 * self.low:+.1f} to {100 * self.high:+.1f}"
        change = 100 * (self.after - self.before)
        return f"{_per_cent(self.before)} → {_per_cent(self.after)} ({change:+.1f}{NO_BREAK}pp{ends})"


def _outcome(low: _Change, total: _Change) -> Outcome:
    if low.rises:
        return Outcome.TRADES if total.falls and total.after - total.before < TOLERATED else Outcome.LIFTS
    if low.falls or (total.falls and total.after - total.before < TOLERATED):
        return Outcome.HARMS
    return Outcome.NOTHING


def _payers(result: Comparison) -> tuple[str, ...]:
    """Which classes rise and fall beyond chance, with intervals widened for how many classes are looked at."""
    if not result.fixed and not result.broken:
        return ()
    before, after = result.counts.before, result.counts.after
    seen = int((before.support > 0).sum())
    low, high = result.recall_change_intervals(1 - 0.05 / max(1, seen))
    change = after.recall - before.recall
    rise, fall = (np.flatnonzero(mask) for mask in (low > 0, high < 0))
    up = _moved(change, rise[np.argsort(-change[rise], kind="stable")], result.classes)
    down = _moved(change, fall[np.argsort(change[fall], kind="stable")], result.classes)
    net = result.fixed - result.broken
    return (
        f"beyond chance {_count(len(rise), 'class rises', 'classes rise')}{up}, "
        f"{_count(len(fall), 'falls', 'fall')}{down}; "
        f"{_count(result.fixed, 'row', 'rows')} became right, {result.broken:,} wrong (net {net:+,}).",
    )


def _moved(change: NDArray[np.float64], order: NDArray[np.intp], classes: Sequence[str]) -> str:
    if not len(order):
        return ""
    return f" ({_listed([f'{classes[k]}{NO_BREAK}{100 * change[k]:+.0f}' for k in order[:NAMED]], len(order))})"


def _cautions(result: Comparison) -> tuple[str, ...]:
    return (*_few(result.counts.before.support, result.classes), *_likelihood(result))


def _few(support: NDArray[np.int64], classes: Sequence[str]) -> tuple[str, ...]:
    few = np.flatnonzero((support > 0) & (support < FEW_ROWS))
    if not len(few):
        return ()
    order = few[np.argsort(support[few], kind="stable")]
    named = _listed([f"{classes[k]}: {support[k]}" for k in order[:NAMED]], len(few))
    return (f"{_count(len(few), 'class has', 'classes have')} fewer than {FEW_ROWS} rows ({named}): read with care.",)


def _likelihood(result: Comparison) -> tuple[str, ...]:
    before, after = (side.details.scoring for side in (result.before, result.after))
    if before is None or after is None or after.log_loss <= before.log_loss * 1.01:
        return ()
    return (
        f"the log-likelihood gets worse ({before.log_loss:.2f} → {after.log_loss:.2f} nats per row): use `predicted`, "
        "not `probs`, as confidence.",
    )


def _per_cent(fraction: float) -> str:
    return f"{100 * fraction:.1f}{NO_BREAK}%"


def _count(number: int, one: str, many: str) -> str:
    return f"{number:,} {one if number == 1 else many}"


def _listed(first: Sequence[str], of: int) -> str:
    return ", ".join(first) + (", …" if of > len(first) else "")


def tuned(result: TuneResult) -> Verdict:
    """Say what a tuned layer does out of fold; of the identity, why nothing else was taken."""
    if result.chosen:
        return compared(result.effect, result.trials.candidates[result.chosen].name)
    return Verdict(Outcome.NOTHING, (f"{result.notes[0]}; keep the raw predictions.", *_few_of(result.effect)))


def fitted(result: FitResult) -> Verdict:
    """Say what a layer with fixed numbers does: out of fold, else in-sample, where one of these was found out."""
    method, rows = result.layer.method, _count(result.counts.n_samples, "labelled row", "labelled rows")
    if result.effect is None:
        return Verdict(Outcome.SHOWN, (f"{method} is fitted on {rows}; what it does was not found out.",))
    found = compared(result.effect, method)
    if result.out_of_fold is None:
        found = replace(found, sentences=(*found.sentences, "this is in-sample, on the rows of the fit: it flatters."))
    return found


def applied(result: ApplySummary) -> Verdict:
    """Say how many rows a layer adjusted, how many predictions changed, and which classes are predicted now."""
    before, after = result.predicted_before, result.predicted_after
    woken = np.flatnonzero((before == 0) & (after > 0))
    sentences = [
        f"{result.n_adjusted:,} of {_count(result.n_samples, 'row', 'rows')} adjusted; the predicted class of "
        f"{result.n_changed:,} changed."
    ]
    if len(woken):
        named = _listed([result.classes[k] for k in woken[:NAMED]], len(woken))
        sentences.append(f"{_count(len(woken), 'class is', 'classes are')} predicted that never was before ({named}).")
    return Verdict(Outcome.SHOWN, tuple(sentences))


def benchmarked(result: Benchmark) -> Verdict:
    """Name the method that lifts the low classes most without a fall of total accuracy."""
    good = [e for e in result.entries if e.result.after.total - e.result.before.total >= TOLERATED]
    if not good:
        return Verdict(Outcome.NOTHING, ("every method costs total accuracy: keep the raw predictions.",))
    best = max(good, key=lambda entry: entry.result.after.low())
    return compared(best.result, f"best without a fall of total accuracy: {best.method}, which")


def _few_of(result: Comparison) -> tuple[str, ...]:
    return _few(result.counts.before.support, result.classes)

"""Whom a change costs, and what to be careful about."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from classlift.data.shares import MOVED
from classlift.evaluation.words import IN_SAMPLE
from classlift.output.verdict.noun import NAMED, NO_BREAK, count, few_rows, listed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from classlift.evaluation.comparison import Comparison

FEW_RIGHT, LOST = 0.5, 0.2
"""A class whose precision ends below the one and falls by more than the other is named among those who pay."""


def payers(result: Comparison) -> tuple[str, ...]:
    """Which classes rise and fall beyond chance, of which 5 % are false at most."""
    if not result.fixed and not result.broken:
        return ()
    change = result.counts.after.recall - result.counts.before.recall
    rise, fall = (np.flatnonzero(result.beyond_chance == sign) for sign in (1, -1))
    up = _moved(change, rise[np.argsort(-change[rise], kind="stable")], result.classes)
    down = _moved(change, fall[np.argsort(change[fall], kind="stable")], result.classes)
    net, whole = result.fixed - result.broken, "" if result.before.shares is None else " of the file"
    return (
        f"beyond chance {count(len(rise), 'class rises', 'classes rise')}{up}, "
        f"{count(len(fall), 'falls', 'fall')}{down}{_woken(result)}{_false_alarms(result)}; "
        f"{count(result.fixed, 'row', 'rows')}{whole} became right, {result.broken:,} wrong (net {net:+,}).",
    )


def cautions(result: Comparison) -> tuple[str, ...]:
    """At most two sentences on what to be careful about."""
    own = ("these are the rows that the layer was fitted on, so it looks better than it is.",)
    in_sample = own if IN_SAMPLE in result.notes else ()
    other = tuple(f"{note}." for note in result.notes if note.startswith(MOVED))
    few = few_rows(result.counts.before.support, result.classes)
    return (*in_sample, *other, *_likelihood(result), *few)[:2]


def _woken(result: Comparison) -> str:
    """How many classes are predicted that never were, and how often that is right."""
    new = (result.counts.before.predicted == 0) & (result.counts.after.predicted > 0)
    precision = result.after.class_values("precision")[new]
    if not len(precision) or np.isnan(precision).all():
        return ""
    low, high = (f"{100 * end:.0f}" for end in (np.nanmin(precision), np.nanmax(precision)))
    ends = low if low == high else f"{low} to {high}"
    return f"; newly predicted: {count(len(precision), 'class', 'classes')}, precision {ends}{NO_BREAK}%"


def _false_alarms(result: Comparison) -> str:
    """Classes that are now wrong in most of the rows that are called so, and were not nearly as often before."""
    before, after = (side.class_values("precision") for side in (result.before, result.after))
    lost = np.flatnonzero((after.round(2) < FEW_RIGHT) & (after < before - LOST))
    if not len(lost):
        return ""
    order = lost[np.argsort((after - before)[lost], kind="stable")]
    named = [f"{result.classes[k]} {100 * before[k]:.0f} → {100 * after[k]:.0f}{NO_BREAK}%" for k in order[:NAMED]]
    return f"; precision below half: {listed(named, len(lost))}"


def _moved(change: NDArray[np.float64], order: NDArray[np.intp], classes: Sequence[str]) -> str:
    if not len(order):
        return ""
    return f" ({listed([f'{classes[k]}{NO_BREAK}{100 * change[k]:+z.0f}' for k in order[:NAMED]], len(order))})"


def _likelihood(result: Comparison) -> tuple[str, ...]:
    before, after = (side.details.scoring for side in (result.before, result.after))
    if before is None or after is None or after.log_loss <= before.log_loss * 1.01:
        return ()
    return (
        f"the log-likelihood gets worse ({before.log_loss:.2f} → {after.log_loss:.2f} nats per row): trust "
        "`predicted`, but not `probs` as its confidence.",
    )

"""The choice under requirements, and what becomes of requirements that nothing holds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from classlift.fitting.tuning.choice import holds_total
from classlift.fitting.tuning.decision import IDENTITY, Decision, decide
from classlift.fitting.tuning.requirements import Held, least_drop
from classlift.gates.result import State

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from classlift.fitting.tuning.aim import Aim
    from classlift.fitting.tuning.requirements import Requirements
    from classlift.fitting.tuning.trials import Trials
    from classlift.gates.result import GateResult

    Mask = NDArray[np.bool_]
    Bars = Sequence[tuple[str, Mask]]


WORTH_TELLING = 0.01
"""Another candidate is named where it saves this much of total accuracy."""


class Settled(NamedTuple):
    """A decision, what became of the requirements under it, and whether all are met."""

    decision: Decision
    requirements: tuple[GateResult, ...] = ()
    met: bool = True


def settle(
    trials: Trials,
    aim: Aim,
    asked: Requirements,
    bars: Bars,
    named: int | None,
    seed: int,
    *,
    free: bool,
    best_effort: bool,
) -> Settled:
    """Choose among the candidates that hold what is required.

    Parameters
    ----------
    trials, aim
        What was tried, and what is wanted.
    asked : Requirements
        What is required.
    bars : sequence of (reason, ndarray of bool of shape (C,))
        Candidates that may not be chosen, with the reason.
    named : int, optional
        The candidate that the user asks for.
    seed : int
        Seed of the draws of the promise.
    free : bool
        Whether total accuracy may fall as far as the requirements make it, as the user set no bound.
    best_effort : bool
        Whether to take the candidate that comes nearest where none holds what is required.
    """
    if not asked.asked.gates:
        return Settled(decide(trials, aim, bars, named, seed))
    held = asked.hold(trials)
    aim = aim._replace(forced=not held.all[0])
    lacking = [(_lacking(found), np.array([one is found for one in held.results])) for found in held.results]
    every = [*bars, *((reason, mask) for reason, mask in lacking if reason)]
    open_ones = ~np.any([mask for _, mask in every], axis=0)
    open_ones[0] = False
    if free and aim.forced and open_ones.any():
        surely = open_ones & held.surely
        aim = aim._replace(
            max_total_drop=max(aim.max_total_drop, least_drop(trials, aim, surely if surely.any() else open_ones))
        )
    found = decide(trials, aim, every, named, seed, held.surely)
    if named is not None or held.all[found.chosen]:
        found = found._replace(note=found.note or _cheaper(trials, held, found))
        return Settled(found, held.results[found.chosen], bool(held.all[found.chosen]))
    return _unmet(trials, aim, held, found, bars, seed, free=free, best_effort=best_effort)


def _cheaper(trials: Trials, held: Held, found: Decision) -> str:
    """Name what holds the requirements as counted, without a margin, and costs a point less of total accuracy."""
    change = np.where(held.all, found.assessment.total_change, -np.inf)
    best = int(change.argmax())
    if not found.chosen or held.all[0] or change[best] - change[found.chosen] < WORTH_TELLING:
        return ""
    return (
        f"{trials.candidates[best].name} (no. {best}) holds what is required as counted, with less margin for unseen "
        f"rows, where total accuracy changes by {100 * change[best]:+.1f}pp: --choose {best}"
    )


def _lacking(found: tuple[GateResult, ...]) -> str:
    return next((f"does not hold {one.gate}" for one in found if one.state is not State.PASSED), "")


def _unmet(
    trials: Trials, aim: Aim, held: Held, found: Decision, bars: Bars, seed: int, *, free: bool, best_effort: bool
) -> Settled:
    """Say how far the nearest candidate stays short, and take it where that is asked for."""
    figures = found.assessment
    within = holds_total(figures.total_change, figures.total_error, figures.total_estimate, aim.max_total_drop)
    among = ~np.any([mask for _, mask in bars], axis=0) & (within | free)
    near = held.nearest(among, figures.total_change)
    short = next(one for one in held.results[near] if one.state is not State.PASSED)
    told = short.message.split("; look at")[0]
    note = f"what is required cannot be met: under {trials.candidates[near].name}, which comes nearest, {told}"
    if not free and held.all[1:].any():
        fall = least_drop(trials, aim, held.all & (np.arange(len(held.all)) > 0))
        note += f"; it is held where total accuracy may fall by {np.ceil(fall * 1000) / 10:g}pp"
    if best_effort and near:
        taken = decide(trials, aim, bars, near, seed)
        return Settled(taken._replace(reasons=found.reasons, note=note), held.results[near], False)
    return Settled(found._replace(note=f"{note}; {IDENTITY}"), held.results[near], False)

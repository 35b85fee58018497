"""What the user asked of a tuning, in words: the figure that was lifted, and what was required."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from classlift.data.metrics import CLASS_METRICS, Unit
from classlift.gates.check import Gate
from classlift.gates.figures import before_and_after
from classlift.gates.groups import UndefinedError, within
from classlift.gates.result import State, show
from classlift.gates.units import Measure
from classlift.output.verdict.noun import NAMED, NO_BREAK, NOT_KNOWN, listed, moved

if TYPE_CHECKING:
    from classlift.evaluation.comparison import Comparison, Expected
    from classlift.evaluation.result import Evaluation
    from classlift.fitting.tuning.aim import Objective
    from classlift.fitting.tuning.result import TuneResult
    from classlift.gates.result import GateResult
    from classlift.gates.units import Figure

HELD_UNSEEN = {"every class": ("76 %", "90 %"), "one class": ("83 to 88 %", "92 %")}
"""How often requirements that held out of fold held on the other half of real files: as they are, and asked with
--confidence 0.95 (tests/bench/requirements.py, the table in the guide `aim`)."""


def lifted(result: TuneResult, on: Comparison, expected: Expected | None = None) -> str:
    """Write the figure that was lifted, before and after, where a verdict does not name it anyway; a comma behind it.

    Without what is `expected` it is as counted, with the interval of its change where there is one.
    """
    from classlift.fitting.tuning.aim import Objective  # noqa: PLC0415  (only for who tunes: 20 ms)

    wanted = Objective.parse(result.objective, on.classes, on.low_fraction, "objective")
    if wanted.of_class is None and wanted.figure in ("low20", "total", "cost"):
        return ""
    before, after = (_value(wanted, side) for side in (on.before, on.after))
    ends: tuple[float, float] = NOT_KNOWN
    if expected is not None:
        after, ends = before + expected.change, (expected.low, expected.high)
    elif wanted.of_class is not None and wanted.figure == "recall":
        ends = on.interval(f"class:{wanted.of_class}.change")
    return f"{wanted.label(on.low_fraction)} {moved(before, after, ends, wanted.unit)}, "


def _value(wanted: Objective, side: Evaluation) -> float:
    if wanted.of_class is None:
        return side.value(wanted.figure)
    return float(np.nan_to_num(CLASS_METRICS[wanted.figure].value(side.counts)[wanted.of_class]))


def required(result: TuneResult) -> tuple[str, ...]:
    """Say what the required figures are out of fold, and how often such requirements held on unseen rows."""
    if not result.requirements or not result.met:
        return ()
    gates = [Gate.parse(one.gate) for one in result.requirements]
    told = [_of_gate(gate, one, result) for gate, one in zip(gates, result.requirements, strict=True)]
    head = f"required, out of fold as counted: {listed(told[:NAMED], len(told))}; "
    if result.test is not None:
        held = sum(one.state is State.PASSED for one in result.test_requirements)
        return (f"{head}on {result.test.name} {held} of {len(told)} hold.",)
    measured = {_measured(gate) for gate in gates}
    if not measured <= set(HELD_UNSEEN):
        return (f"{head}how often such a requirement holds on unseen rows was not measured: see on a test file.",)
    plain, surer = HELD_UNSEEN["every class" if "every class" in measured else "one class"]
    often = surer if all(one.confidence is not None for one in result.requirements) else plain
    hint = "" if often is surer else f", with --confidence 0.95 in {surer}"
    told_of = f"on unseen halves of real files such a requirement held in {often}{hint}."
    return (head + told_of.replace(" %", f"{NO_BREAK}%"),)


def _measured(gate: Gate) -> str:
    """Which of the requirements that were measured it is like: falls of every class, or levels of one class."""
    figure = gate.figures[0]
    if len(gate.figures) > 1 or not figure.of_class or figure.group is not None or figure.every_group:
        return ""
    if figure.every:
        return "every class" if figure.side == "change" else ""
    return "one class" if not figure.side else ""


def _of_gate(gate: Gate, found: GateResult, result: TuneResult) -> str:
    """A level of one figure before and after; of anything else the condition, and how much of it there is."""
    figure, effect = gate.figures[0], result.effect
    levels = found.measure in (Measure.SHARE, Measure.COUNT) and not (figure.side or figure.is_of_two)
    if len(gate.left) == 1 and not gate.every and levels:
        with contextlib.suppress(UndefinedError):
            before, after = (float(side.value) for side in before_and_after(figure, effect))
            unit = Unit.SHARE if found.measure == Measure.SHARE else Unit.COUNT
            return f"{figure} {moved(before, after, _ends(figure, effect), unit)}{_promised(gate, result)}"
    value = "unknown" if found.value is None else show(found.value, Measure(found.measure))
    return f"{gate.text} ({'the worst has ' if gate.every else ''}{value}){_promised(gate, result)}"


def _promised(gate: Gate, result: TuneResult) -> str:
    """Say where what is expected in a new sample does not hold the gate that the rows themselves hold."""
    known = {"low20": result.promise.low20, "total": result.promise.total}
    state = gate.check(replace(result.effect, expected=known)).state
    return "" if state is State.PASSED else ", though what is expected in a new sample does not hold it"


def _ends(figure: Figure, effect: Comparison) -> tuple[float, float]:
    """Interval of the change of a figure; unknown where it has none."""
    if figure.of_class and figure.name != "recall":
        return NOT_KNOWN
    name = f"class:{effect.classes.index(figure.class_name)}" if figure.class_name else figure.name
    with contextlib.suppress(KeyError):
        return within(figure, effect, None)[0].interval(f"{name}.change")
    return NOT_KNOWN

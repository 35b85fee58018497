"""What became of a run, in plain values that a state file and another process can hold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from enum import StrEnum
from typing import Any, Self

from classlift.data import metrics
from classlift.evaluation import Comparison
from classlift.gates import GateResult, State
from classlift.storage.own.decoding import plain_text
from classlift.storage.own.fields import check_table, keys_of

Pair = tuple[float, float]

PROMISE = "promise"

OF_GATES = ("value", "bound", "limit", "confidence")
"""What may be unknown of a gate."""


class RunState(StrEnum):
    """Done; could not run (the user can put it right); ended by an internal error."""

    DONE = "done"
    FAILED = "could not run"
    INTERNAL_ERROR = "defect"


@dataclass(frozen=True)
class Outcome:
    """One run and its figures.

    Parameters
    ----------
    name : str
        The run.
    state : RunState
        Whether it was done.
    error : str
        Why not, two lines.
    kept : bool
        Whether it was done before, and nothing had changed.
    evaluated_on : str
        ``test``; where there is no test file ``promise`` of a tuned layer, what is expected of it in a new sample, and
        ``out-of-fold`` of another one.
    method : str
        Method of the layer.
    n_samples : int
        Labelled rows that it was checked on.
    figures : mapping of str to (float, float)
        Figures before and after.
    fixed, broken : int
        Rows that became right, became wrong.
    gates : tuple of GateResult
        Its checked gates.
    notes : tuple of str
        What a user should know.
    """

    name: str
    state: RunState
    error: str = ""
    kept: bool = False
    evaluated_on: str = ""
    method: str = ""
    n_samples: int = 0
    figures: Mapping[str, Pair] = field(default_factory=dict)
    fixed: int = 0
    broken: int = 0
    gates: tuple[GateResult, ...] = ()
    notes: tuple[str, ...] = ()

    def document(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self)

    @classmethod
    def of_document(cls, values: Mapping[str, Any]) -> Self:
        """Make it again from its plain values, as one that was kept; those of other types are refused."""
        check_table(values, keys_of(cls), "outcome")
        for gate in values["gates"]:
            known = {entry for entry in gate if gate[entry] is not None or entry not in OF_GATES}
            check_table({entry: gate[entry] for entry in known}, keys_of(GateResult), "gate")
        gates = tuple(GateResult(**{**gate, "state": State(gate["state"])}) for gate in values["gates"])
        figures = {name: (_number(pair[0]), _number(pair[1])) for name, pair in values["figures"].items()}
        if values["state"] == RunState.DONE and not set(metrics.METRICS) <= set(figures):
            raise ValueError("figures are missing")
        notes = tuple(map(plain_text, values["notes"]))
        plain = {**values, "state": RunState(values["state"]), "gates": gates, "notes": notes}
        return replace(cls(**plain), figures=figures, kept=True)


def figures_of(result: Comparison) -> dict[str, Pair]:
    """Figures of a comparison, before and after; NaN where they are not known."""
    return {name: result.values(name) for name in metrics.METRICS}


def _number(value: object) -> float:
    if value is None:
        return float("nan")
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError(f"{value!r} is not a number")
    return float(value)

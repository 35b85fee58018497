"""What became of a run, in plain values that a state file and another process can hold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from enum import StrEnum
from math import isnan
from statistics import fmean
from typing import TYPE_CHECKING, Any, Self

from classlift.data import metrics
from classlift.data.notebook import Moved, Shown, frame_of
from classlift.evaluation.comparison import Comparison
from classlift.gates.result import GateResult, State
from classlift.storage.own.decoding import plain_text
from classlift.storage.own.fields import check_table, keys_of

if TYPE_CHECKING:
    import pandas as pd

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


@dataclass(frozen=True, eq=False, repr=False)
class Batch(Shown):
    """What became of many runs.

    Parameters
    ----------
    name : str
        The manifest, the folders, or the folder of results.
    outcomes : tuple of Outcome
        In the order of the runs, those that could not run too.
    gone : tuple of Outcome
        Those whose files are no longer there for a page.
    """

    name: str
    outcomes: tuple[Outcome, ...]
    gone: tuple[Outcome, ...] = ()

    @property
    def done(self) -> list[Outcome]:
        """Runs that were done."""
        return [outcome for outcome in self.outcomes if outcome.state is RunState.DONE]

    @property
    def mean(self) -> dict[str, Pair]:
        """Mean of each figure over the runs that were done, before and after; NaN where a run does not have it."""
        figures = [outcome.figures for outcome in self.done]
        return {
            name: (fmean(one[name][0] for one in figures), fmean(one[name][1] for one in figures))
            for name in (figures[0] if figures else ())
        }

    def to_frame(self) -> pd.DataFrame:
        """One row per run: its state, its figures before and after."""
        return frame_of([_run_row(one) for one in self.outcomes], (one.name for one in self.outcomes), "run")

    def to_dict(self) -> dict[str, float]:
        """Mean of every figure that all runs have, in one flat dictionary: ``total.before``, ``total.change``."""
        return {f"{name}.{side}": value for name, pair in self.mean.items() for side, value in sides_of(pair).items()}

    def _lines(self) -> tuple[str, str]:
        mean = self.mean
        head = f"Batch {self.name}: {len(self.done)} of {len(self.outcomes)} runs done"
        moved = [f"{name} {Moved(b, a, a - b)}" for name, (b, a) in mean.items() if name in ("total", "low20")]
        return head, f"mean: {'; '.join(moved)}" if moved else "no run has figures"

    def _frame(self) -> pd.DataFrame:
        return self.to_frame()


def sides_of(pair: Pair) -> dict[str, float]:
    """Value before and after, and the change, of a figure that is known; nothing of others."""
    before, after = pair
    known = not isnan(before + after)
    return {"before": before, "after": after, "change": after - before} if known else {}


def _run_row(outcome: Outcome) -> dict[str, object]:
    figures = {f"{n}_{side}": v for n, pair in outcome.figures.items() for side, v in sides_of(pair).items()}
    names = ("evaluated_on", "method", "n_samples", "fixed", "broken")
    return {"state": str(outcome.state), **{name: getattr(outcome, name) for name in names}, **figures}


def figures_of(result: Comparison) -> dict[str, Pair]:
    """Figures of a comparison, before and after; NaN where they are not known."""
    return {name: result.values(name) for name in metrics.METRICS}


def _number(value: object) -> float:
    if value is None:
        return float("nan")
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError(f"{value!r} is not a number")
    return float(value)

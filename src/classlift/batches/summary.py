"""The table of all runs with their mean [Choi 2017, Table 3], and the document of a batch."""

from __future__ import annotations

from collections.abc import Sequence
from math import isnan
from typing import TYPE_CHECKING, Any, cast

from classlift.batches.outcome import PROMISE, Batch, Outcome, Pair, RunState
from classlift.data.metrics import METRICS, Metric, Unit
from classlift.gates.result import State
from classlift.output.documents.base import head
from classlift.output.tables.figures import change_cells, figure_change, figure_value
from classlift.output.tables.table import Change, Table, Value

if TYPE_CHECKING:
    from classlift.output.documents.types.parts import Pair as PairDocument
    from classlift.output.documents.types.results import BatchDocument, RunDocument

_SHOWN = ("total", "low20", "low20.baseline")
"""Figures shown in the row of a run; the means of all figures have their own table."""

_COLUMNS = (
    "run",
    "state",
    "checked on",
    "rows",
    *(f"{name}, {side}" for name in _SHOWN for side in ("before", "after", "change")),
    "fixed",
    "broken",
    "gates",
)


_DETAILS = (*(f"low20.baseline, {side}" for side in ("before", "after", "change")), "fixed", "broken")
"""Columns that are shown on request."""


def batch_tables(batch: Batch) -> list[Table]:
    """Tables of a batch: the runs with their mean, gates that did not pass, runs that could not run."""
    outcomes, done = batch.outcomes, batch.done
    rows = [_row(outcome) for outcome in outcomes]
    if done:
        rows.append(_mean_row(batch))
    failed = len(outcomes) - len(done)
    title = f"{len(outcomes)} runs" + (f", {failed} of which could not run" if failed else "")
    every = Table(title, _COLUMNS, tuple(rows), _footer(outcomes), detail_columns=_DETAILS, line=len(outcomes))
    tables = [every, *_mean_tables(batch)]
    gates: list[tuple[Value, ...]] = [
        (outcome.name, result.gate, str(result.state), result.message)
        for outcome in done
        for result in outcome.gates
        if result.state is not State.PASSED
    ]
    if gates:
        tables.append(Table("gates that did not pass", ("run", "gate", "state", "why"), tuple(gates)))
    errors: list[tuple[Value, ...]] = [
        (outcome.name, *_problem_and_fix(outcome)) for outcome in outcomes if outcome.state is not RunState.DONE
    ]
    if errors:
        tables.append(Table("runs that could not run", ("run", "problem", "fix"), tuple(errors)))
    return tables


def batch_document(batch: Batch) -> BatchDocument:
    """Document of a batch: every run, and the mean of those that were done."""
    outcomes, n_done = batch.outcomes, len(batch.done)
    return {
        **head("batch", batch.name, ()),
        "figures": batch.to_dict(),
        "counts": {
            "runs": len(outcomes),
            "done": n_done,
            "kept": sum(outcome.kept for outcome in outcomes),
            "could_not_run": len(outcomes) - n_done,
        },
        "mean": {figure: _sides(pair) for figure, pair in batch.mean.items()},
        "runs": [_run_document(outcome) for outcome in outcomes],
    }


def _row(outcome: Outcome) -> tuple[Value, ...]:
    if outcome.state is not RunState.DONE:
        return (outcome.name, str(outcome.state), *[None] * (len(_COLUMNS) - 2))
    state = "done before" if outcome.kept else str(outcome.state)
    changed = (outcome.fixed, outcome.broken, _gates_in_words(outcome))
    return (outcome.name, state, outcome.evaluated_on, outcome.n_samples, *_cells(outcome.figures), *changed)


def _mean_row(batch: Batch) -> tuple[Value, ...]:
    rest = [None] * 3
    return (f"mean of {len(batch.done)}", "", "", None, *_cells(batch.mean), *rest)


def _mean_tables(batch: Batch) -> list[Table]:
    """Means of all figures that every run has."""
    known = {name: pair for name, pair in batch.mean.items() if name in METRICS and not isnan(sum(pair))}
    rows = tuple((METRICS[name].label(), *_mean_cells(METRICS[name], *pair)) for name, pair in known.items())
    columns = ("figure", "before", "after", "change")
    n_done = len(batch.done)
    return [Table(f"all figures, mean of {n_done}", columns, rows)] if n_done > 1 else []


def _mean_cells(metric: Metric, before: float, after: float) -> tuple[Value, Value, Value]:
    """Cells of a mean; a mean of counts need not be a whole number."""
    if metric.unit is Unit.COUNT:
        return before, after, Change(after - before, metric.better)
    return figure_value(metric, before), figure_value(metric, after), figure_change(metric, before, after)


def _cells(figures: Any) -> list[Value]:  # noqa: ANN401
    cells: list[Value] = []
    for name in _SHOWN:
        cells += change_cells(name, *figures[name])
    return cells


def _gates_in_words(outcome: Outcome) -> str:
    states = [result.state for result in outcome.gates]
    return ", ".join(f"{states.count(state)} {state}" for state in State if state in states)


def _footer(outcomes: Sequence[Outcome]) -> tuple[str, ...]:
    out_of_fold = any(outcome.evaluated_on == "out-of-fold" for outcome in outcomes)
    promised = any(outcome.evaluated_on == PROMISE for outcome in outcomes)
    notes = (
        "out-of-fold: no test file; checked on rows left out of the fit." if out_of_fold else "",
        "promise: no test file; total and low20 as expected in a new sample, corrected for the choice, and gates go by "
        "that; other figures out of fold, as counted."
        if promised
        else "",
    )
    return tuple(note for note in notes if note)


def _problem_and_fix(outcome: Outcome) -> tuple[str, str]:
    problem, _, fix = outcome.error.partition("\n")
    return problem, fix.removeprefix("fix: ")


def _run_document(outcome: Outcome) -> RunDocument:
    found = outcome.document() | {
        "figures": {name: _sides(pair) for name, pair in outcome.figures.items()},
        "gates": [result.document() for result in outcome.gates],
        "error": outcome.error or None,
    }
    return cast("RunDocument", found)


def _sides(pair: Pair) -> PairDocument:
    return {"before": pair[0], "after": pair[1]}

"""The table of all runs with their mean [Choi 2017, Table 3], and the document of a batch."""

from __future__ import annotations

from collections.abc import Sequence
from math import isnan
from statistics import fmean
from typing import TYPE_CHECKING, Any, cast

from classlift.batches.outcome import PROMISE, Outcome, Pair, RunState
from classlift.data.metrics import METRICS, Metric, Unit
from classlift.gates import State
from classlift.output.documents.base import head
from classlift.output.tables import Change, Table, Value
from classlift.output.tables.figures import change_cells, figure_change, figure_value

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


def batch_tables(outcomes: Sequence[Outcome]) -> list[Table]:
    """Tables of a batch: the runs with their mean, gates that did not pass, runs that could not run."""
    done = [outcome for outcome in outcomes if outcome.state is RunState.DONE]
    rows = [_row(outcome) for outcome in outcomes]
    if done:
        rows.append(_mean_row(done))
    failed = len(outcomes) - len(done)
    title = f"{len(outcomes)} runs" + (f", {failed} of which could not run" if failed else "")
    every = Table(title, _COLUMNS, tuple(rows), _footer(outcomes), detail_columns=_DETAILS, line=len(outcomes))
    tables = [every, *_mean_tables(done)]
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


def batch_document(name: str, outcomes: Sequence[Outcome]) -> BatchDocument:
    """Document of a batch: every run, and the mean of those that were done."""
    states = [outcome.state for outcome in outcomes]
    return {
        **head("batch", name, ()),
        "counts": {
            "runs": len(outcomes),
            "done": states.count(RunState.DONE),
            "kept": sum(outcome.kept for outcome in outcomes),
            "could_not_run": len(states) - states.count(RunState.DONE),
        },
        "mean": {
            figure: _sides(pair)
            for figure, pair in mean_figures([o for o in outcomes if o.state is RunState.DONE]).items()
        },
        "runs": [_run_document(outcome) for outcome in outcomes],
    }


def mean_figures(done: Sequence[Outcome]) -> dict[str, Pair]:
    """Mean of each figure over runs, before and after; NaN where a run does not have it."""
    if not done:
        return {}
    return {
        figure: (
            fmean(outcome.figures[figure][0] for outcome in done),
            fmean(outcome.figures[figure][1] for outcome in done),
        )
        for figure in done[0].figures
    }


def _row(outcome: Outcome) -> tuple[Value, ...]:
    if outcome.state is not RunState.DONE:
        return (outcome.name, str(outcome.state), *[None] * (len(_COLUMNS) - 2))
    state = "done before" if outcome.kept else str(outcome.state)
    changed = (outcome.fixed, outcome.broken, _gates_in_words(outcome))
    return (outcome.name, state, outcome.evaluated_on, outcome.n_samples, *_cells(outcome.figures), *changed)


def _mean_row(done: Sequence[Outcome]) -> tuple[Value, ...]:
    rest = [None] * 3
    return (f"mean of {len(done)}", "", "", None, *_cells(mean_figures(done)), *rest)


def _mean_tables(done: Sequence[Outcome]) -> list[Table]:
    """Means of all figures that every run has."""
    known = {name: pair for name, pair in mean_figures(done).items() if name in METRICS and not isnan(sum(pair))}
    rows = tuple((METRICS[name].label(), *_mean_cells(METRICS[name], *pair)) for name, pair in known.items())
    columns = ("figure", "before", "after", "change")
    return [Table(f"all figures, mean of {len(done)}", columns, rows)] if len(done) > 1 else []


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

"""Tables of a benchmark of methods, and of a sweep."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from classlift.data.metrics import METRICS, Unit
from classlift.evaluation.words import RAW
from classlift.output.tables.figures import change_of, figure_value
from classlift.output.tables.spans import OF_CHANGES, change_span
from classlift.output.tables.table import Share, Table, Value

if TYPE_CHECKING:
    from classlift.evaluation.comparison import Comparison
    from classlift.fitting.benchmark import Benchmark
    from classlift.fitting.sweep import SweepPoint

LOOK = "the columns of the test file use the test set: choose by the out-of-fold columns, report on other rows"

SHOWN = ("total", "low20")
"""Figures of which a row shows the value, the change and its interval."""

OF_COST = "95% interval of cost"

DETAILS = ("low20.baseline", "low20.validation", "worst")
"""Figures of which a row shows the change, on request."""


def benchmark_tables(result: Benchmark) -> list[Table]:
    """One row per method or layer, and raw: the ranked, a line, what costs more total accuracy; and negative flips."""
    n_ranked = len(result.ranked)
    shown = ("cost", *SHOWN) if result.figure == "cost" else SHOWN
    heads = [f"{name}{part}" for name in shown for part in ("", " change", f" {OF_CHANGES}")]
    heads = [OF_COST if head == f"cost {OF_CHANGES}" else head for head in heads]
    raw = (cell for name in shown for cell in (figure_value(METRICS[name], result.raw.value(name)), None, ""))
    rows: list[tuple[Value, ...]] = [
        (
            one.method,
            place if place <= n_ranked else None,
            *(cell for name in shown for cell in _figure(one.result, name)),
            *(change_of(one.result, name) for name in DETAILS),
            one.layer.n_parameters,
            round(one.seconds, 2),
        )
        for place, one in enumerate(result.entries, start=1)
    ]
    rows.insert(result.place_of_raw, (RAW, None, *raw, *(None for _ in DETAILS), None, None))
    details = tuple(f"{name} change" for name in DETAILS)
    cost = ("parameters", "seconds")
    columns = (
        "method",
        "rank",
        *heads,
        *details,
        *cost,
    )
    allowed = f"{100 * result.max_total_drop:g} pp of total accuracy on this file (--max-total-drop)"
    below = () if n_ranked == len(result.entries) else (f"below the line, without a rank: costs more than {allowed}.",)
    told = (*below, *result.notes)
    name = f"all methods on {result.name}" if len(result.entries) > len(result.given) else f"layers on {result.name}"
    first = Table(name, columns, tuple(rows), told, detail_columns=(*details, *cost), line=n_ranked + 1)
    return [first, *_flips(result)]


def _flips(result: Benchmark) -> list[Table]:
    """Which share of the rows each result has right and each other one wrong; on request where no layer was given."""
    names = list(dict.fromkeys(name for pair in result.between for name in pair))
    rows = tuple(
        (before, *(None if before == after else Share(result.flips(before, after)) for after in names))
        for before in names
    )
    told = ("rows that become wrong where the result of the column takes the place of the one on the left.",)
    return [Table("negative flips", ("right by", *names), rows, told, detail=not result.given)] if rows else []


def _figure(result: Comparison, name: str) -> tuple[Value, Value, Value]:
    """A figure after, its change, and the interval of that."""
    after, (low, high) = figure_value(METRICS[name], result.after.value(name)), result.interval(f"{name}.change")
    span = change_span(low, high) if METRICS[name].unit is Unit.SHARE else f"[{low:+z.4g}, {high:+z.4g}]"
    return after, change_of(result, name), span


def sweep_tables(points: Sequence[SweepPoint]) -> list[Table]:
    """One table per setting."""
    return [_one(name, [p for p in points if p.setting == name]) for name in dict.fromkeys(p.setting for p in points)]


def _one(name: str, points: Sequence[SweepPoint]) -> Table:
    rows = tuple(
        (
            float(point.value),
            *_changes(point.out_of_fold),
            *(() if point.test is None else _changes(point.test)),
            "chosen" if point.chosen else "",
        )
        for point in points
    )
    looked = points[0].test is not None
    columns = (
        name.replace("_", " "),
        "total, out of fold",
        "low20, out of fold",
        *(("total, test", "low20, test") if looked else ()),
        "",
    )
    return Table(f"{name.replace('_', ' ')}, all else as chosen", columns, rows, (LOOK,) if looked else ())


def _changes(result: Comparison) -> tuple[Value, Value]:
    return change_of(result, "total"), change_of(result, "low20")

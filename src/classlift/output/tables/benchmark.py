"""Tables of a benchmark of methods, and of a sweep."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from classlift.data.metrics import METRICS
from classlift.output.tables.figures import change_of, figure_value
from classlift.output.tables.table import Table, Value

if TYPE_CHECKING:
    from classlift.evaluation import Comparison
    from classlift.fitting.benchmark import Benchmark
    from classlift.fitting.sweep import SweepPoint

LOOK = "the columns of the test file use the test set: choose by the out-of-fold columns, report on other rows"

_VALUES = ("total", "low20")
_CHANGES = ("total", "low20", "low20.baseline", "low20.validation", "worst")
"""Figures of either kind that a row has room for."""


def benchmark_tables(result: Benchmark) -> list[Table]:
    """One row per method, best mean accuracy of the lowest classes first."""
    rows: list[tuple[Value, ...]] = []
    for rank, one in enumerate(result.entries, start=1):
        rows.append(
            (
                one.method,
                rank,
                *(figure_value(METRICS[name], one.result.after.value(name)) for name in _VALUES),
                *(change_of(one.result, name) for name in _CHANGES),
                one.layer.n_parameters,
                round(one.seconds, 2),
            )
        )
    columns = (
        "method",
        "rank",
        *_VALUES,
        *(f"{name} change" for name in _CHANGES),
        "parameters",
        "seconds",
    )
    return [Table(f"all methods on {result.name}", columns, tuple(rows), result.notes)]


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

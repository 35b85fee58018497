"""Tables of a benchmark of methods, and of a sweep."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from classlift.data.metrics import worst_recall
from classlift.evaluation import LowChoice
from classlift.output.tables.table import Points, Share, Table, Value

if TYPE_CHECKING:
    from classlift.evaluation import Comparison
    from classlift.fitting.benchmark import Benchmark
    from classlift.fitting.sweep import SweepPoint

LOOK = (
    "the columns of the test file are a look at the test set: choose by the out-of-fold columns, report on other rows"
)


def benchmark_tables(result: Benchmark) -> list[Table]:
    """One row per method, best mean accuracy of the lowest classes first."""
    rows: list[tuple[Value, ...]] = []
    for rank, one in enumerate(result.entries, start=1):
        before, after = one.result.before, one.result.after
        low = {choice: one.result.low(choice) for choice in LowChoice}
        rows.append(
            (
                one.method,
                rank,
                Share(after.total),
                Points(after.total - before.total),
                Share(low[LowChoice.LOW20][1]),
                *(Points(low[choice][1] - low[choice][0]) for choice in LowChoice),
                Points(worst_recall(after.counts) - worst_recall(before.counts)),
                one.layer.n_parameters,
                round(one.seconds, 2),
            )
        )
    columns = (
        "method",
        "rank",
        "total accuracy",
        "total change",
        "low20",
        "low20 change",
        "fixed change",
        "val change",
        "worst change",
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


def _changes(result: Comparison) -> tuple[Points, Points]:
    low = result.low(LowChoice.LOW20)
    return Points(result.after.total - result.before.total), Points(low[1] - low[0])

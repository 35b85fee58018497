"""Table of a blend."""

from __future__ import annotations

from typing import TYPE_CHECKING

from classlift.output.tables.table import Share, Table, Value

if TYPE_CHECKING:
    from classlift.fitting.blend import Blend


def blend_tables(result: Blend) -> list[Table]:
    """Table of a blend: the inputs with their weights, and figures where there are labels; the blend last."""
    rows: list[tuple[Value, ...]] = []
    for one in (*result.inputs, result.blend):
        weight = None if one is result.blend else float(one.weight)
        rows.append((one.name, weight, Share(one.total), Share(one.low20), one.nll)[: 5 if result.has_labels else 2])
    columns = ("input", "weight", "total", "low20", "nll")[: 5 if result.has_labels else 2]
    return [
        Table(f"{result.name}, {result.n_samples:,} rows", columns, tuple(rows), result.notes, line=len(result.inputs))
    ]

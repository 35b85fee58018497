"""Table of sums of shards."""

from __future__ import annotations

from typing import TYPE_CHECKING

from classlift.output.tables.table import Table, Value, setting_value

if TYPE_CHECKING:
    from classlift.fitting.partials.partial import Partials


def partials_tables(name: str, sums: Partials) -> list[Table]:
    """One table: what the sums hold, and of how many shards and rows."""
    rows: list[tuple[Value, ...]] = [
        ("holds", str(sums.stage)),
        ("scores", str(sums.kind)),
        ("classes", sums.n_classes),
        ("shards counted", len(sums.counted)),
        ("labelled rows counted", sums.counts.n_samples),
    ]
    if sums.moments is not None:
        rows += [("method", sums.method)]
        rows += [(key.replace("_", " "), setting_value(value)) for key, value in sums.settings.items()]
        rows += [("shards summed", len(sums.summed)), ("rows in the fit", int(sums.moments.rows.sum()))]
    return [Table(f"sums of {name}", ("what", "value"), tuple(rows), sums.notes)]

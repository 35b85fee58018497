"""Tables of groups of rows, one for each column that parts them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from classlift.data.metrics import LEAST_GROUP, group_size
from classlift.evaluation.result import Evaluation
from classlift.output.tables.spans import OF_CHANGES, OF_SHARES, change_span, span
from classlift.output.tables.table import Points, Share, Table, Value, shown, without

if TYPE_CHECKING:
    from classlift.evaluation.comparison import Comparison


def group_tables(result: Evaluation | Comparison, top: int | None = None) -> list[Table]:
    """One table for each column, worst group first (`top` of them); groups of few rows come last."""
    return [_table(result, column, top) for column in result.groups]


def _table(result: Evaluation | Comparison, column: str, top: int | None) -> Table:
    names = ordered_groups(result, column)
    few = [name for name in names if group_size(result.groups[column][name]) < LEAST_GROUP]
    lead: tuple[str, ...]
    if isinstance(result, Evaluation):
        rows = tuple(_row(result.group(column, name)) for name in names[:top])
        ends, lead = OF_SHARES, ("total",)
    else:
        rows = tuple(_compared(result.group(column, name)) for name in names[:top])
        ends, lead = OF_CHANGES, ("total before", "total after", "change")
    footer = shown(len(rows), len(names), "groups")
    if few:
        listed = ", ".join(few[:5]) + (" …" if len(few) > 5 else "")
        footer += (f"not ranked, as of fewer than {LEAST_GROUP} labelled rows: {listed} ({len(few)} of {len(names)}).",)
    columns = ("group", "samples", *lead, ends, "low20", "worst class", "its recall")
    table = Table(f"groups by {column}, worst first", columns, rows, footer, bars=lead[:2])
    return table if result.resampling.n_draws else without(table, ends)


def ordered_groups(result: Evaluation | Comparison, column: str) -> list[str]:
    """Names of the groups of a column by total accuracy (after, of a comparison), lowest first, small ones last."""
    side = result if isinstance(result, Evaluation) else result.after
    few = {name: counts.n_samples < LEAST_GROUP for name, counts in side.groups[column].items()}
    return sorted(few, key=lambda name: (few[name], np.nan_to_num(side.group(column, name).total, nan=2), name))


def _row(group: Evaluation) -> tuple[Value, ...]:
    return (group.name, group.counts.n_samples, Share(group.total), span(*group.interval("total")), *_rest(group))


def _compared(group: Comparison) -> tuple[Value, ...]:
    before, after = group.values("total")
    change = (Points(after - before), change_span(*group.interval("total.change")))
    return (group.name, group.counts.before.n_samples, Share(before), Share(after), *change, *_rest(group.after))


def _rest(side: Evaluation) -> tuple[Value, ...]:
    worst = side.lowest_classes[:1].tolist()
    return (Share(side.value("low20")), side.classes[worst[0]] if worst else "", Share(side.value("worst")))

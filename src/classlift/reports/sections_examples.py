"""Section of examples: rows fixed and rows broken [Choi 2017, Figs. 4 and 5]."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from classlift.evaluation.pairing import ID_NAMES
from classlift.output.tables.table import Share
from classlift.reports.blocks import Block, Example, Examples, Prose, Section

if TYPE_CHECKING:
    from classlift.reports.data import ReportData

Thumbnail = Callable[[Mapping[str, Any]], str]
"""From the values of a row to the data of its picture; empty where there is none."""


def examples_section(report_data: ReportData, thumbnail: Thumbnail) -> Section:
    """Give the rows whose probabilities move most, of either kind."""
    changes, counts = report_data.flips, report_data.flip_counts
    names = list(changes)
    rows = [
        dict(zip(names, values, strict=True)) for values in zip(*(c.tolist() for c in changes.values()), strict=True)
    ]
    title = "Rows fixed and broken"
    if not rows:
        return Section("examples", title, (Prose(("No row became right, and none became wrong.",)),))
    told = " became wrong (broken). These are the ones whose probabilities move most, not typical ones."
    blocks: list[Block] = [Prose((counts.fixed, " rows became right (fixed) and ", counts.broken, told))]
    for kind in ("fixed", "broken"):
        found = tuple(_example(row, thumbnail) for row in rows if row["change"] == kind)
        if found:
            blocks.append(Examples(f"rows {kind}", found))
    return Section("examples", title, tuple(blocks))


def _example(row: Mapping[str, Any], thumbnail: Thumbnail) -> Example:
    known = next((name for wanted in ID_NAMES for name in row if name.lower() == wanted), None)
    label = f"row {row['row']}" if known is None else f"row {row['row']} · {row[known]}"
    return Example(
        label,
        row["true"],
        row["before"],
        Share(row["p_before"]),
        row["after"],
        Share(row["p_after"]),
        row["change"] == "fixed",
        thumbnail(row),
    )

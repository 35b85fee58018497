"""Document of rows that changed sides."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, cast

from classlift.output.documents.base import head

if TYPE_CHECKING:
    from classlift.evaluation.flips import Flips
    from classlift.output.documents.types.files import FlipCountsDocument, FlipDocument, FlipRow


def flip_document(result: Flips) -> FlipDocument:
    """Document of changes: how many, and one object per row that was kept."""
    shown = {name: number for name, number in asdict(result.counts).items() if name != "notes"}
    rows = [
        cast("FlipRow", dict(zip(part, values, strict=True)))
        for part in result.columns
        for values in zip(*(column.tolist() for column in part.values()), strict=True)
    ]
    return {
        **head("flips", result.name, result.counts.notes, result.reading),
        "counts": cast("FlipCountsDocument", shown),
        "rows": rows,
    }

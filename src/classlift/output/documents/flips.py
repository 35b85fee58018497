"""Document of rows that changed sides."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, cast

from classlift.output.documents.base import head

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from classlift.data.reading import Reading
    from classlift.evaluation.flips import FlipCounts
    from classlift.output.documents.types.files import FlipCountsDocument, FlipDocument, FlipRow


def flip_document(
    name: str, counts: FlipCounts, parts: Sequence[Mapping[str, NDArray[Any]]], reading: Reading | None = None
) -> FlipDocument:
    """Document of changes: how many, and one object per row that was kept."""
    shown = {name: number for name, number in asdict(counts).items() if name != "notes"}
    rows = [
        cast("FlipRow", dict(zip(part, values, strict=True)))
        for part in parts
        for values in zip(*(column.tolist() for column in part.values()), strict=True)
    ]
    return {**head("flips", name, counts.notes, reading), "counts": cast("FlipCountsDocument", shown), "rows": rows}

"""Document of sums of shards."""

from __future__ import annotations

from typing import TYPE_CHECKING

from classlift.output.documents.base import head

if TYPE_CHECKING:
    from classlift.data.reading import Reading
    from classlift.fitting.partials.partial import Partials
    from classlift.output.documents.types.files import PartialsDocument


def partials_document(name: str, sums: Partials, reading: Reading | None = None) -> PartialsDocument:
    """Document of sums: what they hold, of which shards."""
    return {
        **head("partials", name, sums.notes, reading),
        "stage": sums.stage,
        "kind": sums.kind,
        "n_classes": sums.n_classes,
        "counted_rows": sums.counts.n_samples,
        "counted_shards": sorted(sums.counted),
        "summed_rows": None if sums.moments is None else int(sums.moments.rows.sum()),
        "summed_shards": sorted(sums.summed),
        "method": sums.method,
        "settings": dict(sums.settings),
    }

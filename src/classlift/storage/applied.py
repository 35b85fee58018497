"""Write what a layer makes of a source."""

from __future__ import annotations

from typing import TYPE_CHECKING

from classlift.data.class_order import in_order_of
from classlift.data.source import PredictionSource, require_raw
from classlift.layer.apply import ApplySummary, Output, apply_layer
from classlift.storage import open_writer

if TYPE_CHECKING:
    import os

    from classlift.layer.layer import OutputLayer
    from classlift.layer.shift import Shift


def write_applied(
    layer: OutputLayer,
    source: PredictionSource,
    out: str | os.PathLike[str],
    output: Output,
    shift: Shift | None = None,
    abstain_below: float | None = None,
) -> ApplySummary:
    """Apply a layer to an open source, shifted where that is wanted, and write `out`, whole or not at all."""
    require_raw(source)
    source = in_order_of(source, layer.classes, layer.n_classes, "the layer")
    layer.check_fits(source.name, source.kind, source.n_classes, source.classes)
    with open_writer(
        out,
        classes=source.classes or layer.classes,
        n_classes=source.n_classes,
        n_samples=source.n_samples,
        score_name=None if output is Output.LABELS else str(output),
    ) as writer:
        return apply_layer(source, layer, writer.write, output=output, shift=shift, abstain_below=abstain_below)

"""What a layer makes of predictions in memory, in the form in which they came."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from classlift.data.classes import class_names
from classlift.data.notebook import frame_of
from classlift.data.source import PredictionSource, require_raw
from classlift.layer.apply import Output, apply_layer
from classlift.storage.write.base import PREFIXES

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from classlift.layer.layer import OutputLayer
    from classlift.layer.shift import Shift

    Columns = dict[str, NDArray[Any]]


def in_kind_of(
    where: object,
    source: PredictionSource,
    layer: OutputLayer,
    output: Output,
    shift: Shift | None,
    abstain_below: float | None,
) -> Any:  # noqa: ANN401
    """Apply a layer to an open source: a frame for a frame, a mapping for a mapping, an array for an array."""
    require_raw(source)
    parts: list[Columns] = []
    summary = apply_layer(
        source,
        layer,
        lambda part: parts.append({k: np.array(v) for k, v in part.items()}),
        output=output,
        shift=shift,
        abstain_below=abstain_below,
    )
    columns = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    if isinstance(where, Mapping):
        return columns
    if hasattr(where, "columns") or hasattr(where, "__arrow_c_stream__"):
        return _frame(where, columns, class_names(summary.classes, source.n_classes))
    return columns["predicted" if output is Output.LABELS else str(output)]


def _frame(where: object, columns: Columns, names: tuple[str, ...]) -> pd.DataFrame:
    """A frame with a column per class, and the index of the frame that came."""
    wide: dict[str, Any] = {}
    for name, values in columns.items():
        if values.ndim == 2 and name in PREFIXES:
            wide |= {f"{PREFIXES[name]}{of}": values[:, k] for k, of in enumerate(names)}
        else:
            wide[name] = list(values) if values.ndim == 2 else values
    frame = frame_of(wide)
    index = getattr(where, "index", None)
    return frame.set_axis(index) if index is not None and len(index) == len(frame) else frame

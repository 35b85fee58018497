"""What the verbs take as predictions."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeAlias, Union

from classlift.data.source import PredictionSource
from classlift.storage import ReadOptions, open_predictions, open_validation

if TYPE_CHECKING:
    import pandas as pd

Where: TypeAlias = Union[str, "os.PathLike[str]", Mapping[str, Any], "pd.DataFrame", PredictionSource]
"""A path, a mapping of arrays, a DataFrame, or a source that is already open."""

DEFAULT_READING = ReadOptions()


def opened(where: Where, reading: ReadOptions, *, passes: bool = False) -> PredictionSource:
    """Open predictions; `passes` where a fit passes over them several times and needs scores and labels only."""
    if callable(getattr(where, "blocks", None)):
        return where  # type: ignore[return-value]
    return (open_validation if passes else open_predictions)(where, reading)

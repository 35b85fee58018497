"""What the verbs take as predictions."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeAlias, Union

from classlift.storage import ReadOptions

if TYPE_CHECKING:
    import pandas as pd

Where: TypeAlias = Union[str, "os.PathLike[str]", Mapping[str, Any], "pd.DataFrame"]
"""A path, a mapping of arrays, or a DataFrame."""

DEFAULT_READING = ReadOptions()

"""The verbs for Python: the same jobs as the commands, on files, arrays or DataFrames."""

from classlift.api.fitting import fit, tune
from classlift.api.judging import DEFAULT_RESAMPLING, evaluate
from classlift.api.lifting import apply, apply_source, lift_array
from classlift.api.where import DEFAULT_READING, Where

__all__ = [
    "DEFAULT_READING",
    "DEFAULT_RESAMPLING",
    "Where",
    "apply",
    "apply_source",
    "evaluate",
    "fit",
    "lift_array",
    "tune",
]

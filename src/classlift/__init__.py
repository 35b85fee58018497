"""classlift lifts the weak classes of a trained classifier, after training, from its saved predictions.

The names below are imported when they are used, so that ``import classlift`` costs nothing.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from classlift.api import apply, evaluate, fit, lift_array, tune
    from classlift.errors import ClassliftError
    from classlift.layer import OutputLayer
    from classlift.storage import ReadOptions, open_predictions
    from classlift.storage.layers import load_layer, save_layer

__all__ = [
    "ClassliftError",
    "OutputLayer",
    "ReadOptions",
    "apply",
    "evaluate",
    "fit",
    "lift_array",
    "load_layer",
    "open_predictions",
    "save_layer",
    "tune",
]

_HOMES = {
    "ClassliftError": "errors",
    "OutputLayer": "layer",
    "ReadOptions": "storage",
    "apply": "api",
    "evaluate": "api",
    "fit": "api",
    "lift_array": "api",
    "load_layer": "storage.layers",
    "open_predictions": "storage",
    "save_layer": "storage.layers",
    "tune": "api",
}


def __getattr__(name: str) -> Any:  # noqa: ANN401
    if name not in _HOMES:
        raise AttributeError(f"module 'classlift' has no attribute {name!r}")
    return getattr(importlib.import_module(f"classlift.{_HOMES[name]}"), name)

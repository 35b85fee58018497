"""classlift lifts the weak classes of a trained classifier, after training, from its saved predictions.

The names below are imported when they are used, so that ``import classlift`` costs nothing.
"""

from classlift._version import __version__ as __version__

TYPE_CHECKING = False  # typing itself would be looked for in the working folder by `python -m classlift`

if TYPE_CHECKING:
    from classlift.api.apply import apply, apply_array
    from classlift.api.batch import batch
    from classlift.api.blend import blend
    from classlift.api.check import check
    from classlift.api.compare import compare
    from classlift.api.evaluate import evaluate
    from classlift.api.export import export
    from classlift.api.fit import fit
    from classlift.api.flips import flips
    from classlift.api.inspect import inspect
    from classlift.api.merge import merge
    from classlift.api.partials import partials
    from classlift.api.report import report
    from classlift.api.sweep import sweep
    from classlift.api.tune import tune
    from classlift.api.weights import weights
    from classlift.errors import ClassliftError
    from classlift.layer.layer import OutputLayer
    from classlift.storage import ReadOptions, open_predictions
    from classlift.storage.own.layers import load_layer, save_layer

__all__ = [
    "ClassliftError",
    "OutputLayer",
    "ReadOptions",
    "apply",
    "apply_array",
    "batch",
    "blend",
    "check",
    "compare",
    "evaluate",
    "export",
    "fit",
    "flips",
    "inspect",
    "load_layer",
    "merge",
    "open_predictions",
    "partials",
    "report",
    "save_layer",
    "sweep",
    "tune",
    "weights",
]

_HOMES = {
    "ClassliftError": "errors",
    "OutputLayer": "layer.layer",
    "ReadOptions": "storage",
    "apply_array": "api.apply",
    "load_layer": "storage.own.layers",
    "open_predictions": "storage",
    "save_layer": "storage.own.layers",
}
"""Modules of the names that are not functions of `api`, one file each."""


def __dir__() -> list[str]:
    return __all__


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module 'classlift' has no attribute {name!r}")
    import importlib  # noqa: PLC0415  (nothing before it is used: the working folder may hold one)

    return getattr(importlib.import_module(f"classlift.{_HOMES.get(name, f'api.{name}')}"), name)

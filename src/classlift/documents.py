"""From results to the JSON documents that scripts read: strict JSON, raw fractions, null where unknown."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any

from classlift import __version__, metrics
from classlift.evaluation import Comparison, Evaluation, LowChoice

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from classlift.comparing import Contest
    from classlift.fitting import FitResult
    from classlift.inspection import Inspection
    from classlift.layer import OutputLayer
    from classlift.lifting import LiftSummary
    from classlift.statistics import ClassCounts
    from classlift.sweep import SweepPoint
    from classlift.tuning import TuneResult

SCHEMA_VERSION = 1

Document = dict[str, Any]


def to_json(document: Document) -> str:
    """Write a document as strict JSON: no NaN, no infinity, UTF-8 text as it is."""
    return json.dumps(_strict(document), indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def evaluation_document(result: Evaluation) -> Document:
    """Document of one result."""
    return _head("evaluation", result.name, result.notes) | {
        "figures": _figures(result) | {"low": {"own": result.low()}},
        "low_fraction": result.low_fraction,
        "low_classes": {"own": _names(result.classes, result.own_low)},
        "classes": [{"name": name, **_class_figures(result.counts, k)} for k, name in enumerate(result.classes)],
    }


def comparison_document(result: Comparison) -> Document:
    """Document of two results on the same rows."""
    before, after = result.before, result.after
    low = {str(choice): result.low(choice) for choice in LowChoice}
    return _head("comparison", result.name, result.notes) | {
        "before": _figures(before) | {"low": {name: pair[0] for name, pair in low.items()}},
        "after": _figures(after) | {"low": {name: pair[1] for name, pair in low.items()}},
        "mended": result.mended,
        "broken": result.broken,
        "lifted": result.n_lifted,
        "low_fraction": result.low_fraction,
        "low_classes": {
            "own_before": _names(result.classes, before.own_low),
            "own_after": _names(result.classes, after.own_low),
            "val": None if result.validation_low is None else _names(result.classes, result.validation_low),
        },
        "classes": [
            {
                "name": name,
                "before": _class_figures(before.counts, k),
                "after": _class_figures(after.counts, k),
                "mended": int(result.counts.mended[k]),
                "broken": int(result.counts.broken[k]),
            }
            for k, name in enumerate(result.classes)
        ],
    }


def fit_document(result: FitResult) -> Document:
    """Document of a fit: the layer's provenance, and its effects."""
    layer = result.layer
    return _head("fit", result.layer.method, result.notes) | {
        "settings": dict(layer.settings),
        "layer": {"n_parameters": layer.n_parameters, "largest_bias": layer.largest_bias, **layer.provenance},
        "classes": list(result.classes),
        "in_sample": None if result.in_sample is None else comparison_document(result.in_sample),
        "out_of_fold": None if result.out_of_fold is None else comparison_document(result.out_of_fold),
    }


def demo_document(paper: Comparison, tuned: Comparison) -> Document:
    """Document of the demo: the test file before and after either layer."""
    return _head("demo", tuned.name, ()) | {
        "paper": comparison_document(paper),
        "tuned": comparison_document(tuned),
    }


def contest_document(result: Contest) -> Document:
    """Document of all methods on the same files."""
    return _head("contest", result.name, result.notes) | {
        "methods": [
            {
                "method": one.method,
                "n_parameters": one.layer.n_parameters,
                "seconds": one.seconds,
                "result": comparison_document(one.result),
            }
            for one in result.contestants
        ]
    }


def sweep_document(name: str, method: str, points: Sequence[SweepPoint]) -> Document:
    """Document of a sweep."""
    return _head("sweep", name, ()) | {
        "method": method,
        "points": [
            {
                "setting": point.setting,
                "value": point.value,
                "chosen": point.chosen,
                "out_of_fold": comparison_document(point.out_of_fold),
                "test": None if point.test is None else comparison_document(point.test),
            }
            for point in points
        ],
    }


def tune_document(result: TuneResult) -> Document:
    """Document of a tuning: what was tried, what was chosen, its out-of-fold effect."""
    layer = result.layer
    return _head("tune", layer.method, result.notes) | {
        "objective": result.objective,
        "max_total_drop": result.largest_drop,
        "settings": dict(layer.settings),
        "layer": {"n_parameters": layer.n_parameters, "largest_bias": layer.largest_bias, **layer.provenance},
        "classes": list(result.classes),
        "out_of_fold": comparison_document(result.effect),
    }


def inspection_document(result: Inspection) -> Document:
    """Document of an inspected prediction file."""
    return _head("inspection", result.name, result.notes) | {
        "kind": str(result.kind),
        "n_samples": result.n_samples,
        "n_labelled": result.n_labelled,
        "has_class_names": result.has_names,
        "columns": list(result.columns),
        "exact_zeros": result.exact_zeros,
        "label_probability_histogram": None if result.histogram is None else result.histogram.tolist(),
        "classes": [
            {
                "name": name,
                **_class_figures(result.counts, k),
                "competitive": None if result.competitive is None else int(result.competitive[k]),
            }
            for k, name in enumerate(result.classes)
        ],
    }


def stored_layer_document(name: str, layer: OutputLayer) -> Document:
    """Document of a layer file: everything but the matrices."""
    return _head("layer", name, ()) | {
        "method": layer.method,
        "settings": dict(layer.settings),
        "n_classes": layer.n_classes,
        "classes": None if layer.classes is None else list(layer.classes),
        "n_parameters": layer.n_parameters,
        "steps": [
            {
                "domain": str(step.domain),
                "weight": None if step.weight is None else list(step.weight.shape),
                "temperature": step.temperature,
                "maximum_probability": step.maximum_probability,
                "bias": step.bias.tolist(),
            }
            for step in layer.steps
        ],
        "provenance": dict(layer.provenance),
    }


def lift_document(result: LiftSummary) -> Document:
    """Document of an applied layer."""
    return _head("lift", result.name, result.notes) | {
        "n_samples": result.n_samples,
        "n_lifted": result.n_lifted,
        "n_changed": result.n_changed,
        "classes": [
            {
                "name": name,
                "predicted_before": int(result.predicted_before[k]),
                "predicted_after": int(result.predicted_after[k]),
            }
            for k, name in enumerate(result.classes)
        ],
    }


def _head(kind: str, name: str, notes: tuple[str, ...]) -> Document:
    return {
        "schema": f"classlift-{kind}-{SCHEMA_VERSION}",
        "classlift": __version__,
        "name": name,
        "notes": list(notes),
    }


def _figures(result: Evaluation) -> Document:
    return {"n_samples": result.counts.n_samples} | {
        name: figure(result.counts) for name, figure in metrics.METRICS.items()
    }


def _class_figures(counts: ClassCounts, k: int) -> Document:
    return {
        "support": int(counts.support[k]),
        "right": int(counts.right[k]),
        "predicted": int(counts.predicted[k]),
        "accuracy": counts.right[k] / counts.support[k] if counts.support[k] else None,
        "precision": counts.right[k] / counts.predicted[k] if counts.predicted[k] else None,
    }


def _names(classes: tuple[str, ...], chosen: NDArray[np.intp]) -> list[str]:
    return [classes[k] for k in chosen.tolist()]


def _strict(value: object) -> object:
    if isinstance(value, dict):
        return {str(key): _strict(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_strict(item) for item in value]
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else None
    return value

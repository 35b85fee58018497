"""Documents of prediction files, layer files and applied layers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from classlift.output.documents.base import class_figures, head

if TYPE_CHECKING:
    from classlift.fitting.inspection import Inspection
    from classlift.layer.apply import ApplySummary
    from classlift.layer.layer import OutputLayer
    from classlift.output.documents.types.files import AppliedShares, ApplyDocument, InspectionDocument, LayerDocument


def inspection_document(result: Inspection) -> InspectionDocument:
    """Document of an inspected prediction file."""
    return {
        **head("inspection", result.name, result.notes, result.reading),
        "kind": result.kind,
        "n_samples": result.n_samples,
        "n_labelled": result.n_labelled,
        "has_class_names": result.has_names,
        "columns": list(result.columns),
        "exact_zeros": result.exact_zeros,
        "label_probability_histogram": None if result.histogram is None else result.histogram.tolist(),
        "classes": [
            {
                "name": name,
                **figures,
                "competitive": None if result.competitive is None else int(result.competitive[k]),
            }
            for k, (name, figures) in enumerate(zip(result.classes, class_figures(result.counts), strict=True))
        ],
    }


def stored_layer_document(name: str, layer: OutputLayer) -> LayerDocument:
    """Document of a layer file: everything but the matrices."""
    return {
        **head("layer", name, ()),
        "method": layer.method,
        "settings": dict(layer.settings),
        "n_classes": layer.n_classes,
        "classes": None if layer.classes is None else list(layer.classes),
        "n_parameters": layer.n_parameters,
        "steps": [
            {
                "domain": step.domain,
                "weight": None if step.weight is None else list(step.weight.shape),
                "temperature": step.temperature,
                "maximum_probability": step.maximum_probability,
                "bias": step.bias.tolist(),
            }
            for step in layer.steps
        ],
        "costs": None if layer.costs is None else {"least": layer.costs.scale.least, "most": layer.costs.scale.most},
        "provenance": dict(layer.provenance),
    }


def apply_document(result: ApplySummary) -> ApplyDocument:
    """Document of an applied layer."""
    return {
        **head("apply", result.name, result.notes, result.reading),
        "n_samples": result.n_samples,
        "n_adjusted": result.n_adjusted,
        "n_changed": result.n_changed,
        "n_abstained": result.n_abstained,
        "shares": _shares(result),
        "classes": [
            {
                "name": name,
                "predicted_before": int(result.predicted_before[k]),
                "predicted_after": int(result.predicted_after[k]),
            }
            for k, name in enumerate(result.classes)
        ],
    }


def _shares(result: ApplySummary) -> AppliedShares | None:
    """Class shares that the rows were shifted to; null where they were not."""
    shift = result.shift
    if shift is None:
        return None
    ends = [None] * len(shift.new) if shift.low is None or shift.high is None else np.stack([shift.low, shift.high]).T
    rows = zip(result.classes, shift.old.tolist(), shift.new.tolist(), ends, strict=True)
    return {
        "name": shift.name,
        "n_samples": shift.n_samples,
        "classes": [
            {"name": name, "validation": old, "share": new, "interval": None if end is None else end.tolist()}
            for name, old, new, end in rows
        ],
    }

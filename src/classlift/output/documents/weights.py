"""Document of class weights."""

from __future__ import annotations

from typing import TYPE_CHECKING

from classlift.output.documents.base import head

if TYPE_CHECKING:
    from classlift.fitting.class_weights import ClassWeights
    from classlift.output.documents.types.files import WeightDocument


def weight_document(result: ClassWeights) -> WeightDocument:
    """Document of class weights: a list in class order (PyTorch), class number to weight (Keras)."""
    weights = result.weights.tolist()
    return {
        **head("weights", result.name, result.notes, result.reading),
        "scheme": result.scheme,
        "beta": result.beta,
        "classes": list(result.classes),
        "support": result.support.tolist(),
        "pytorch": weights,
        "keras": {str(k): weight for k, weight in enumerate(weights)},
    }

"""Document of a blend."""

from __future__ import annotations

from typing import TYPE_CHECKING

from classlift.output.documents.base import head

if TYPE_CHECKING:
    from classlift.fitting.blend import Blend
    from classlift.fitting.blend_weights import FittedWeights
    from classlift.output.documents.types.blend import BlendDocument, FittedWeightsDocument


def blend_document(result: Blend) -> BlendDocument:
    """Document of a blend: its figures, and those of every input; null where there are no labels."""
    figures = {"n_samples": result.n_samples, **result.blend.figures}
    return {
        **head("blend", result.name, result.notes, result.reading),
        "figures": figures,
        "n_labelled": result.blend.counts.n_samples,
        "inputs": [
            {"name": one.name, "weight": one.weight, "total": one.total, "low20": one.low20, "nll": one.nll}
            for one in result.inputs
        ],
        "fit": None if result.fit is None else _fit(result.fit),
    }


def _fit(fit: FittedWeights) -> FittedWeightsDocument:
    return {
        "taken": fit.taken,
        "gain": fit.gain,
        "error": fit.error,
        "most_likely": fit.most_likely.tolist(),
    }

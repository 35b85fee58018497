"""Documents of what was fitted, tuned and tried."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from classlift.evaluation.words import RAW
from classlift.output.documents.base import head
from classlift.output.documents.evaluation import comparison_document, gate_documents

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from classlift.fitting.benchmark import Benchmark
    from classlift.fitting.result import FitResult
    from classlift.fitting.sweep import Sweep
    from classlift.fitting.tuning.result import TuneResult
    from classlift.gates.result import GateResult
    from classlift.layer.layer import OutputLayer
    from classlift.output.documents.types.results import (
        BenchmarkDocument,
        FitDocument,
        FittedLayer,
        PromiseDocument,
        SweepDocument,
        TuneDocument,
    )


def fit_document(result: FitResult) -> FitDocument:
    """Document of a fit: the layer's provenance, and its effects."""
    layer = result.layer
    return {
        **head("fit", result.layer.method, result.notes, result.reading),
        "figures": {} if result.effect is None else result.to_dict(),
        "settings": dict(layer.settings),
        "layer": _fitted(layer),
        "classes": list(result.classes),
        "in_sample": None if result.in_sample is None else comparison_document(result.in_sample, drawn=False),
        "out_of_fold": None if result.out_of_fold is None else comparison_document(result.out_of_fold),
    }


def benchmark_document(
    result: Benchmark, gates: Mapping[tuple[str, str], Sequence[GateResult]] | None = None
) -> BenchmarkDocument:
    """Document of methods and layers on the same files, and of gates that were checked, by the names of two results."""
    checked = gates or {}
    return {
        **head("benchmark", result.name, result.notes, result.reading),
        "figures": result.to_dict(),
        "max_total_drop": result.max_total_drop,
        "methods": [
            {
                "method": one.method,
                "rank": rank if rank <= len(result.ranked) else None,
                "n_parameters": one.layer.n_parameters,
                "seconds": one.seconds,
                "result": comparison_document(one.result, checked.get((RAW, one.method), ())),
            }
            for rank, one in enumerate(result.entries, start=1)
        ],
        "flips": [
            {
                "before": before,
                "after": after,
                "fixed": pair.fixed,
                "broken": pair.broken,
                "negative_flips": result.flips(before, after),
                "gates": gate_documents(checked.get((before, after), ())) if before != RAW else [],
            }
            for (before, after), pair in result.between.items()
        ],
    }


def sweep_document(result: Sweep) -> SweepDocument:
    """Document of a sweep."""
    return {
        **head("sweep", result.name, (), result.points[0].out_of_fold.reading if result.points else None),
        "method": result.method,
        "points": [
            {
                "setting": point.setting,
                "value": point.value,
                "chosen": point.chosen,
                "out_of_fold": comparison_document(point.out_of_fold, drawn=False),
                "test": None if point.test is None else comparison_document(point.test, drawn=False),
            }
            for point in result.points
        ],
    }


def tune_document(result: TuneResult) -> TuneDocument:
    """Document of a tuning: what was chosen, what it promises, its out-of-fold effect as counted."""
    layer = result.layer
    return {
        **head("tune", layer.method, result.notes, result.reading),
        "figures": result.to_dict(),
        "objective": result.objective,
        "max_total_drop": result.max_total_drop,
        "settings": dict(layer.settings),
        "layer": _fitted(layer),
        "classes": list(result.classes),
        "requirements": gate_documents(result.requirements),
        "met": result.met,
        "promise": cast("PromiseDocument", result.promise.as_dict()),
        "out_of_fold": comparison_document(result.effect, drawn=False),
        "test": None if result.test is None else comparison_document(result.test, result.test_requirements),
    }


def _fitted(layer: OutputLayer) -> FittedLayer:
    """A layer without its steps, with all that is known of its fit."""
    found = {"n_parameters": layer.n_parameters, "largest_bias": layer.largest_bias, **layer.provenance}
    return cast("FittedLayer", found)

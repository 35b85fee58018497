"""Documents of checked results: raw figures, their intervals, every class."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from classlift.data import metrics
from classlift.evaluation import Comparison, Evaluation, LowChoice
from classlift.evaluation.uncertainty import CONFIDENCE
from classlift.output.documents.base import Document, class_figures, class_names_of, head

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from classlift.evaluation import Confusion, Details
    from classlift.intervals import Draws

    Ends = tuple[NDArray[np.float64], NDArray[np.float64]]


def evaluation_document(result: Evaluation) -> Document:
    """Document of one result."""
    return head("evaluation", result.name, result.notes) | {
        "figures": _figures(result) | {"low": {"low20": result.low()}},
        "intervals": _drawing(result) | _intervals(result, drawn=True),
        "low_fraction": result.low_fraction,
        "low_classes": {"low20": class_names_of(result.classes, result.lowest_classes)},
        "classes": [{"name": name, **found} for name, found in zip(result.classes, _classes(result), strict=True)],
        "confusion": _confusion(result.details.confusion),
    }


def comparison_document(result: Comparison, *, drawn: bool = True) -> Document:
    """Document of two results on the same rows; where `drawn` is false, without intervals of the lowest classes."""
    before, after = result.before, result.after
    low = {str(choice): result.low(choice) for choice in LowChoice}
    return head("comparison", result.name, result.notes) | {
        "before": _figures(before) | {"low": {name: pair[0] for name, pair in low.items()}},
        "after": _figures(after) | {"low": {name: pair[1] for name, pair in low.items()}},
        "intervals": _drawing(result)
        | {
            "before": _intervals(before, drawn=drawn),
            "after": _intervals(after, drawn=drawn),
            "change": {
                "total": result.interval("total.change"),
                "low20": _drawn(result.low_change_draws) if drawn else None,
            },
        },
        "mcnemar_p": result.mcnemar,
        "fixed": result.fixed,
        "broken": result.broken,
        "adjusted": result.n_adjusted,
        "low_fraction": result.low_fraction,
        "low_classes": {
            "low20_before": class_names_of(result.classes, before.lowest_classes),
            "low20_after": class_names_of(result.classes, after.lowest_classes),
            "validation": None
            if result.validation_low is None
            else class_names_of(result.classes, result.validation_low),
        },
        "classes": _compared_classes(result),
        "confusion": {
            "before": _confusion(before.details.confusion),
            "after": _confusion(after.details.confusion),
        },
    }


def demo_document(paper: Comparison, tuned: Comparison) -> Document:
    """Document of the demo: the test file before and after either layer."""
    return head("demo", tuned.name, ()) | {
        "paper": comparison_document(paper),
        "tuned": comparison_document(tuned),
    }


def _figures(result: Evaluation) -> Document:
    figures = {name: figure(result.counts) for name, figure in metrics.METRICS.items()}
    return {"n_samples": result.counts.n_samples} | figures | {"scoring": _scoring(result.details)}


def _scoring(details: Details) -> Document | None:
    scoring = details.scoring
    if scoring is None:
        return None
    return {
        "log_loss": scoring.log_loss,
        "brier": scoring.brier,
        "calibration_error": scoring.calibration_error,
    }


def _drawing(result: Evaluation | Comparison) -> Document:
    return {"confidence": CONFIDENCE, "n_draws": result.resampling.n_draws, "seed": result.resampling.seed}


def _intervals(result: Evaluation, *, drawn: bool) -> Document:
    return {"total": result.interval("total"), "low20": _drawn(result.low_draws) if drawn else None}


def _drawn(draws: Draws) -> Document | None:
    """Ends and median of draws; null where nothing was drawn."""
    if not len(draws.values):
        return None
    low, high = draws.interval(CONFIDENCE)
    return {"low": low, "high": high, "estimate": draws.estimate}


def _classes(result: Evaluation) -> list[Document]:
    pairs = zip(class_figures(result.counts), _pairs(result.recall_intervals()), strict=True)
    return [figures | {"recall_interval": ends} for figures, ends in pairs]


def _compared_classes(result: Comparison) -> list[Document]:
    changes = result.counts.after.recall - result.counts.before.recall
    return [
        {
            "name": name,
            "before": before,
            "after": after,
            "change": change,
            "change_interval": ends,
            "fixed": fixed,
            "broken": broken,
        }
        for name, before, after, change, ends, fixed, broken in zip(
            result.classes,
            _classes(result.before),
            _classes(result.after),
            changes.tolist(),
            _pairs(result.recall_change_intervals()),
            result.counts.fixed.tolist(),
            result.counts.broken.tolist(),
            strict=True,
        )
    ]


def _pairs(ends: Ends) -> list[tuple[float, float] | None]:
    """Interval of each class; null without samples."""
    low, high = (end.tolist() for end in ends)
    return [None if math.isnan(a) else (a, b) for a, b in zip(low, high, strict=True)]


def _confusion(confusion: Confusion | None) -> Document | None:
    """Columns of the pairs that occur, by class number; null where it was not asked for."""
    if confusion is None:
        return None
    pairs = confusion.pairs()
    return {
        "true": [pair.true for pair in pairs],
        "predicted": [pair.predicted for pair in pairs],
        "rows": [pair.rows for pair in pairs],
    }

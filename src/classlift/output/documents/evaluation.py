"""Documents of checked results: raw figures, their intervals, every class."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, cast

from classlift.data.metrics import CLASS_METRICS, LEAST_GROUP, METRICS
from classlift.evaluation.options import CONFIDENCE
from classlift.evaluation.result import Evaluation
from classlift.output.documents.base import class_figures, class_names_of, head, shares_by_name
from classlift.output.documents.coverage import compared_coverage, coverage

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from classlift.evaluation.comparison import Comparison
    from classlift.evaluation.confusion import Confusion
    from classlift.gates.result import GateResult
    from classlift.intervals.draws import Draws
    from classlift.intervals.proportions import Interval
    from classlift.output.documents.types.parts import (
        ClassFigures,
        ComparedClass,
        ComparedGroup,
        ConfusionColumns,
        Drawing,
        Drawn,
        Figures,
        GateDocument,
        Group,
        GroupFigures,
        Intervals,
        KnownFigures,
    )
    from classlift.output.documents.types.results import ComparisonDocument, DemoDocument, EvaluationDocument

    Ends = tuple[NDArray[np.float64], NDArray[np.float64]]


def evaluation_document(result: Evaluation, gates: Sequence[GateResult] = ()) -> EvaluationDocument:
    """Document of one result, and of its checked gates."""
    return {
        **head("evaluation", result.name, result.notes, result.reading),
        "figures": cast("KnownFigures", {"n_samples": result.counts.n_samples} | result.to_dict()),
        "intervals": {**_drawing(result), **_intervals(result, drawn=True)},
        "shares": shares_by_name(result.classes, result.shares),
        "low_fraction": result.low_fraction,
        "low_classes": {"low20": class_names_of(result.classes, result.lowest_classes)},
        "coverage": coverage(result),
        "classes": _classes(result, result.classes),
        "groups": {
            column: [_group(result.group(column, name)) for name in sorted(of)] for column, of in result.groups.items()
        },
        "confusion": _confusion(result.details.confusion),
        "gates": gate_documents(gates),
    }


def comparison_document(
    result: Comparison, gates: Sequence[GateResult] = (), *, drawn: bool = True
) -> ComparisonDocument:
    """Document of two results on the same rows, and of their checked gates.

    Where `drawn` is false, it is without intervals of the lowest classes.
    """
    before, after = result.before, result.after
    return {
        **head("comparison", result.name, result.notes, result.reading),
        "figures": result.to_dict(),
        "before": _figures(before),
        "after": _figures(after),
        "intervals": {
            **_drawing(result),
            "before": _intervals(before, drawn=drawn),
            "after": _intervals(after, drawn=drawn),
            "change": {
                "total": list(result.interval("total.change")),
                "low20": _drawn(result.low_change_draws, lambda: result.interval("low20.change")) if drawn else None,
                "cost": _costs(result, "cost.change"),
            },
        },
        "mcnemar_p": result.mcnemar,
        "fixed": result.fixed,
        "broken": result.broken,
        "n_adjusted": result.n_adjusted,
        "shares": shares_by_name(result.classes, before.shares),
        "low_fraction": result.low_fraction,
        "low_classes": {
            "low20": class_names_of(result.classes, after.lowest_classes),
            "low20.baseline": class_names_of(result.classes, before.lowest_classes),
            "low20.validation": None
            if result.validation_low is None
            else class_names_of(result.classes, result.validation_low),
        },
        "coverage": compared_coverage(result),
        "classes": _compared_classes(result),
        "groups": {
            column: [_compared_group(result.group(column, name)) for name in sorted(of)]
            for column, of in result.groups.items()
        },
        "confusion": {
            "before": _confusion(before.details.confusion),
            "after": _confusion(after.details.confusion),
        },
        "gates": gate_documents(gates),
    }


def demo_document(paper: Comparison, tuned: Comparison, notes: tuple[str, ...]) -> DemoDocument:
    """Document of the demo: the test file before and after either layer, and the notes of the tuning."""
    return {
        **head("demo", tuned.name, notes, tuned.reading),
        "figures": tuned.to_dict(),
        "paper": comparison_document(paper),
        "tuned": comparison_document(tuned),
    }


def gate_documents(checked: Sequence[GateResult]) -> list[GateDocument]:
    """Checked gates, as documents hold them."""
    return [cast("GateDocument", result.document()) for result in checked]


def _figures(result: Evaluation) -> Figures:
    """Figures under the names that gates give them; null where they are not known."""
    return cast("Figures", {"n_samples": result.counts.n_samples} | {name: result.value(name) for name in METRICS})


def _drawing(result: Evaluation | Comparison) -> Drawing:
    clusters, drawn = result.counts.clusters, result.resampling
    return {
        "confidence": CONFIDENCE,
        "n_draws": drawn.n_draws,
        "seed": drawn.seed,
        "simultaneous": drawn.simultaneous,
        "clusters": None if clusters is None else clusters.n_clusters,
    }


def _intervals(result: Evaluation, *, drawn: bool) -> Intervals:
    return {
        "total": list(result.interval("total")),
        "low20": _drawn(result.low_draws, lambda: result.interval("low20")) if drawn else None,
        "cost": _costs(result, "cost"),
    }


def _costs(result: Evaluation | Comparison, figure: str) -> list[float | None] | None:
    ends = result.interval(figure)
    return None if math.isnan(ends.low) else list(ends)


def _drawn(draws: Draws, ends: Callable[[], Interval]) -> Drawn | None:
    """Ends and median of draws; null where nothing was drawn."""
    if not len(draws.values):
        return None
    low, high = ends()
    return {"low": low, "high": high, "estimate": draws.estimate}


def _classes(result: Evaluation, names: Sequence[str] = ()) -> list[ClassFigures]:
    """Figures of the classes with their intervals, and names where they are given."""
    found = class_figures(result.counts, {name: result.class_values(name) for name in CLASS_METRICS})
    for one, ends in zip(found, _pairs(result.class_intervals), strict=True):
        one["recall_interval"] = ends
    for one, name in zip(found, names, strict=False):
        one["name"] = name
    return found


def _compared_classes(result: Comparison) -> list[ComparedClass]:
    changes = result.counts.after.recall - result.counts.before.recall
    return [
        {
            "name": name,
            "before": before,
            "after": after,
            "change": change,
            "change_interval": ends,
            "beyond_chance": ("", "rises", "falls")[sure],
            "fixed": fixed,
            "broken": broken,
        }
        for name, before, after, change, ends, sure, fixed, broken in zip(
            result.classes,
            _classes(result.before),
            _classes(result.after),
            changes.tolist(),
            _pairs(result.class_intervals),
            result.beyond_chance.tolist(),
            result.counts.fixed.tolist(),
            result.counts.broken.tolist(),
            strict=True,
        )
    ]


def _group(group: Evaluation) -> Group:
    n_samples = group.counts.n_samples
    return {
        "name": group.name,
        "n_samples": n_samples,
        "ranked": n_samples >= LEAST_GROUP,
        "figures": _group_figures(group),
        "total_interval": list(group.interval("total")),
    }


def _compared_group(group: Comparison) -> ComparedGroup:
    n_samples = group.counts.before.n_samples
    return {
        "name": group.name,
        "n_samples": n_samples,
        "ranked": n_samples >= LEAST_GROUP,
        "before": _group_figures(group.before),
        "after": _group_figures(group.after),
        "total_change": group.change("total"),
        "total_change_interval": list(group.interval("total.change")),
        "fixed": group.fixed,
        "broken": group.broken,
    }


def _group_figures(side: Evaluation) -> GroupFigures:
    worst = class_names_of(side.classes, side.lowest_classes[:1])
    values = {name: side.value(name) for name in ("total", "low20", "worst")}
    return cast("GroupFigures", {**values, "worst_class": worst[0] if worst else None})


def _pairs(ends: Ends) -> list[list[float | None] | None]:
    """Interval of each class; null without samples."""
    low, high = (end.tolist() for end in ends)
    return [None if math.isnan(a) else [a, b] for a, b in zip(low, high, strict=True)]


def _confusion(confusion: Confusion | None) -> ConfusionColumns | None:
    """Columns of the pairs that occur, by class number; null where it was not asked for."""
    if confusion is None:
        return None
    pairs = confusion.pairs()
    return {
        "true": [pair.true for pair in pairs],
        "predicted": [pair.predicted for pair in pairs],
        "rows": [pair.rows for pair in pairs],
    }

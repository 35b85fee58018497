"""Results as they would be under other class shares than those of their rows."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from classlift.data.metrics import METRICS
from classlift.data.shares import differing, moved_predictions, row_weights, weighted, weighted_pairs

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from classlift.data.adjusted import Layer
    from classlift.data.counts import ClassCounts
    from classlift.evaluation.comparison import Comparison
    from classlift.evaluation.details import Details
    from classlift.evaluation.options import EvaluationOptions
    from classlift.evaluation.result import Evaluation

    Floats = NDArray[np.float64]

TOUCHED = ", ".join(name for name, metric in METRICS.items() if metric.by_shares)
"""Figures that depend on class shares."""


def evaluation_under(result: Evaluation, options: EvaluationOptions) -> Evaluation:
    """The result under the shares of the options, which say some."""
    assert options.shares is not None
    weights, notes = _weights(result.counts, result.classes, result.name, options)
    details, predicted = _details(result.details, weights, options)
    reading = None if result.reading is None else result.reading._replace(shares=options.shares.name)
    counts = weighted(result.counts, weights, predicted)
    return replace(result, weighted=counts, details=details, notes=(*result.notes, *notes), reading=reading)


def comparison_under(result: Comparison, options: EvaluationOptions) -> Comparison:
    """The same of two results."""
    if options.shares is None:
        return result
    weights, notes = _weights(result.counts.before, result.classes, result.name, options)
    (before, was), (after, now) = (_details(side, weights, options) for side in result.details)
    reading = None if result.reading is None else result.reading._replace(shares=options.shares.name)
    counts = weighted_pairs(result.counts, weights, was, now)
    return replace(result, weighted=counts, details=(before, after), notes=(*result.notes, *notes), reading=reading)


def moved_shares(
    counts: ClassCounts, layer: Layer, classes: tuple[str, ...], options: EvaluationOptions, *, raw: bool
) -> tuple[str, ...]:
    """Say which figures are touched where class shares are surely not those of the layer's validation file.

    Where they are those, but raw predictions are surely not, say that.
    """
    if options.shares is not None:
        return ()
    told = differing(counts.support, layer.provenance.get("support"), classes)
    if not told:
        return () if not raw else moved_predictions(counts.predicted, layer.provenance.get("predicted"), classes)
    return (
        f"class shares here are not those of the validation file ({told}): {TOUCHED} and every precision and F1 depend "
        "on them; recalls and low20 do not",
    )


def _details(details: Details, weights: Floats, options: EvaluationOptions) -> tuple[Details, Floats]:
    """Details under weights of the classes, and the weighted predictions."""
    assert details.confusion is not None
    scoring = None if details.by_class is None else details.by_class.under(weights)
    shown = details.confusion if options.confusion else None
    return replace(details, scoring=scoring, confusion=shown), details.confusion.predicted(weights)


def _weights(
    counts: ClassCounts, classes: tuple[str, ...], name: str, options: EvaluationOptions
) -> tuple[Floats, tuple[str, ...]]:
    """Weight of a row of each class, and what a user should know."""
    assert options.shares is not None
    shares = options.shares.in_order(classes, name)
    told = [f"under the class shares of {options.shares.name}, not those of this file: {TOUCHED} and every precision "
            "and F1; recalls, counts and groups are as counted"]  # fmt: skip
    lacking = float(shares[counts.support == 0].sum())
    if lacking > 0:
        told.append(f"classes without rows here have {lacking:.1%} of these shares: figures are those of the others")
    return row_weights(counts.support, shares), tuple(told)

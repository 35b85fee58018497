"""Several layers on the same rows, in one pass: each against raw, and against each layer before it."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations
from typing import TYPE_CHECKING

from classlift.data.class_order import in_order_of
from classlift.data.counts import PairedCounts
from classlift.data.fingerprint import Fingerprint
from classlift.data.predictions import require_labels
from classlift.data.source import require_raw
from classlift.evaluation.accumulate import Accumulator, costs_for
from classlift.evaluation.compare import layer_comparison
from classlift.evaluation.details import DetailSum
from classlift.evaluation.options import DEFAULT_OPTIONS
from classlift.evaluation.words import RAW

if TYPE_CHECKING:
    from collections.abc import Mapping

    from classlift.data.adjusted import Layer
    from classlift.data.source import PredictionSource
    from classlift.evaluation.comparison import Comparison
    from classlift.evaluation.options import EvaluationOptions


def evaluate_layers(
    source: PredictionSource, layers: Mapping[str, Layer], options: EvaluationOptions = DEFAULT_OPTIONS
) -> dict[tuple[str, str], Comparison]:
    """Compare raw rows and what each layer makes of them, each with each one before it.

    Parameters
    ----------
    source : PredictionSource
        Labelled probabilities or logits.
    layers : mapping of str to Layer
        At least one, by name, in their order.
    options : EvaluationOptions
        How; without groups.

    Returns
    -------
    dict of (str, str) to Comparison
        By the names before and after; ``("raw", name)`` is what `evaluate_layer` gives.
    """
    first = next(iter(layers.values()))
    source = in_order_of(source, first.classes, first.n_classes, "the layer")
    for layer in layers.values():
        in_order_of(source, layer.classes, layer.n_classes, "the layer")
        layer.check_fits(source.name, source.kind, source.n_classes, source.classes)
    found: dict[tuple[str, str], Comparison] = {}
    for (one, two), total in _added_up(source, layers, options).items():
        result = layer_comparison(source, total, layers[two], options, layers.get(one))
        found[one, two] = result if one == RAW else replace(result, name=f"{two} against {one}")
    return found


def _added_up(
    source: PredictionSource, layers: Mapping[str, Layer], options: EvaluationOptions
) -> dict[tuple[str, str], Accumulator[PairedCounts]]:
    """Add up the rows for every two names, raw the first of them."""
    require_raw(source)
    n, names = source.n_classes, (RAW, *layers)
    counts = dict.fromkeys(combinations(names, 2), PairedCounts.zeros(n))
    details = {name: DetailSum(n, options) for name in names}
    asked = costs_for(options.costs, source)
    costs = {name: asked or layer.costs for name, layer in layers.items()}
    n_adjusted, fingerprint = dict.fromkeys(layers, 0), Fingerprint(n, source.kind)
    for block in source.blocks():
        labels, predicted = require_labels(block), {RAW: block.predicted}
        details[RAW].add_block(block)
        for name, layer in layers.items():
            result = layer.apply(block)
            predicted[name] = result.predicted
            found = labels, result.predicted, result.probabilities(), result.most_probable
            details[name].add(*found, block.clusters)
            n_adjusted[name] += int(result.adjusted.sum())
        for one, two in counts:
            counts[one, two] += PairedCounts.of(labels, predicted[one], predicted[two], n, block.clusters, costs[two])
        fingerprint += Fingerprint.of(block)
    known = {name: each.total() for name, each in details.items()}
    return {
        (one, two): Accumulator(pair, n_adjusted[two], (known[one], known[two]), fingerprint)
        for (one, two), pair in counts.items()
    }

"""Evaluate two results on the same rows: raw against adjusted, or two layers."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from classlift.data.class_order import in_order_of
from classlift.data.classes import class_names
from classlift.data.counts import PairedCounts
from classlift.data.fingerprint import Fingerprint
from classlift.data.pieces import as_pieces
from classlift.data.predictions import require_labels
from classlift.data.reading import reading_of
from classlift.data.source import Noted, PredictionSource, require_raw
from classlift.evaluation.accumulate import Accumulator, costs_for, no_pairs
from classlift.evaluation.comparison import Comparison
from classlift.evaluation.details import DetailSum
from classlift.evaluation.evaluate import require_rows
from classlift.evaluation.groups import check_few, columns_of, count_groups
from classlift.evaluation.options import DEFAULT_OPTIONS, EvaluationOptions
from classlift.evaluation.under import comparison_under, moved_shares
from classlift.evaluation.words import IN_SAMPLE, TWO_LAYERS

if TYPE_CHECKING:
    from classlift.data.adjusted import Layer
    from classlift.data.pieces import Piece, Pieces


def evaluate_layer(
    rows: PredictionSource | Pieces,
    layer: Layer,
    options: EvaluationOptions = DEFAULT_OPTIONS,
    *,
    old: Layer | None = None,
) -> Comparison:
    """Evaluate raw against adjusted predictions, or two layers, in one pass, and recognise in-sample rows.

    Parameters
    ----------
    rows : PredictionSource or Pieces
        Labelled probabilities or logits; pieces give the same figures, exactly.
    layer : Layer
        What adjusts them; it knows the lowest classes of its validation file.
    options : EvaluationOptions
        How.
    old : Layer, optional
        What adjusts them before; raw predictions are before without it.

    Returns
    -------
    Comparison
        With a note where the rows are those that the layer was fitted on.
    """
    cut = as_pieces(rows)
    whole = in_order_of(cut.source, layer.classes, layer.n_classes, "the layer")
    layer.check_fits(whole.name, whole.kind, whole.n_classes, whole.classes)
    if old is not None:
        in_order_of(whole, old.classes, old.n_classes, "the old layer")
        old.check_fits(whole.name, whole.kind, whole.n_classes, whole.classes)
    total: Accumulator[PairedCounts] = cut.engine.reduce(_of_piece, cut.pieces, layer, options, old)
    return layer_comparison(Noted(whole, total.repairs.notes), total, layer, options, old)


def layer_comparison(
    source: PredictionSource,
    total: Accumulator[PairedCounts],
    layer: Layer,
    options: EvaluationOptions,
    old: Layer | None = None,
) -> Comparison:
    """Make the comparison of what was added up of rows raw, or by an old layer, and by a layer."""
    require_rows(source.name, total.counts.before)
    known = layer.provenance.get("low_classes")
    same_share = layer.provenance.get("low_fraction") == options.low_fraction
    before, after = total.details
    names = class_names(source.classes or layer.classes, source.n_classes)
    notes = (*source.notes, *moved_shares(total.counts.before, layer, names, options, raw=old is None))
    if old is not None:
        notes = (*notes, TWO_LAYERS)
    if total.digest in [each.provenance.get("fingerprint") for each in (layer, old) if each is not None]:
        notes = (*notes, IN_SAMPLE)
    result = Comparison(
        source.name,
        total.counts,
        names,
        options.low_fraction,
        np.array(known, np.intp) if known is not None and same_share else None,
        total.n_adjusted if old is None else None,
        notes,
        options.resampling,
        (before, after),
        reading_of(source),
        groups=total.groups,
        identical=old is None and layer.is_identity,
    )
    return comparison_under(result, options)


def _of_piece(piece: Piece, layer: Layer, options: EvaluationOptions, old: Layer | None) -> Accumulator[PairedCounts]:
    """Add up the rows of a piece, raw (or by an old layer) against adjusted."""
    source = piece.open()
    return replace(_accumulated(source, layer, options, old), repairs=source.repairs)


def _accumulated(
    source: PredictionSource, layer: Layer, options: EvaluationOptions, old: Layer | None = None
) -> Accumulator[PairedCounts]:
    """Add up the labelled rows of a source raw, or by an old layer, and adjusted, with groups, details, fingerprint."""
    require_raw(source)
    source = in_order_of(source, layer.classes, layer.n_classes, "the layer")
    layer.check_fits(source.name, source.kind, source.n_classes, source.classes)
    total = replace(no_pairs(source.n_classes), fingerprint=Fingerprint(source.n_classes, source.kind))
    before, after = (DetailSum(source.n_classes, options) for _ in range(2))
    costs = costs_for(options.costs, source) or layer.costs
    count = partial(PairedCounts.of, costs=costs)
    for block in source.blocks():
        result, was = layer.apply(block), None if old is None else old.apply(block)
        raw = block.predicted if was is None else was.predicted
        columns, rows = columns_of(options.by, block), (require_labels(block), raw, result.predicted)
        counts = count(*rows, source.n_classes, block.clusters)
        groups = count_groups(columns, count, source.n_classes, block.clusters, *rows)
        total += Accumulator(counts, int(result.adjusted.sum()), fingerprint=Fingerprint.of(block), groups=groups)
        check_few(total.groups, source.name)
        if was is None:
            before.add_block(block)
        else:
            before.add(rows[0], was.predicted, was.probabilities(), was.most_probable, block.clusters)
        after.add(rows[0], result.predicted, result.probabilities(), result.most_probable, block.clusters)
    return replace(total, details=(before.total(), after.total()))

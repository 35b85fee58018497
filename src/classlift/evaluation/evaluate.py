"""Evaluate predictions: one result, raw against adjusted, or two results on the same rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from classlift.data import metrics
from classlift.data.classes import check_same_classes, class_names
from classlift.data.counts import ClassCounts, PairedCounts
from classlift.data.source import PredictionSource
from classlift.errors import ClassliftError
from classlift.evaluation import Comparison, Evaluation, Resampling, Tally
from classlift.evaluation.accumulate import LayerTally, ResultTally, add_block, tally_layer, tally_rows
from classlift.evaluation.effects import Effect
from classlift.evaluation.pairing import paired_rows
from classlift.evaluation.uncertainty import DEFAULT_RESAMPLING

if TYPE_CHECKING:
    from classlift.data.adjusted import Layer

IN_SAMPLE = "in-sample: the layer was fitted on these very rows, so the figures after it flatter"


def evaluate(
    source: PredictionSource,
    *,
    low_fraction: float = metrics.LOW_FRACTION,
    resampling: Resampling = DEFAULT_RESAMPLING,
    confusion: bool = False,
) -> Evaluation:
    """Evaluate the predictions of a source in one pass.

    Parameters
    ----------
    source : PredictionSource
        Labelled predictions of any kind.
    low_fraction : float
        Share of the classes that the low figures are about.
    resampling : Resampling
        How the intervals of the lowest classes are drawn, when one is asked for.
    confusion : bool
        Whether to count which class is taken for which.

    Returns
    -------
    Evaluation

    Raises
    ------
    ClassliftError
        If the source has no labels, or no labelled row.
    """
    return evaluation_of(source, tally_rows(source, confusion=confusion), low_fraction, resampling)


def evaluation_of(
    source: PredictionSource, tally: ResultTally, low_fraction: float, resampling: Resampling
) -> Evaluation:
    """Evaluation of the rows of `source` that were tallied, here or in pieces."""
    require_rows(source.name, tally.counts)
    names = class_names(source.classes, source.n_classes)
    return Evaluation(
        source.name,
        tally.counts,
        names,
        low_fraction,
        notes=source.notes,
        resampling=resampling,
        details=tally.details,
    )


def compare_layer(
    source: PredictionSource,
    layer: Layer,
    *,
    low_fraction: float = metrics.LOW_FRACTION,
) -> Comparison:
    """Evaluate raw against adjusted predictions of one source in one pass.

    Parameters
    ----------
    source : PredictionSource
        Labelled probabilities or logits.
    layer : Layer
        What lifts them.
    low_fraction : float
        Share of the classes that the low figures are about.

    Returns
    -------
    Comparison
    """
    layer.check_fits(source.name, source.kind, source.n_classes, source.classes)
    effect = sum((Effect.of(block, layer) for block in source.blocks()), Effect.zeros(source.n_classes))
    require_rows(source.name, effect.counts.before)
    names = class_names(source.classes or layer.classes, source.n_classes)
    return Comparison(source.name, effect.counts, names, low_fraction, None, effect.n_adjusted, source.notes)


def evaluate_layer(
    source: PredictionSource,
    layer: Layer,
    *,
    low_fraction: float = metrics.LOW_FRACTION,
    resampling: Resampling = DEFAULT_RESAMPLING,
    confusion: bool = False,
) -> Comparison:
    """Compare as `compare_layer`, with all that is known of either side, and recognise in-sample rows.

    Parameters
    ----------
    source : PredictionSource
        Labelled probabilities or logits.
    layer : Layer
        What lifts them; it knows the lowest classes of its validation file.
    low_fraction : float
        Share of the classes that the low figures are about.
    resampling : Resampling
        How the intervals of the lowest classes are drawn, when one is asked for.
    confusion : bool
        Whether to count which class is taken for which.

    Returns
    -------
    Comparison
        With a note where the rows are those that the layer was fitted on.
    """
    tally = tally_layer(source, layer, confusion=confusion)
    return comparison_of(source, layer, tally, low_fraction, resampling)


def comparison_of(
    source: PredictionSource, layer: Layer, tally: LayerTally, low_fraction: float, resampling: Resampling
) -> Comparison:
    """Comparison of the rows of `source` that were tallied, here or in pieces; recognises in-sample rows."""
    require_rows(source.name, tally.counts.before)
    known = layer.provenance.get("low_classes")
    low = None if known is None or layer.provenance.get("low_fraction") != low_fraction else np.array(known, np.intp)
    in_sample = tally.fingerprint.hexdigest() == layer.provenance.get("fingerprint")
    return Comparison(
        source.name,
        tally.counts,
        class_names(source.classes or layer.classes, source.n_classes),
        low_fraction,
        low,
        tally.n_adjusted,
        (*source.notes, IN_SAMPLE) if in_sample else source.notes,
        resampling,
        tally.details,
    )


def compare_sources(
    before: PredictionSource,
    after: PredictionSource,
    *,
    low_fraction: float = metrics.LOW_FRACTION,
    resampling: Resampling = DEFAULT_RESAMPLING,
    confusion: bool = False,
    id_column: str | None = None,
) -> Comparison:
    """Evaluate two sources that hold the same rows: paired by id where both carry one, else by order with equal labels.

    Parameters
    ----------
    before, after : PredictionSource
        Labelled predictions of any kind.
    low_fraction : float
        Share of the classes that the low figures are about.
    resampling : Resampling
        How the intervals of the lowest classes are drawn, when one is asked for.
    confusion : bool
        Whether to count which class is taken for which.
    id_column : str, optional
        Column that holds the ids; see `paired_rows`.

    Raises
    ------
    ClassliftError
        If rows, classes or labels differ.
    """
    check_same_classes(
        after.classes, before.classes, after.n_classes, before.n_classes, where=after.name, other=before.name
    )
    n_classes = before.n_classes
    counts = PairedCounts.zeros(n_classes)
    old, new = (Tally(n_classes, confusion=confusion) for _ in range(2))
    watch = (lambda block: add_block(old, block), lambda block: add_block(new, block))
    for rows in paired_rows(before, after, id_column=id_column, watch=watch):
        counts += PairedCounts.of(rows.labels, rows.before, rows.after, n_classes)
    require_rows(before.name, counts.before)
    return Comparison(
        f"{after.name} against {before.name}",
        counts,
        class_names(before.classes or after.classes, n_classes),
        low_fraction,
        notes=before.notes + after.notes,
        resampling=resampling,
        details=(old.total(), new.total()),
    )


def require_rows(name: str, counts: ClassCounts) -> None:
    """Refuse a result without a labelled row."""
    if not counts.n_samples:
        raise ClassliftError(name, "has no labelled row", fix="give a file with at least one row whose label is known.")

"""Judge predictions: one result, raw against lifted, or two results on the same rows."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from classlift import metrics
from classlift.classes import check_same_classes, class_names
from classlift.errors import ClassliftError
from classlift.evaluation import Comparison, Evaluation, Resampling, Tally
from classlift.evaluation.uncertainty import DEFAULT_RESAMPLING
from classlift.fingerprint import Fingerprint
from classlift.kinds import Kind
from classlift.pairing import paired_rows
from classlift.predictions import Predictions, require_labels
from classlift.sources import PredictionSource
from classlift.statistics import ClassCounts, PairedCounts

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from classlift.layer import Lifted, OutputLayer

    Lowest = NDArray[np.intp]

IN_SAMPLE = "in-sample: the layer was fitted on these very rows, so the figures after it flatter"


def evaluate(
    source: PredictionSource,
    *,
    low_fraction: float = metrics.LOW_FRACTION,
    resampling: Resampling = DEFAULT_RESAMPLING,
    confusion: bool = False,
) -> Evaluation:
    """Judge the predictions of a source in one pass.

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
    counts, tally = ClassCounts.zeros(source.n_classes), Tally(source.n_classes, confusion=confusion)
    for block in source.blocks():
        counts += ClassCounts.of(require_labels(block), block.predicted, source.n_classes)
        _add(tally, block)
    require_rows(source.name, counts)
    names = class_names(source.classes, source.n_classes)
    notes = source.notes
    return Evaluation(
        source.name, counts, names, low_fraction, notes=notes, resampling=resampling, details=tally.total()
    )


def compare_layer(
    source: PredictionSource,
    layer: OutputLayer,
    *,
    low_fraction: float = metrics.LOW_FRACTION,
    validation_low: Lowest | None = None,
    watch: Callable[[Predictions, Lifted], None] | None = None,
) -> Comparison:
    """Judge raw against lifted predictions of one source in one pass.

    Parameters
    ----------
    source : PredictionSource
        Labelled probabilities or logits.
    layer : OutputLayer
        What lifts them.
    low_fraction : float
        Share of the classes that the low figures are about.
    validation_low : ndarray of intp, optional
        Lowest classes of the validation file.
    watch : callable, optional
        Called with each block, raw and lifted, for example to take its fingerprint in the same pass.

    Returns
    -------
    Comparison
    """
    layer.check_fits(source.name, source.kind, source.n_classes, source.classes)
    counts, n_lifted = PairedCounts.zeros(source.n_classes), 0
    for block in source.blocks():
        result = layer.apply(block)
        if watch is not None:
            watch(block, result)
        counts += PairedCounts.of(require_labels(block), block.predicted, result.predicted, source.n_classes)
        n_lifted += int(result.lifted.sum())
    require_rows(source.name, counts.before)
    names = class_names(source.classes or layer.classes, source.n_classes)
    return Comparison(source.name, counts, names, low_fraction, validation_low, n_lifted, source.notes)


def judge_layer(
    source: PredictionSource,
    layer: OutputLayer,
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
    layer : OutputLayer
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
    fingerprint = Fingerprint(source.n_classes, source.kind)
    before, after = (Tally(source.n_classes, confusion=confusion) for _ in range(2))

    def watch(block: Predictions, result: Lifted) -> None:
        nonlocal fingerprint
        fingerprint += Fingerprint.of(block)
        _add(before, block)
        after.add(require_labels(block), result.predicted, result.probabilities())

    known = layer.provenance.get("low_classes")
    low = None if known is None or layer.provenance.get("low_fraction") != low_fraction else known
    result = compare_layer(
        source,
        layer,
        low_fraction=low_fraction,
        validation_low=None if low is None else np.array(low, np.intp),
        watch=watch,
    )
    in_sample = fingerprint.hexdigest() == layer.provenance.get("fingerprint")
    notes = (*result.notes, IN_SAMPLE) if in_sample else result.notes
    return replace(result, notes=notes, resampling=resampling, details=(before.total(), after.total()))


def compare_sources(
    before: PredictionSource,
    after: PredictionSource,
    *,
    low_fraction: float = metrics.LOW_FRACTION,
    resampling: Resampling = DEFAULT_RESAMPLING,
    confusion: bool = False,
    id_column: str | None = None,
) -> Comparison:
    """Judge two sources that hold the same rows: paired by id where both carry one, else by order with equal labels.

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
    watch = (lambda block: _add(old, block), lambda block: _add(new, block))
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
        raise ClassliftError(
            name, "has no labelled row", fix="give a file with at least one row whose label is known."
        )


def _add(tally: Tally, block: Predictions) -> None:
    probabilities = None if block.kind is Kind.SCORES else block.probabilities
    tally.add(require_labels(block), block.predicted, probabilities)

"""Judge predictions: one result, raw against lifted, or two results on the same rows."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from classlift import metrics
from classlift.classes import check_same_classes, class_names
from classlift.errors import ClassliftError
from classlift.evaluation import Comparison, Evaluation
from classlift.fingerprint import Fingerprint
from classlift.predictions import Predictions, require_labels
from classlift.sources import PredictionSource
from classlift.statistics import ClassCounts, PairedCounts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    from classlift.layer import OutputLayer

    Lowest = NDArray[np.intp]

IN_SAMPLE = "in-sample: the layer was fitted on these very rows, so the figures after it flatter"


def evaluate(source: PredictionSource, *, low_fraction: float = metrics.LOW_FRACTION) -> Evaluation:
    """Judge the predictions of a source in one pass.

    Parameters
    ----------
    source : PredictionSource
        Labelled predictions of any kind.
    low_fraction : float
        Share of the classes that the low figures are about.

    Returns
    -------
    Evaluation

    Raises
    ------
    ClassliftError
        If the source has no labels, or no labelled row.
    """
    counts = ClassCounts.zeros(source.n_classes)
    for block in source.blocks():
        counts += ClassCounts.of(require_labels(block), block.predicted, source.n_classes)
    require_rows(source.name, counts)
    names = class_names(source.classes, source.n_classes)
    return Evaluation(source.name, counts, names, low_fraction, notes=source.notes)


def compare_layer(
    source: PredictionSource,
    layer: OutputLayer,
    *,
    low_fraction: float = metrics.LOW_FRACTION,
    validation_low: Lowest | None = None,
    watch: Callable[[Predictions], None] | None = None,
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
        Called with each raw block, for example to take its fingerprint in the same pass.

    Returns
    -------
    Comparison
    """
    layer.check_fits(source.name, source.kind, source.n_classes, source.classes)
    counts, n_lifted = PairedCounts.zeros(source.n_classes), 0
    for block in source.blocks():
        if watch is not None:
            watch(block)
        result = layer.apply(block)
        counts += PairedCounts.of(require_labels(block), block.predicted, result.predicted, source.n_classes)
        n_lifted += int(result.lifted.sum())
    require_rows(source.name, counts.before)
    names = class_names(source.classes or layer.classes, source.n_classes)
    return Comparison(source.name, counts, names, low_fraction, validation_low, n_lifted, source.notes)


def judge_layer(
    source: PredictionSource, layer: OutputLayer, *, low_fraction: float = metrics.LOW_FRACTION
) -> Comparison:
    """Compare as `compare_layer`, with the lowest validation classes of the layer, and recognise in-sample rows.

    Returns
    -------
    Comparison
        With a note where the rows are those that the layer was fitted on.
    """
    fingerprint = Fingerprint(source.n_classes, source.kind)
    known = layer.provenance.get("low_classes")
    low = None if known is None or layer.provenance.get("low_fraction") != low_fraction else known
    result = compare_layer(
        source,
        layer,
        low_fraction=low_fraction,
        validation_low=None if low is None else np.array(low, np.intp),
        watch=fingerprint.update,
    )
    if fingerprint.hexdigest() != layer.provenance.get("fingerprint"):
        return result
    return replace(result, notes=(*result.notes, IN_SAMPLE))


def compare_sources(
    before: PredictionSource, after: PredictionSource, *, low_fraction: float = metrics.LOW_FRACTION
) -> Comparison:
    """Judge two sources that hold the same rows in the same order, with equal labels.

    Raises
    ------
    ClassliftError
        If rows, classes or labels differ.
    """
    check_same_classes(
        after.classes, before.classes, after.n_classes, before.n_classes, where=after.name, other=before.name
    )
    counts = PairedCounts.zeros(before.n_classes)
    for a, b in _paired_blocks(before, after):
        counts += PairedCounts.of(require_labels(a), a.predicted, b.predicted, before.n_classes)
    require_rows(before.name, counts.before)
    names = class_names(before.classes or after.classes, before.n_classes)
    return Comparison(
        f"{after.name} against {before.name}", counts, names, low_fraction, notes=before.notes + after.notes
    )


def require_rows(name: str, counts: ClassCounts) -> None:
    """Refuse a result without a labelled row."""
    if not counts.n_samples:
        raise ClassliftError(
            name, "has no labelled row", fix="give a file with at least one row whose label is known."
        )


def _paired_blocks(before: PredictionSource, after: PredictionSource) -> Iterator[tuple[Predictions, Predictions]]:
    """Walk two sources side by side; sources cut equal rows into equal blocks."""
    one, two = before.blocks(), after.blocks()
    while True:
        a, b = next(one, None), next(two, None)
        if a is None and b is None:
            return
        if a is None or b is None or a.n_samples != b.n_samples:
            raise ClassliftError(
                after.name,
                f"has another number of rows than {before.name}",
                fix="compare two files of the same rows in the same order.",
            )
        differ = np.flatnonzero(require_labels(a) != require_labels(b))
        if len(differ):
            raise ClassliftError(
                f"{after.name}, row {a.first_row + int(differ[0])}",
                f"has another label than the same row of {before.name}",
                fix="compare two files of the same rows in the same order.",
            )
        yield a, b

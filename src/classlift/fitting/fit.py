"""Fit a layer with fixed settings, and find out what it does."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from classlift.data import metrics
from classlift.data.classes import class_names
from classlift.data.kind import Kind
from classlift.data.pieces import as_pieces
from classlift.data.source import Noted, SourceView, require_raw
from classlift.errors import ClassliftError
from classlift.evaluation.comparison import Comparison
from classlift.evaluation.evaluate import require_rows
from classlift.fitting.passes import Recipe, find_effects, fit_folds, read_pieces
from classlift.fitting.payers import payers
from classlift.fitting.result import EffectKind, FitResult
from classlift.layer.layer import OutputLayer
from classlift.methods import METHODS, Fitted, Settings

if TYPE_CHECKING:
    from collections.abc import Mapping

    from classlift.data.costs import Costs
    from classlift.data.counts import ClassCounts, PairedCounts
    from classlift.data.pieces import Pieces
    from classlift.data.source import Described, PredictionSource
    from classlift.evaluation.accumulate import Accumulator


MATRICES = {EffectKind.NONE: 5, EffectKind.IN_SAMPLE: 5, EffectKind.OUT_OF_FOLD: 15}
"""Matrices of n_classes x n_classes numbers in float64 that a full fit holds at once (measured at 4,000 classes)."""

NO_LABELS = "no row is labelled: what the layer does to the classes cannot be known from this file"


def fit(
    rows: PredictionSource | Pieces,
    *,
    method: str = "elaborated",
    settings: Settings | None = None,
    effect: EffectKind = EffectKind.OUT_OF_FOLD,
    low_fraction: float = metrics.LOW_FRACTION,
    seed: int = 0,
    costs: Costs | None = None,
) -> FitResult:
    """Fit a layer with fixed settings.

    Parameters
    ----------
    rows : PredictionSource or Pieces
        Labelled probabilities or logits of the validation rows. Of pieces a method is fitted from sums, once or again
        and again, from counts or from rows that are held in memory; the layer is that of one piece to rounding, the
        folds are the same.
    method : str
        A name in METHODS.
    settings : Settings, optional
        Settings of that method; its defaults where left out.
    effect : EffectKind
        ``out-of-fold`` (also gives the in-sample effect), ``in-sample`` or ``none``.
    low_fraction : float
        Share of the classes that the low figures are about.
    seed : int
        Seed of the folds.
    costs : Costs, optional
        What mistakes cost; the layer then predicts the class of least expected cost.

    Returns
    -------
    FitResult

    Raises
    ------
    ClassliftError
        If there is no labelled row, or the method cannot use these scores.
    """
    cut, entry = as_pieces(rows), METHODS[method]
    require_fittable(cut.source)
    chosen = settings if settings is not None else entry.settings()
    folded = effect is EffectKind.OUT_OF_FOLD and (entry.needs_labels or cut.source.has_labels)
    placed, read = read_pieces(cut, seed, needs_labels=entry.needs_labels, folded=folded)
    source = Noted(cut.source, read.repairs.notes)
    if entry.needs_labels:
        require_rows(source.name, read.counts)
    if not read.counts.n_samples:
        folded, effect = False, EffectKind.NONE
    fitted, left_out = fit_folds(cut, placed, Recipe(method, chosen, read.counts), folded=folded)
    if not read.counts.n_samples:
        fitted = replace(fitted, notes=(*fitted.notes, NO_LABELS))
    layer = make_layer(source, read, fitted, method=method, settings=chosen.values(), low_fraction=low_fraction)
    layer, *left_out = (decided_by(costs, one, layer.classes) for one in (layer, *left_out))
    names, in_sample, out_of_fold = class_names(source.classes, source.n_classes), None, None
    paying: tuple[str, ...] = ()
    if effect is not EffectKind.NONE:
        found = find_effects(cut, placed, [layer, *left_out])
        in_sample = _comparison(source, found.in_sample, names, low_fraction, source.notes)
        if folded:
            out_of_fold = _comparison(source, found.out_of_fold, names, low_fraction)
            paying = payers(out_of_fold)
    notes = (*source.notes, *fitted.notes, *paying)
    return FitResult(layer, chosen, fitted, read.counts, names, in_sample, out_of_fold, notes, source.reading)


def _comparison(
    source: SourceView,
    found: Accumulator[PairedCounts],
    classes: tuple[str, ...],
    low_fraction: float,
    notes: tuple[str, ...] = (),
) -> Comparison:
    return Comparison(
        source.name,
        found.counts,
        classes,
        low_fraction,
        n_adjusted=found.n_adjusted,
        notes=notes,
        reading=source.reading,
    )


def memory_needed(method: str, n_classes: int, effect: EffectKind) -> int:
    """Bytes that the matrices of a fit take; 0 where the layer is diagonal.

    Examples
    --------
    >>> memory_needed("elaborated", 20_000, EffectKind.NONE) / 1e9
    16.0
    """
    return 0 if METHODS[method].additive is None else 8 * n_classes**2 * MATRICES[effect]


def require_fittable(source: PredictionSource) -> None:
    """Refuse scores that no layer can be fitted on."""
    require_raw(source)
    if source.kind is Kind.SCORES:
        raise ClassliftError(
            source.name,
            "holds scores that are neither probabilities nor logits",
            fix="fit on the probabilities or logits of the model itself.",
        )


def decided_by(costs: Costs | None, layer: OutputLayer, classes: tuple[str, ...] | None) -> OutputLayer:
    """A layer that decides by costs, where there are some; refuses those of other classes."""
    known = costs and costs.in_order(class_names(classes, layer.n_classes), "the file that the layer is fitted on")
    return replace(layer, costs=known)


def make_layer(
    source: Described,
    read: Accumulator[ClassCounts],
    fitted: Fitted,
    *,
    method: str,
    settings: Mapping[str, Any],
    low_fraction: float,
    search: Mapping[str, Any] | None = None,
    calibration: Mapping[str, Any] | None = None,
) -> OutputLayer:
    """Put a layer together with its provenance: what it was fitted on and what came out."""
    counts, accuracy = read.counts, read.counts.recall
    provenance: dict[str, Any] = {
        "n_samples": counts.n_samples,
        "kind": str(source.kind),
        "fingerprint": read.digest,
        "accuracy": [None if np.isnan(a) else float(a) for a in accuracy],
        "support": counts.support.tolist(),
        "predicted": counts.predicted.tolist(),
        "calibration": None if calibration is None else dict(calibration),
        "low_fraction": low_fraction,
        "low_classes": metrics.low_classes(accuracy, low_fraction).tolist(),
        "fitted_rows": None if fitted.fitted_rows is None else fitted.fitted_rows.tolist(),
        "condition": fitted.condition,
        "singular": fitted.singular,
        "squared_error": None if fitted.squared_error is None else list(fitted.squared_error),
        "notes": list(fitted.notes),
        "search": None if search is None else dict(search),
    }
    return OutputLayer(fitted.steps, source.n_classes, source.classes, method, settings, provenance)

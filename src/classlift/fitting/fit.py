"""Fit a layer with fixed settings, and find out what it does."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any

import numpy as np

from classlift.data import metrics
from classlift.data.classes import class_names
from classlift.data.counts import ClassCounts
from classlift.data.fingerprint import Fingerprint
from classlift.data.folds import Folds
from classlift.data.kind import Kind
from classlift.data.predictions import require_labels
from classlift.data.source import require_raw
from classlift.errors import ClassliftError
from classlift.evaluation import Comparison
from classlift.evaluation.evaluate import compare_layer, require_rows
from classlift.fitting.crossfit import N_FOLDS, fit_folds, fold_effects
from classlift.layer.layer import OutputLayer
from classlift.methods import METHODS, Fitted, Settings

if TYPE_CHECKING:
    from collections.abc import Mapping

    from classlift.data.source import Described, PredictionSource
    from classlift.layer.step import AffineStep


class Effect(StrEnum):
    """Which effect on the validation file `fit` finds out."""

    NONE = "none"
    IN_SAMPLE = "in-sample"
    OUT_OF_FOLD = "out-of-fold"


MATRICES = {Effect.NONE: 9, Effect.IN_SAMPLE: 9, Effect.OUT_OF_FOLD: 25}
"""Matrices of n_classes x n_classes numbers in float64 that a full fit holds at once (measured at 4,000 classes)."""

NO_LABELS = "no row is labelled: what the layer does to the classes cannot be told from this file"

HARMFUL_TOTAL = 0.001
"""A fall of total accuracy beyond this is worth a warning (0.1 points)."""

HARMFUL_LOW = 0.005
"""A fall of the lowest classes beyond this is worth a warning (0.5 points)."""


@dataclass(frozen=True, eq=False)
class FitResult:
    """A fitted layer and what is known of it.

    Parameters
    ----------
    layer : OutputLayer
        The layer, with its provenance.
    settings : Settings
        The method's settings.
    fitted : Fitted
        Diagnosis of the fit.
    counts : ClassCounts
        Raw counts of the validation rows.
    classes : tuple of str
        Class names to show.
    in_sample, out_of_fold : Comparison or None
        Effect on the rows that it was fitted on; effect of layers that were fitted without the checked rows.
    notes : tuple of str
        What a user should know.
    """

    layer: OutputLayer
    settings: Settings
    fitted: Fitted
    counts: ClassCounts
    classes: tuple[str, ...]
    in_sample: Comparison | None
    out_of_fold: Comparison | None
    notes: tuple[str, ...]

    @property
    def effect(self) -> Comparison | None:
        """The more honest of the effects that were found out."""
        return self.out_of_fold or self.in_sample

    @property
    def harm(self) -> str | None:
        """What the layer would do to total accuracy or to the lowest classes that nobody wants, if anything."""
        if self.effect is None:
            return None
        total, low = self.effect.change("total"), self.effect.change("low20")
        if total >= -HARMFUL_TOTAL and low >= -HARMFUL_LOW:
            return None
        return (
            f"this layer changes total accuracy by {total * 100:+.2f} points and the lowest classes (low20) by "
            f"{low * 100:+.2f} on the validation file ({'out of fold' if self.out_of_fold else 'in-sample'})"
        )


def fit(
    source: PredictionSource,
    *,
    method: str = "elaborated",
    settings: Settings | None = None,
    effect: Effect = Effect.OUT_OF_FOLD,
    low_fraction: float = metrics.LOW_FRACTION,
    seed: int = 0,
) -> FitResult:
    """Fit a layer with fixed settings.

    Parameters
    ----------
    source : PredictionSource
        Labelled probabilities or logits of the validation rows.
    method : str
        A name in METHODS.
    settings : Settings, optional
        Settings of that method; its defaults where left out.
    effect : Effect
        ``out-of-fold`` (also gives the in-sample effect), ``in-sample`` or ``none``.
    low_fraction : float
        Share of the classes that the low figures are about.
    seed : int
        Seed of the folds.

    Returns
    -------
    FitResult

    Raises
    ------
    ClassliftError
        If there is no labelled row, or the method cannot use these scores.
    """
    chosen = settings if settings is not None else METHODS[method].settings()
    folds = Folds(source, N_FOLDS, seed) if effect is Effect.OUT_OF_FOLD else None
    counts, digest = first_pass(source, needs_labels=METHODS[method].needs_labels, folds=folds)
    if not counts.n_samples:
        folds, effect = None, Effect.NONE
    left_out: list[tuple[AffineStep, ...]] = []
    if folds is None:
        fitted = METHODS[method].fit(source, counts, chosen)
    else:
        fitted, left_out = fit_folds(folds, counts, method, chosen)
    if not counts.n_samples:
        fitted = replace(fitted, notes=(*fitted.notes, NO_LABELS))
    layer = make_layer(
        source, counts, digest, fitted, method=method, settings=chosen.values(), low_fraction=low_fraction
    )
    in_sample = out_of_fold = None
    if folds is not None:
        in_sample, out_of_fold = fold_effects(folds, layer, left_out, low_fraction)
    elif effect is Effect.IN_SAMPLE:
        in_sample = compare_layer(source, layer, low_fraction=low_fraction)
    names = class_names(source.classes, source.n_classes)
    notes = (*source.notes, *fitted.notes)
    return FitResult(layer, chosen, fitted, counts, names, in_sample, out_of_fold, notes)


def memory_needed(method: str, n_classes: int, effect: Effect) -> int:
    """Bytes that the matrices of a fit take; 0 where the layer is diagonal.

    Examples
    --------
    >>> memory_needed("elaborated", 20_000, Effect.NONE) / 1e9
    28.8
    """
    return 0 if METHODS[method].additive is None else 8 * n_classes**2 * MATRICES[effect]


def first_pass(
    source: PredictionSource, *, needs_labels: bool = True, folds: Folds | None = None
) -> tuple[ClassCounts, str]:
    """Raw counts and the fingerprint of the content, and folds if wanted; refuses scores that no layer can use."""
    require_fittable(source)
    counts, fingerprint = ClassCounts.zeros(source.n_classes), Fingerprint(source.n_classes, source.kind)
    for block in source.blocks():
        fingerprint += Fingerprint.of(block)
        if needs_labels or block.labels is not None:
            counts += ClassCounts.of(require_labels(block), block.predicted, source.n_classes)
            if folds is not None:
                folds.add(block)
    if needs_labels:
        require_rows(source.name, counts)
    return counts, fingerprint.hexdigest()


def require_fittable(source: PredictionSource) -> None:
    """Refuse scores that no layer can be fitted on."""
    require_raw(source)
    if source.kind is Kind.SCORES:
        raise ClassliftError(
            source.name,
            "holds scores that are neither probabilities nor logits",
            fix="fit on the probabilities or logits of the model itself.",
        )


def make_layer(
    source: Described,
    counts: ClassCounts,
    digest: str,
    fitted: Fitted,
    *,
    method: str,
    settings: Mapping[str, Any],
    low_fraction: float,
    search: Mapping[str, Any] | None = None,
) -> OutputLayer:
    """Put a layer together with its provenance: what it was fitted on and what came out."""
    accuracy = counts.recall
    provenance: dict[str, Any] = {
        "n_samples": counts.n_samples,
        "kind": str(source.kind),
        "fingerprint": digest,
        "accuracy": [None if np.isnan(a) else float(a) for a in accuracy],
        "support": counts.support.tolist(),
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

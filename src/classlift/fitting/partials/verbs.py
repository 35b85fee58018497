"""Fit and evaluate a source that is cut into pieces: the sums of one process, made wherever the engine likes."""

from __future__ import annotations

from itertools import accumulate
from typing import TYPE_CHECKING

import numpy as np

from classlift.data import metrics
from classlift.data.classes import class_names
from classlift.data.counts import ClassCounts
from classlift.data.source import Noted
from classlift.evaluation import Comparison, Evaluation, Resampling
from classlift.evaluation.evaluate import comparison_of, evaluation_of, require_rows
from classlift.evaluation.uncertainty import DEFAULT_RESAMPLING
from classlift.fitting.crossfit import N_FOLDS, outside
from classlift.fitting.fit import Effect, FitResult, make_layer, require_fittable
from classlift.fitting.partials.partial import additive_of
from classlift.fitting.partials.tasks import (
    Placed,
    Recipe,
    find_effects,
    read_piece,
    sum_left_out,
    sum_piece,
    tally_piece,
)
from classlift.layer.layer import OutputLayer
from classlift.methods import make_settings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from classlift.fitting.partials.pieces import Pieces
    from classlift.fitting.partials.tasks import Read
    from classlift.methods import Settings


def fit_pieces(
    cut: Pieces,
    *,
    method: str = "elaborated",
    settings: Settings | None = None,
    effect: Effect = Effect.OUT_OF_FOLD,
    low_fraction: float = metrics.LOW_FRACTION,
    seed: int = 0,
) -> FitResult:
    """Fit as `fitting.fit` does, on pieces: two passes for the layer, two more for the out-of-fold effect.

    Parameters
    ----------
    cut : Pieces
        Labelled probabilities or logits.
    method : str
        A method that is fitted from sums.
    settings : Settings, optional
        Settings of that method; its defaults where left out.
    effect : Effect
        Which effect to find out.
    low_fraction : float
        Share of the classes that the low figures are about.
    seed : int
        Seed of the folds; they are those of one process.

    Returns
    -------
    FitResult
        The layer of one process to rounding.
    """
    additive = additive_of(method)
    require_fittable(cut.source)
    chosen = settings if settings is not None else make_settings(method, {})
    reads: list[Read] = cut.engine.map(read_piece, cut.pieces)
    read = sum(reads[1:], reads[0])
    require_rows(cut.source.name, read.counts)
    additive.squared_weights(read.counts, chosen)  # refuses before any more work
    placed, recipe = _placed(cut, reads), Recipe(method, chosen, read.counts, seed)
    moments, fold_counts = cut.engine.reduce(sum_piece, placed, recipe)
    fitted = additive.solve(moments, chosen)
    source = Noted(cut.source, read.repairs.notes)
    layer = make_layer(
        source,
        read.counts,
        read.fingerprint.hexdigest(),
        fitted,
        method=method,
        settings=chosen.values(),
        low_fraction=low_fraction,
    )
    left_out = _left_out_layers(cut, placed, recipe, list(fold_counts)) if effect is Effect.OUT_OF_FOLD else []
    names, in_sample, out_of_fold = class_names(source.classes, source.n_classes), None, None
    if effect is not Effect.NONE:
        inside, held_out = cut.engine.reduce(find_effects, placed, [layer, *left_out], seed)
        in_sample = Comparison(source.name, inside.counts, names, low_fraction, None, inside.n_adjusted, source.notes)
        if left_out:
            out_of_fold = Comparison(source.name, held_out.counts, names, low_fraction, n_adjusted=held_out.n_adjusted)
    return FitResult(layer, chosen, fitted, read.counts, names, in_sample, out_of_fold, (*source.notes, *fitted.notes))


def evaluate_pieces(
    cut: Pieces,
    layer: OutputLayer | None = None,
    *,
    low_fraction: float = metrics.LOW_FRACTION,
    resampling: Resampling = DEFAULT_RESAMPLING,
    confusion: bool = False,
) -> Evaluation | Comparison:
    """Evaluate as `evaluating.evaluate` and `evaluating.evaluate_layer` do, on pieces: the same figures, exactly.

    Parameters
    ----------
    cut : Pieces
        Labelled predictions.
    layer : OutputLayer, optional
        Evaluate raw against adjusted.
    low_fraction : float
        Share of the classes that the low figures are about.
    resampling : Resampling
        How the intervals of the lowest classes are drawn.
    confusion : bool
        Whether to count which class is taken for which.

    Returns
    -------
    Evaluation or Comparison
        The latter with a layer.
    """
    if layer is not None:
        layer.check_fits(cut.source.name, cut.source.kind, cut.source.n_classes, cut.source.classes)
    tally, repairs = cut.engine.reduce(tally_piece, cut.pieces, layer, confusion)
    source = Noted(cut.source, repairs.notes)
    if layer is None:
        return evaluation_of(source, tally, low_fraction, resampling)
    return comparison_of(source, layer, tally, low_fraction, resampling)


def _placed(cut: Pieces, reads: Sequence[Read]) -> list[Placed]:
    """Pieces, each with the number of rows of each class before it."""
    before = accumulate((read.counts.support for read in reads), initial=np.zeros(cut.source.n_classes, np.int64))
    return [Placed(piece, seen) for piece, seen in zip(cut.pieces, before, strict=False)]


def _left_out_layers(
    cut: Pieces, placed: Sequence[Placed], recipe: Recipe, fold_counts: Sequence[ClassCounts]
) -> list[OutputLayer]:
    """Layers fitted without each of the folds, with recalls of the other folds alone."""
    additive, n_classes = additive_of(recipe.method), cut.source.n_classes
    training = []
    for fold in range(N_FOLDS):
        others = (counts for i, counts in enumerate(fold_counts) if i != fold)
        training.append(sum(others, ClassCounts.zeros(n_classes)))
        with outside(fold):
            additive.squared_weights(training[fold], recipe.settings)
    moments = cut.engine.reduce(sum_left_out, placed, recipe, training)
    return [OutputLayer(additive.solve(each, recipe.settings).steps, n_classes) for each in moments]

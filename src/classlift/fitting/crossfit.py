"""Fits without each fold in turn, and what they do to the rows that they did not see."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple

from classlift.data.classes import class_names
from classlift.data.moments import MomentSum
from classlift.errors import ClassliftError
from classlift.evaluation import Comparison
from classlift.evaluation.effects import Effect, left_out_effect
from classlift.layer.layer import OutputLayer
from classlift.methods import METHODS, Fitted, Settings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from classlift.data.counts import ClassCounts
    from classlift.data.folds import Folds
    from classlift.layer.step import AffineStep

N_FOLDS = 5


class FoldFits(NamedTuple):
    """What a method made of all rows, and the steps it made of those outside of fold 0, 1, …."""

    whole: Fitted
    left_out: list[tuple[AffineStep, ...]]


def fit_folds(folds: Folds, counts: ClassCounts, method: str, settings: Settings) -> FoldFits:
    """Fit all rows, and those outside of each fold with the counts of those rows alone; sums are made in one pass."""
    chosen, parts = METHODS[method], range(folds.n_folds)
    if chosen.additive is None:
        whole, left_out = chosen.fit(folds.source, counts, settings), []
        for fold in parts:
            with outside(fold):
                left_out.append(chosen.fit(folds.training(fold), folds.training_counts(fold), settings).steps)
        return FoldFits(whole, left_out)
    weights = []
    for fold in parts:
        with outside(fold):
            weights.append(chosen.additive.squared_weights(folds.training_counts(fold), settings))
    sums = MomentSum(chosen.additive.squared_weights(counts, settings), weights)
    for block, fold_of_row in folds.blocks():
        sums.add(block, chosen.additive.rows(block, settings), fold_of_row)
    solve = chosen.additive.solve
    return FoldFits(solve(sums.total(), settings), [solve(part, settings).steps for part in sums.left_out()])


@contextmanager
def outside(fold: int) -> Iterator[None]:
    """Say of an error that it is about the rows outside of a fold."""
    try:
        yield
    except ClassliftError as error:
        problem = f"{error.problem} (in the rows outside of fold {fold + 1} of {N_FOLDS})"
        raise ClassliftError(error.where, problem, fix=error.fix) from None


def fold_effects(
    folds: Folds, layer: OutputLayer, left_out: list[tuple[AffineStep, ...]], low_fraction: float
) -> tuple[Comparison, Comparison]:
    """In-sample effect of the layer, and out-of-fold effect of the layers that did not see a fold, in one pass."""
    source = folds.source
    layers = [OutputLayer(steps, source.n_classes) for steps in left_out]
    inside = held_out = Effect.zeros(source.n_classes)
    for block, fold_of_row in folds.blocks():
        inside += Effect.of(block, layer)
        held_out += left_out_effect(block, fold_of_row, layers)
    names = class_names(source.classes, source.n_classes)
    return (
        Comparison(source.name, inside.counts, names, low_fraction, None, inside.n_adjusted, source.notes),
        Comparison(source.name, held_out.counts, names, low_fraction, n_adjusted=held_out.n_adjusted),
    )

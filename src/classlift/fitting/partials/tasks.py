"""What an engine does with one piece; every result adds up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, Self

import numpy as np

from classlift.data.counts import ClassCounts
from classlift.data.fingerprint import Fingerprint
from classlift.data.folds import assign_folds
from classlift.data.moments import Moments, MomentSum
from classlift.data.predictions import require_labels
from classlift.data.source import Watched
from classlift.evaluation.accumulate import tally_layer, tally_rows
from classlift.evaluation.effects import Effect, left_out_effect
from classlift.fitting.crossfit import N_FOLDS
from classlift.fitting.partials.partial import additive_of
from classlift.fitting.partials.pieces import Each, Piece
from classlift.methods.least_squares import moments_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from classlift.data.predictions import Predictions
    from classlift.data.repairs import Repairs
    from classlift.layer.layer import OutputLayer
    from classlift.methods import Settings


class Recipe(NamedTuple):
    """How moments are summed: method, settings, and the counts of all rows that make the weights."""

    method: str
    settings: Settings
    counts: ClassCounts
    seed: int


class Placed(NamedTuple):
    """A piece, and how many rows of each class come before it: what its folds depend on."""

    piece: Piece
    seen: NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Read:
    """What was read: counts, fingerprint, what was done to bad rows."""

    counts: ClassCounts
    fingerprint: Fingerprint
    repairs: Repairs

    def __add__(self, other: Self) -> Self:
        return type(self)(
            self.counts + other.counts, self.fingerprint + other.fingerprint, self.repairs + other.repairs
        )


def read_piece(piece: Piece) -> Read:
    """Count the rows and take their fingerprint."""
    source = piece.open()
    counts, fingerprint = ClassCounts.zeros(source.n_classes), Fingerprint(source.n_classes, source.kind)
    for block in source.blocks():
        counts += ClassCounts.of(require_labels(block), block.predicted, source.n_classes)
        fingerprint += Fingerprint.of(block)
    return Read(counts, fingerprint, source.repairs)


def sum_piece(placed: Placed, recipe: Recipe) -> Each:
    """Sum the moments of a fit on all rows, and count the rows of each fold."""
    source, seen = placed.piece.open(), placed.seen.copy()
    counts = [ClassCounts.zeros(source.n_classes) for _ in range(N_FOLDS)]

    def count_folds(block: Predictions) -> None:
        labels = require_labels(block)
        folds = assign_folds(labels, seen, N_FOLDS, recipe.seed)
        for fold in range(N_FOLDS):
            rows = folds == fold
            counts[fold] += ClassCounts.of(labels[rows], block.predicted[rows], block.n_classes)

    watched = Watched(source, count_folds)
    moments = moments_of(watched, recipe.counts, recipe.settings, additive_of(recipe.method))
    return Each(moments, Each(*counts))


def sum_left_out(placed: Placed, recipe: Recipe, training: Sequence[ClassCounts]) -> Each[Moments]:
    """Sum, for each fold, the moments of the rows outside of it, under the counts that these have in all pieces."""
    additive, seen = additive_of(recipe.method), placed.seen.copy()
    sums = MomentSum(None, [additive.squared_weights(counts, recipe.settings) for counts in training])
    for block in placed.piece.open().blocks():
        folds = assign_folds(require_labels(block), seen, len(training), recipe.seed)
        sums.add(block, additive.rows(block, recipe.settings), folds)
    return Each(*sums.left_out())


def find_effects(placed: Placed, layers: Sequence[OutputLayer], seed: int) -> Each[Effect]:
    """Effect of the first layer on all rows, and of each other one on the fold that it was fitted without."""
    source, seen, (layer, *left_out) = placed.piece.open(), placed.seen.copy(), layers
    inside = held_out = Effect.zeros(source.n_classes)
    for block in source.blocks():
        inside += Effect.of(block, layer)
        if left_out:
            folds = assign_folds(require_labels(block), seen, len(left_out), seed)
            held_out += left_out_effect(block, folds, left_out)
    return Each(inside, held_out)


def tally_piece(piece: Piece, layer: OutputLayer | None, confusion: bool) -> Each:
    """Tally a piece, raw against adjusted where there is a layer; and what was done to bad rows."""
    source = piece.open()
    if layer is None:
        return Each(tally_rows(source, confusion=confusion), source.repairs)
    return Each(tally_layer(source, layer, confusion=confusion), source.repairs)

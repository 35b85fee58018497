"""The passes of a fit over its rows; what they find adds up over the pieces of a source, wherever these are worked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import accumulate
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from classlift.data.adding import AddsUp
from classlift.data.counts import ClassCounts, PairedCounts
from classlift.data.folds import Folds, outside_counts
from classlift.data.moments import Moments, MomentSum
from classlift.data.pieces import Whole
from classlift.errors import ClassliftError
from classlift.evaluation.accumulate import (
    Accumulator,
    adjusted_block,
    left_out_block,
    no_pairs,
    no_rows,
    raw_block,
)
from classlift.fitting.gathering import gather
from classlift.layer.layer import OutputLayer
from classlift.methods import METHODS, Fitted, Needs, Settings, additive_of
from classlift.methods.shared.labelled_rows import LabelledRows

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from classlift.data.pieces import Piece, Pieces, PieceSource
    from classlift.data.source import PredictionSource

N_FOLDS = 5


class Recipe(NamedTuple):
    """What is fitted: method, settings, and the counts of all rows that make the weights."""

    method: str
    settings: Settings
    counts: ClassCounts


@dataclass(frozen=True)
class PlacedPiece:
    """A piece, and how many rows of each class come before it, on which its folds depend; None: not known yet.

    The folds of a piece that is worked in this process are assigned once and kept.
    """

    piece: Piece
    seed: int
    seen: NDArray[np.int64] | None

    @cached_property
    def source(self) -> PieceSource:
        """Its rows."""
        return self.piece.open()

    @cached_property
    def folds(self) -> Folds:
        """Folds of its rows."""
        return Folds(self.source, N_FOLDS, self.seed, self.seen)


@dataclass(frozen=True)
class OutsideFold:
    """The labelled rows of a piece outside of a fold, as a piece."""

    placed: PlacedPiece
    fold: int

    def open(self) -> Whole:
        """Open it."""
        return Whole(self.placed.folds.training(self.fold))

    def again(self) -> OutsideFold:
        """Give itself: the whole piece was read before."""
        return self


@dataclass(frozen=True)
class FoldCounts(AddsUp):
    """Raw counts of each fold."""

    counts: tuple[ClassCounts, ...]


@dataclass(frozen=True, eq=False)
class FoldMoments(AddsUp):
    """Moments of all rows, and of those outside of fold 0, 1, … where these are wanted."""

    whole: Moments
    left_out: tuple[Moments, ...]


@dataclass(frozen=True, eq=False)
class Effects(AddsUp):
    """Rows raw against adjusted by the layer itself, and by the layers that were fitted without their fold."""

    in_sample: Accumulator[PairedCounts]
    out_of_fold: Accumulator[PairedCounts]


class FoldFits(NamedTuple):
    """What a method made of all rows, and the layers it made of those outside of fold 0, 1, …."""

    whole: Fitted
    left_out: list[OutputLayer]


def read_pieces(
    cut: Pieces, seed: int, *, needs_labels: bool, folded: bool
) -> tuple[list[PlacedPiece], Accumulator[ClassCounts]]:
    """Count all rows and take their fingerprint; the pieces with what comes before them."""
    unplaced: list[NDArray[np.int64] | None] = [np.zeros(cut.source.n_classes, np.int64)]
    unplaced += [None] * (len(cut.pieces) - 1)
    first, *others = (PlacedPiece(piece, seed, seen) for piece, seen in zip(cut.pieces, unplaced, strict=True))
    reads: list[Accumulator[ClassCounts]] = cut.engine.map(_read, [first, *others], needs_labels, folded)
    before = [first.seen, *accumulate(read.counts.support for read in reads)]
    placed = [PlacedPiece(piece.again(), seed, seen) for piece, seen in zip(cut.pieces, before, strict=False)]
    return [first] if cut.in_process else placed, sum(reads[1:], reads[0])


def read_rows(source: PredictionSource, *, needs_labels: bool = True) -> Accumulator[ClassCounts]:
    """Count the rows of a source and take their fingerprint."""
    blocks = (raw_block(block, needs_labels=needs_labels) for block in source.blocks())
    return sum(blocks, no_rows(source.n_classes))


def _read(placed: PlacedPiece, needs_labels: bool, folded: bool) -> Accumulator[ClassCounts]:
    """Read a piece, and assign its folds in the same pass where they are wanted and already known."""
    if not folded or placed.seen is None:
        total = read_rows(placed.source, needs_labels=needs_labels)
    else:
        total = sum((raw_block(block) for block, _ in placed.folds.blocks()), no_rows(placed.source.n_classes))
    return replace(total, repairs=placed.source.repairs)


def fit_folds(cut: Pieces, placed: Sequence[PlacedPiece], recipe: Recipe, *, folded: bool) -> FoldFits:
    """Fit all rows and, where folds are wanted, those outside of each fold with the counts of those rows only."""
    if METHODS[recipe.method].additive is None:
        return _fit_whole(cut, placed, recipe, folded=folded)
    additive = additive_of(recipe.method)
    additive.squared_weights(recipe.counts, recipe.settings)  # refuses before any more work
    training: list[ClassCounts] = []
    if folded:
        training = outside_counts(cut.engine.reduce(_count_folds, placed).counts)
    for fold, counts in enumerate(training):
        with _outside(fold):
            additive.squared_weights(counts, recipe.settings)
    moments: FoldMoments = cut.engine.reduce(_sum_moments, placed, recipe, training)
    whole, left_out = moments.whole, list(moments.left_out)
    del moments  # the sums of a fold are given up once it is solved
    layers = []
    while left_out:
        steps = additive.solve(left_out.pop(0), recipe.settings).steps
        layers.append(OutputLayer(steps, cut.source.n_classes))
    return FoldFits(additive.solve(whole, recipe.settings), layers)


def _fit_whole(cut: Pieces, placed: Sequence[PlacedPiece], recipe: Recipe, *, folded: bool) -> FoldFits:
    """Fit a method that needs its rows at hand, or none of them."""
    entry, folds = METHODS[recipe.method], np.zeros(0, np.int8)
    source: PredictionSource = replace(cut, pieces=[one.piece for one in placed])
    training = outside_counts(cut.engine.reduce(_count_folds, placed).counts) if folded else []
    if entry.needs is Needs.HELD:
        source, folds = gather(cut, placed, recipe.counts, folded=folded)
    whole, left_out = entry.fit(source, recipe.counts, recipe.settings), []
    for fold, counts in enumerate(training):
        outside = source
        if isinstance(source, LabelledRows):
            outside = source.take(np.flatnonzero(folds != fold))
        elif entry.needs is Needs.ROWS:
            outside = replace(cut, pieces=[OutsideFold(piece, fold) for piece in placed])
        with _outside(fold):
            steps = entry.fit(outside, counts, recipe.settings).steps
        left_out.append(OutputLayer(steps, source.n_classes))
    return FoldFits(whole, left_out)


def _count_folds(placed: PlacedPiece) -> FoldCounts:
    return FoldCounts(tuple(placed.folds.counts))


def _sum_moments(placed: PlacedPiece, recipe: Recipe, training: Sequence[ClassCounts]) -> FoldMoments:
    """Sum the moments of a piece, and of its rows outside of each fold under the counts that these have everywhere."""
    additive, settings = additive_of(recipe.method), recipe.settings
    left_out = [additive.squared_weights(counts, settings) for counts in training]
    sums = MomentSum(additive.squared_weights(recipe.counts, settings), left_out)
    if training:
        for block, fold_of_row in placed.folds.blocks():
            sums.add(block, additive.rows(block, settings), fold_of_row)
    else:
        for block in placed.source.blocks():
            sums.add(block, additive.rows(block, settings))
    return FoldMoments(sums.total(), tuple(sums.left_out()))


def find_effects(cut: Pieces, placed: Sequence[PlacedPiece], layers: Sequence[OutputLayer]) -> Effects:
    """Effect of the first layer on all rows, and of each other one on the fold that it was fitted without."""
    found: Effects = cut.engine.reduce(_effects, placed, layers)
    return found


def _effects(placed: PlacedPiece, layers: Sequence[OutputLayer]) -> Effects:
    layer, *left_out = layers
    in_sample = out_of_fold = no_pairs(placed.source.n_classes)
    if not left_out:
        for block in placed.source.blocks():
            in_sample += adjusted_block(block, layer.apply(block), layer.costs)
        return Effects(in_sample, out_of_fold)
    for block, fold_of_row in placed.folds.blocks():
        in_sample += adjusted_block(block, layer.apply(block), layer.costs)
        out_of_fold += left_out_block(block, fold_of_row, left_out)
    return Effects(in_sample, out_of_fold)


@contextmanager
def _outside(fold: int) -> Iterator[None]:
    """Say of an error that it is about the rows outside of a fold."""
    try:
        yield
    except ClassliftError as error:
        problem = f"{error.problem} (in the rows outside of fold {fold + 1} of {N_FOLDS})"
        raise ClassliftError(error.where, problem, fix=error.fix) from None

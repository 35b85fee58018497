"""Labelled rows that a fit holds in memory, chosen where their pieces are worked."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from classlift.data.predictions import Predictions, require_labels
from classlift.methods.shared.labelled_rows import LabelledRows, chosen, held, spacing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from classlift.data.counts import ClassCounts
    from classlift.data.pieces import Pieces
    from classlift.fitting.passes import PlacedPiece


class Gathered(NamedTuple):
    """Rows in the order of their pieces, and the fold of each, shape (n_samples,), where folds are wanted."""

    rows: LabelledRows
    fold: NDArray[np.int8]


class _Part(NamedTuple):
    blocks: list[Predictions]
    folds: list[NDArray[np.int8]]


def gather(
    cut: Pieces,
    placed: Sequence[PlacedPiece],
    counts: ClassCounts,
    *,
    seed: int = 0,
    columns: Sequence[str] = (),
    most_rows: int | None = None,
    folded: bool = False,
) -> Gathered:
    """Hold the labelled rows of all pieces; evenly from every class where they are too many.

    Parameters
    ----------
    cut : Pieces
        Labelled predictions.
    placed : sequence of PlacedPiece
        The pieces, with what comes before them: the rows chosen are those of one piece.
    counts : ClassCounts
        Raw counts of all rows.
    seed : int
        Seed of the choice.
    columns : sequence of str
        Carried columns that are kept.
    most_rows : int, optional
        How many rows are taken at most, but for one of each class; None: as many as fit into 64 MiB.
    folded : bool
        Whether the fold of each row is wanted.
    """
    parts: list[_Part] = cut.engine.map(_choose, placed, spacing(counts, most_rows), seed, folded)
    folds = [fold for part in parts for fold in part.folds]
    rows = held(cut.source, [block for part in parts for block in part.blocks], counts, columns)
    return Gathered(rows, np.concatenate([np.zeros(0, np.int8), *folds]))


def _choose(placed: PlacedPiece, every: int, seed: int, folded: bool) -> _Part:
    """Take the rows of one piece."""
    assert placed.seen is not None
    seen, part = placed.seen.copy(), _Part([], [])
    blocks = placed.folds.blocks() if folded else ((block, None) for block in placed.source.blocks())
    for block, folds in blocks:
        rows = chosen(require_labels(block), seen, every, seed)
        part.blocks.append(block.take(rows))
        if folds is not None:
            part.folds.append(folds[rows])
    return part

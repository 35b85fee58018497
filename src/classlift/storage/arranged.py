"""A source with its rows in the order of another one, by their ids."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from classlift.data.class_order import in_order_of
from classlift.data.predictions import Predictions
from classlift.data.source import SourceView
from classlift.evaluation.pairing import match_rows, shared_column
from classlift.storage.scratch import Scratch, in_temporary_folder

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from classlift.data.source import PredictionSource


def like_the_first(
    sources: Sequence[PredictionSource], id: str | None = None
) -> tuple[list[PredictionSource], list[bool]]:
    """Sources with their classes and rows in the order of the first.

    Parameters
    ----------
    sources : sequence of PredictionSource
        Predictions for the same rows.
    id : str, optional
        Column that holds the ids in all; see `pairing.shared_column`.

    Returns
    -------
    list of PredictionSource
        The sources; one whose ids come in another order leaves its scores in a temporary file.
    list of bool
        Which of them are paired with the first by ids.

    Raises
    ------
    ClassliftError
        If classes or labels differ, or ids do not pair.
    """
    first = sources[0]
    found = [(first, False), *(_like(first, other, id) for other in sources[1:])]
    return [source for source, _ in found], [by_id for _, by_id in found]


def _like(first: PredictionSource, other: PredictionSource, id: str | None) -> tuple[PredictionSource, bool]:
    other = in_order_of(other, first.classes, first.n_classes, first.name)
    name = shared_column(first, other, id)
    if name is None:
        return other, False
    sizes: list[int] = []
    a, b = match_rows(first, other, name, (lambda block: sizes.append(block.n_samples), lambda block: None))
    if (a.row == b.row).all():
        return other, True
    row, labels = np.empty_like(b.row), None
    row[a.row] = b.row
    if b.labels is not None:
        labels = np.empty_like(b.labels)
        labels[a.row] = b.labels
    return Arranged(other, row, labels, tuple(sizes)), True


@dataclass(frozen=True, eq=False)
class Arranged(SourceView):
    """A source with its rows in another order; its scores are copied into a temporary file in the first pass.

    Parameters
    ----------
    row : ndarray of intp, shape (n_samples,)
        Which row of the source comes first, second, …
    labels : ndarray of int64, shape (n_samples,), optional
        Labels in the new order.
    sizes : tuple of int
        Rows of each block.
    """

    row: NDArray[np.intp]
    labels: NDArray[np.int64] | None
    sizes: tuple[int, ...]

    @cached_property
    def _scratch(self) -> Scratch:
        return Scratch()

    @cached_property
    def _scores(self) -> NDArray[np.floating]:
        """Scores in the order of the source, on disk."""
        with self._scratch.path.open("wb") as file:
            for block in self.source.blocks():
                dtype = block.scores.dtype
                with in_temporary_folder():
                    file.write(np.ascontiguousarray(block.scores).data)
        return np.memmap(self._scratch.path, dtype, "r", shape=(len(self.row), self.n_classes))

    def blocks(self) -> Iterator[Predictions]:
        """Yield the rows in the new order."""
        start = 0
        for size in self.sizes:
            here = slice(start, start + size)
            labels = None if self.labels is None else self.labels[here]
            scores = np.asarray(self._scores[self.row[here]])
            yield Predictions(scores, self.kind, self.classes, labels, {}, self.name, start)
            start += size

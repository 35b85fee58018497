"""Labelled rows of a source in memory, for methods that go over them many times."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from classlift import kernels
from classlift.data.kind import Kind
from classlift.data.predictions import Predictions, require_labels

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from classlift.data.counts import ClassCounts
    from classlift.data.source import PredictionSource

MOST_ENTRIES = 2**24
"""Scores that are held in memory; of larger files a stratified part of the rows is taken (64 MiB in float32)."""


@dataclass(frozen=True, eq=False)
class LabelledRows:
    """Labelled rows held in memory; a source of one block too.

    Parameters
    ----------
    block : Predictions
        The rows, all labelled.
    notes : tuple of str
        What a user should know of how they were chosen.
    """

    block: Predictions
    notes: tuple[str, ...] = ()

    @property
    def labels(self) -> NDArray[np.int64]:
        """True classes, shape (n_samples,)."""
        return require_labels(self.block)

    @property
    def name(self) -> str:
        """What messages call it."""
        return self.block.source

    @property
    def kind(self) -> Kind:
        """What the scores are."""
        return self.block.kind

    @property
    def n_classes(self) -> int:
        """Number of classes."""
        return self.block.n_classes

    @property
    def classes(self) -> tuple[str, ...] | None:
        """Class names, or None."""
        return self.block.classes

    @property
    def has_labels(self) -> bool:
        """Always true."""
        return True

    @property
    def n_samples(self) -> int:
        """Number of rows."""
        return self.block.n_samples

    def blocks(self) -> Iterator[Predictions]:
        """Yield the one block."""
        yield self.block

    def take(self, rows: NDArray[np.intp]) -> LabelledRows:
        """Give the rows at these positions."""
        return LabelledRows(self.block.take(rows), self.notes)


def collect(source: PredictionSource, counts: ClassCounts) -> LabelledRows:
    """Read the labelled rows of a source into memory; evenly from every class where they are too many.

    Parameters
    ----------
    source : PredictionSource
        Labelled predictions; rows that are held already are given back.
    counts : ClassCounts
        Raw counts of the same rows.

    Returns
    -------
    LabelledRows
    """
    if isinstance(source, LabelledRows):
        return source
    every = spacing(counts)
    seen = np.zeros(counts.n_classes, np.int64)
    parts = [block.take(chosen(require_labels(block), seen, every, 0)) for block in source.blocks()]
    return held(source, parts, counts)


def spacing(counts: ClassCounts, most_rows: int | None = None) -> int:
    """Of how many rows of a class one is held: `most_rows` at most, but for one of each class, within MOST_ENTRIES."""
    every = int(np.ceil(counts.n_samples * counts.n_classes / MOST_ENTRIES))
    return every if most_rows is None else max(every, int(np.ceil(counts.n_samples / most_rows)))


def held(
    source: PredictionSource, parts: Sequence[Predictions], counts: ClassCounts, columns: Sequence[str] = ()
) -> LabelledRows:
    """Put the chosen rows of some blocks together, with a note where they are not all of those counted."""
    clusters = [block.clusters for block in parts if block.clusters is not None]
    block = Predictions(
        np.concatenate([np.zeros((0, source.n_classes), np.float32), *(block.scores for block in parts)]),
        source.kind,
        source.classes,
        np.concatenate([np.zeros(0, np.int64), *map(require_labels, parts)]),
        {name: np.concatenate([block.columns[name] for block in parts]) for name in columns},
        source.name,
        clusters=np.concatenate(clusters) if clusters else None,
    )
    if block.n_samples == counts.n_samples:
        return LabelledRows(block)
    note = f"fitted on {block.n_samples:,} of {counts.n_samples:,} rows, chosen evenly from every class"
    return LabelledRows(block, (note,))


def chosen(labels: NDArray[np.int64], seen: NDArray[np.int64], every: int, seed: int) -> NDArray[np.intp]:
    """Positions of the rows to keep; `seen` counts the rows of each class so far and is brought up to date."""
    known = np.flatnonzero(labels >= 0)
    if every <= 1:
        return known
    occurrence = seen[labels[known]] + kernels.rank_within_class(labels[known])
    seen += np.bincount(labels[known], minlength=len(seen))
    kept: NDArray[np.intp] = known[kernels.fold_of(occurrence, labels[known], every, seed) == 0]
    return kept

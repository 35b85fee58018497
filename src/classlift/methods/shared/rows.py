"""Rows for the methods that work on logits: which domain they are taken in, and in pieces of one size."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from classlift import kernels
from classlift.data.kind import Kind
from classlift.errors import ClassliftError
from classlift.layer.layer import step_inputs
from classlift.layer.step import Domain

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from classlift.data.predictions import Predictions
    from classlift.data.source import PredictionSource

PIECE_ENTRIES = 2**18
"""Numbers in a piece: 1 MB of float32, which stays in the cache of a core while it is worked on."""

FROM_PROBABILITIES = "take the logarithms of probabilities where the file has no logits (worse: see the note)"


class Piece(NamedTuple):
    """Some rows, shape (n_rows, n_classes), and their labels, shape (n_rows,), -1 where unlabelled."""

    rows: NDArray[np.floating]
    labels: NDArray[np.int64]


def logit_domain(source: PredictionSource, *, from_probabilities: bool) -> Domain:
    """Domain of a step for `source`: logit, or log-probability where that was asked for.

    Raises
    ------
    ClassliftError
        If it holds probabilities and their logarithms were not asked for.
    """
    if source.kind is Kind.LOGITS:
        return Domain.LOGIT
    if from_probabilities:
        return Domain.LOG_PROBABILITY
    raise ClassliftError(
        source.name,
        f"holds {source.kind}, this method needs logits",
        fix="give the logits of the model, or pass --from-probabilities to work on log p, which does worse.",
    )


def zeros_note(zeros: int, entries: int) -> str:
    """What a user must know who takes the logarithms of probabilities."""
    share = f"{zeros / entries:.1%}" if entries else "none"
    return (
        f"warning: fitted on log-probabilities, not on logits, with probabilities floored at {kernels.LOG_FLOOR:g}; "
        f"{zeros:,} of {entries:,} probabilities ({share}) are exact zeros, whose logits are lost"
    )


class PieceReader:
    """Rows of a source in pieces of one size, however the source is cut into blocks.

    Parameters
    ----------
    source : PredictionSource
        What to read.
    domain : Domain
        What the rows are wanted as.
    labelled : bool
        Whether to leave out unlabelled rows.

    Attributes
    ----------
    zeros, entries : int
        Probabilities that are exactly 0, and all numbers, in the last whole pass.
    """

    def __init__(self, source: PredictionSource, domain: Domain, *, labelled: bool) -> None:
        self._source, self._domain, self._labelled = source, domain, labelled
        self.zeros = self.entries = 0

    def notes(self) -> tuple[str, ...]:
        """Notes on the rows, after a whole pass."""
        return (zeros_note(self.zeros, self.entries),) if self._domain is Domain.LOG_PROBABILITY else ()

    def __iter__(self) -> Iterator[Piece]:
        """Yield pieces of the same number of rows, the last one may be shorter; each is an array of its own."""
        self.zeros = self.entries = 0
        height = max(1, PIECE_ENTRIES // self._source.n_classes)
        waiting, count = [], 0
        for block in self._source.blocks():
            for part in self._parts(block, height):
                waiting.append(part)
                count += len(part.labels)
                if count >= height:
                    joined = _join(waiting)
                    yield Piece(joined.rows[:height].copy(), joined.labels[:height])
                    waiting, count = [Piece(joined.rows[height:], joined.labels[height:])], count - height
        if count:
            yield _join(waiting)

    def _parts(self, block: Predictions, height: int) -> Iterator[Piece]:
        labels = np.full(block.n_samples, -1, np.int64) if block.labels is None else block.labels
        rows = np.flatnonzero(labels >= 0) if self._labelled else np.arange(block.n_samples)
        for start in range(0, len(rows), height):
            chosen = rows[start : start + height]
            if self._domain is Domain.LOG_PROBABILITY:
                self.zeros += int((block.scores[chosen] == 0).sum())
                values = step_inputs(block, chosen, self._domain)
            else:
                values = kernels.bounded_logits(block.scores[chosen])
            self.entries += values.size
            yield Piece(values, labels[chosen])


def _join(pieces: list[Piece]) -> Piece:
    if len(pieces) == 1:
        return pieces[0]
    return Piece(np.concatenate([p.rows for p in pieces]), np.concatenate([p.labels for p in pieces]))

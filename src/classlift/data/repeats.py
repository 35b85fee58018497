"""Whether rows come more than once, as copies or by an id: found out while rows are read, in bounded memory."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Self

import numpy as np

from classlift.data.clusters import keys_of
from classlift.data.fingerprint import row_words
from classlift.data.kind import Kind
from classlift.kernels.folding import GOLDEN, mix

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from classlift.data.predictions import Predictions

    Words = NDArray[np.uint64]

WORD = "rows repeat: "
"""How every note of repeated rows begins."""

MOST = 1 << 16
"""Different values that are remembered; of more a fair part is."""

COLUMNS = 32
"""Scores of a row that are looked at, spread over all."""

UNCERTAIN = 0.95
"""Rows with a larger maximum may be equal by chance, as saturated ones are."""

SHARE, FEWEST, FEWEST_AGAIN = 0.05, 20, 10
"""So many of the rows are repeats, and so many contents occur again, where it is worth a note."""

MIXED = 0.02
"""Copies have the label of their original: where more contents have several, they are equal by chance (rounding)."""


class Tally(NamedTuple):
    """How often values occur whose hash is not above a limit: a fair sample of them.

    key : hashes; mark : of the same with the label; times : how often; limit : of the hashes.
    """

    key: Words
    mark: Words
    times: NDArray[np.int64]
    limit: int = 2**64 - 1

    def __add__(self, other: tuple[object, ...]) -> Tally:
        assert isinstance(other, Tally)
        limit = min(self.limit, other.limit)
        key, mark, times = (np.concatenate([a, b]) for a, b in zip(self[:3], other[:3], strict=True))
        _, first, place = np.unique(mark, return_index=True, return_inverse=True)
        key, mark, times = key[first], mark[first], np.bincount(place, times).astype(np.int64)
        while True:
            keep = key <= np.uint64(limit)
            if keep.sum() <= MOST:
                return Tally(key[keep], mark[keep], times[keep], limit)
            limit //= 2

    @classmethod
    def of(cls, key: Words, mark: Words) -> Tally:
        """Count values."""
        return NOTHING + cls(key, mark, np.ones(len(key), np.int64))

    def repeats(self) -> tuple[int, int, int, int]:
        """Rows; different values; of these those that occur again; of these those with several labels."""
        _, place, several = np.unique(self.key, return_inverse=True, return_counts=True)
        again = np.bincount(place, self.times) > 1
        return int(self.times.sum()), len(several), int(again.sum()), int((several > 1).sum())


NOTHING = Tally(np.zeros(0, np.uint64), np.zeros(0, np.uint64), np.zeros(0, np.int64))


class Repeats:
    """Counts rows with equal scores, and with equal values of columns that name them.

    Parameters
    ----------
    names : sequence of str
        Columns of ids, patients, videos.
    quiet : bool
        Whether to count nothing, where the user has said what belongs together.
    """

    def __init__(self, names: Sequence[str] = (), *, quiet: bool = False) -> None:
        self.rows, self.columns, self.quiet = NOTHING, dict.fromkeys(names, NOTHING), quiet

    def add(self, block: Predictions) -> None:
        """Count the labelled rows of a block."""
        if block.labels is None or self.quiet:
            return
        known = np.flatnonzero(block.labels >= 0)
        for name in self.columns:
            key = keys_of(block.columns[name][known])
            self.columns[name] += Tally.of(key, key)
        if block.kind is Kind.SCORES:
            return
        rows = known[block.maximum[known] < UNCERTAIN]
        with np.errstate(over="ignore"):
            key = mix(row_words(_few(block, rows)) + block.predicted[rows].astype(np.uint64))
            mark = mix(key + (block.labels[rows] + 1).astype(np.uint64) * np.uint64(GOLDEN))
        self.rows += Tally.of(key, mark)

    def __add__(self, other: Self) -> Self:
        found = type(self)()
        found.rows = self.rows + other.rows
        found.columns = {name: tally + other.columns[name] for name, tally in self.columns.items()}
        return found

    def notes(self) -> tuple[str, ...]:
        """What a user should know: at most one note."""
        for name, tally in self.columns.items():
            rows, values, again, _ = tally.repeats()
            if values > 1 and _many(rows, values):
                return (
                    f"{WORD}{again / values:.0%} of the values of {name!r} occur again ({rows / values:.1f} rows of "
                    f"each); intervals, tests and folds take rows as independent unless you give --cluster {name}",
                )
        rows, values, again, mixed = self.rows.repeats()
        if _many(rows, values) and again >= FEWEST_AGAIN and mixed <= MIXED * again:
            return (
                f"{WORD}{(rows - values) / rows:.0%} of the uncertain rows equal another row, label included; "
                "intervals, tests and folds take copies as independent: leave them out, or give --cluster COLUMN",
            )
        return ()


def _few(block: Predictions, rows: NDArray[np.intp]) -> NDArray[np.floating]:
    step = -(-block.n_classes // COLUMNS)
    return np.column_stack([block.scores[rows, ::step], block.maximum[rows]])


def _many(rows: int, values: int) -> bool:
    return rows - values >= max(FEWEST, SHARE * rows)

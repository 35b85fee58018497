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

MOST = 1 << 14
"""Different values that are remembered; of more a fair part is."""

COLUMNS = 32
"""Scores of a row that are looked at, spread over all."""

UNCERTAIN = 0.95
"""Rows with a larger maximum may be equal by chance, as saturated ones are."""

SHARE, FEWEST, FEWEST_AGAIN = 0.05, 20, 10
"""Least share and number of repeated rows, and of contents that occur again, that are worth a note."""

MIXED = 0.02
"""Copies have the label of their original: where more contents have several, they are equal by chance (rounding)."""

GOLDEN_WORD = np.uint64(GOLDEN)


class Tally:
    """How often values occur, in a fair sample: those whose draw, a hash of them, is not above a limit.

    Parameters
    ----------
    limit : int
        Largest draw that is kept; it falls when too many values are kept.
    """

    def __init__(self, limit: int = 2**64 - 1) -> None:
        self.limit, self.kept = limit, 0
        self.parts: list[Values] = []

    def fits(self, draw: Words) -> NDArray[np.intp]:
        """Positions of the values that belong to the sample."""
        return np.flatnonzero(draw <= np.uint64(self.limit))

    def add(self, values: Values) -> None:
        """Count values that belong to the sample."""
        self.parts.append(values)
        self.kept += len(values.key)
        while self.kept > MOST:
            values = self.values()
            if len(values.key) > MOST // 2:
                self.limit //= 2
                values = values.take(self.fits(values.draw))
            self.parts, self.kept = [values], len(values.key)

    def values(self) -> Values:
        """All that is kept, each content with its label once."""
        together = Values(*(np.concatenate(one) for one in zip(NOTHING, *self.parts, strict=True)))
        _, first, place = np.unique(together.mark, return_index=True, return_inverse=True)
        return together.take(first)._replace(times=np.bincount(place, together.times).astype(np.int64))

    def __add__(self, other: Tally) -> Tally:
        total = Tally(min(self.limit, other.limit))
        for values in (*self.parts, *other.parts):
            total.add(values.take(total.fits(values.draw)))
        return total

    def repeats(self) -> tuple[int, int, int, int]:
        """Rows; different values; of these those that occur again; of these those with several labels."""
        values = self.values()
        _, place, several = np.unique(values.key, return_inverse=True, return_counts=True)
        again = np.bincount(place, values.times) > 1
        return int(values.times.sum()), len(several), int(again.sum()), int((several > 1).sum())


class Values(NamedTuple):
    """Values and how often they occur.

    draw : hashes by which they are sampled; key : hashes of the contents; mark : of the same with the label;
    times : how often.
    """

    draw: Words
    key: Words
    mark: Words
    times: NDArray[np.int64]

    @classmethod
    def once(cls, draw: Words, key: Words, mark: Words) -> Self:
        """Each value once."""
        return cls(draw, key, mark, np.ones(len(key), np.int64))

    def take(self, rows: NDArray[np.intp]) -> Self:
        """The values at these positions."""
        return type(self)(self.draw[rows], self.key[rows], self.mark[rows], self.times[rows])


_NONE = np.zeros(0, np.uint64)
NOTHING = Values(_NONE, _NONE, _NONE, np.zeros(0, np.int64))


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
        self.rows, self.columns, self.quiet = Tally(), {name: Tally() for name in names}, quiet

    def add(self, block: Predictions) -> None:
        """Count the labelled rows of a block."""
        if block.labels is None or self.quiet:
            return
        known = np.flatnonzero(block.labels >= 0)
        for name, tally in self.columns.items():
            key = keys_of(block.columns[name][known])
            key = key[tally.fits(key)]
            tally.add(Values.once(key, key, key))
        if block.kind is Kind.SCORES:
            return
        maximum = block.maximum
        rows = known[maximum[known] < UNCERTAIN]
        with np.errstate(over="ignore"):
            draw = mix(maximum[rows].astype("<f4").view("<u4") + block.predicted[rows].astype(np.uint64) * GOLDEN_WORD)
            fit = self.rows.fits(draw)
            rows, draw = rows[fit], draw[fit]
            key = mix(row_words(_few(block, rows)) + block.predicted[rows].astype(np.uint64))
            mark = mix(key + (block.labels[rows] + 1).astype(np.uint64) * GOLDEN_WORD)
        self.rows.add(Values.once(draw, key, mark))

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

"""Rows that changed sides: fixed, broken, moved from one wrong class to another [Choi 2017, Figs. 4 and 5]."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

import numpy as np

from classlift.data.classes import class_names
from classlift.data.notebook import Shown
from classlift.data.predictions import require_labels
from classlift.evaluation.pairs import Pair

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from classlift.data.reading import Reading

    Columns = Mapping[str, NDArray[Any]]


class FlipKind(StrEnum):
    """Which rows are wanted: those that became right, became wrong, either, or got another class of any kind."""

    FIXED = "fixed"
    BROKEN = "broken"
    BOTH = "both"
    CHANGED = "changed"


class FlipOrder(StrEnum):
    """In which order rows are given: the largest move of a probability first, or as they come."""

    MOVE = "move"
    ROW = "row"


@dataclass(frozen=True)
class FlipCounts:
    """How many rows changed.

    Parameters
    ----------
    n_samples : int
        Rows, labelled or not.
    fixed, broken : int
        Labelled rows that became right, became wrong.
    changed : int
        Rows whose predicted class is another one, these and those included.
    given : int
        Rows that were handed on.
    notes : tuple of str
        What a user should know.
    """

    n_samples: int
    fixed: int
    broken: int
    changed: int
    given: int
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False, repr=False)
class Flips(Shown):
    """The rows that changed between two results.

    Parameters
    ----------
    name : str
        What was compared.
    counts : FlipCounts
        How many rows changed.
    columns : tuple of mapping of str to ndarray
        Columns of the rows that were kept, one mapping for each part; empty where they were written to a file.
    reading : Reading, optional
        What was taken for what.
    """

    name: str
    counts: FlipCounts
    columns: tuple[Columns, ...]
    reading: Reading | None = None

    def to_frame(self) -> pd.DataFrame:
        """One row for each row that was kept; see `find_flips` for the columns."""
        import pandas as pd  # noqa: PLC0415  (0.4 s, only for who asks)

        frames = [pd.DataFrame(dict(part)) for part in self.columns]
        return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame()

    def to_dict(self) -> dict[str, float]:
        """How many rows changed, in one flat dictionary."""
        return {name: number for name, number in asdict(self.counts).items() if name != "notes"}

    def _lines(self) -> tuple[str, str]:
        n = self.counts
        head = f"Flips of {self.name}: {n.n_samples:,} rows"
        return head, f"{n.fixed:,} fixed, {n.broken:,} broken, {n.changed:,} got another class"

    def _frame(self) -> pd.DataFrame | None:
        return self.to_frame() if self.columns else None


def find_flips(
    pairs: Iterator[Pair],
    classes: tuple[str, ...] | None,
    write: Callable[[Columns], None],
    *,
    kind: FlipKind = FlipKind.BOTH,
    order: FlipOrder = FlipOrder.MOVE,
    limit: int | None = None,
) -> FlipCounts:
    """Find the rows that changed, and hand their columns on.

    Parameters
    ----------
    pairs : iterator of Pair
        Blocks before and after.
    classes : tuple of str, optional
        Class names; the class numbers where left out.
    write : callable
        Gets the columns of some rows: ``row``, the carried ones, ``change``, ``true``, ``before``, ``after``
        (classes), ``p_true_before``, ``p_true_after`` (probability of the true class), ``p_before``, ``p_after``
        (largest probability) and ``move`` (largest change of any probability of the row); once without rows where
        there are none.
    kind : FlipKind
        Which rows.
    order : FlipOrder
        In the order of rows nothing is kept in memory; the largest moves are kept until all rows were seen.
    limit : int, optional
        At most this many rows are handed on.

    Returns
    -------
    FlipCounts
        Of all rows, handed on or not.
    """
    totals = np.zeros(4, np.int64)
    given, kept = 0, None
    for pair in pairs:
        rows, counts = _wanted(pair, kind)
        totals += counts
        if order is FlipOrder.ROW and limit is not None:
            rows = rows[: limit - given]
        if not len(rows) and kept is not None:
            continue
        columns = _columns(pair, rows, classes)
        if order is FlipOrder.MOVE:
            kept = _largest(columns if kept is None else _joined(kept, columns), limit)
        else:
            write(columns)
            kept = _largest(columns, 0)
            given += len(rows)
    if kept is not None and order is FlipOrder.MOVE:
        write(kept)
        given = len(kept["row"])
    n_samples, fixed, broken, changed = totals.tolist()
    return FlipCounts(n_samples, fixed, broken, changed, given)


def _wanted(pair: Pair, kind: FlipKind) -> tuple[NDArray[np.intp], list[int]]:
    """Rows of a kind, and the counts of rows: all, fixed, broken, changed."""
    changed = pair.predicted != pair.before.predicted
    if kind is not FlipKind.CHANGED:
        require_labels(pair.before)
    labels = pair.before.labels if pair.before.labels is not None else np.full(pair.before.n_samples, -1)
    fixed = changed & (pair.predicted == labels)
    broken = changed & (pair.before.predicted == labels)
    masks = {"fixed": fixed, "broken": broken, "both": fixed | broken, "changed": changed}
    counts = [pair.before.n_samples, *(int(mask.sum()) for mask in (fixed, broken, changed))]
    return np.flatnonzero(masks[kind]), counts


def _columns(pair: Pair, rows: NDArray[np.intp], classes: tuple[str, ...] | None) -> Columns:
    part = pair.before.take(rows)
    before, after = part.probabilities.astype(np.float64), pair.after(rows).astype(np.float64)
    old, new = part.predicted, pair.predicted[rows]
    labels = part.labels if part.labels is not None else np.full(len(rows), -1)
    names = np.array([*class_names(classes, part.n_classes), ""])
    every = np.arange(len(rows))
    change = np.select([labels < 0, labels == new, labels == old], ["unlabelled", "fixed", "broken"], "wrong")
    own = {
        "change": change,
        "true": names[labels],
        "before": names[old],
        "after": names[new],
        "p_true_before": np.where(labels < 0, np.nan, before[every, labels]),
        "p_true_after": np.where(labels < 0, np.nan, after[every, labels]),
        "p_before": before[every, old],
        "p_after": after[every, new],
        "move": np.abs(after - before).max(axis=1),
    }
    taken = {"row", *own}
    carried = {f"input_{name}" if name in taken else name: column for name, column in part.columns.items()}
    return {"row": pair.before.first_row + rows, **carried, **own}


def _joined(a: Columns, b: Columns) -> Columns:
    return {name: np.concatenate([column, b[name]]) for name, column in a.items()}


def _largest(columns: Columns, limit: int | None) -> Columns:
    """Rows in the order of their move, largest first, the first `limit` of them."""
    order = np.argsort(-columns["move"], kind="stable")[:limit]
    return {name: column[order] for name, column in columns.items()}

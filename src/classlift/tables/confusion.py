"""Tables of confusions: the matrix where it is small, and the most frequent ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

from classlift.tables.table import Table, Value, share, shown

if TYPE_CHECKING:
    from classlift.evaluation import Comparison, Confusion, Evaluation

LARGEST_MATRIX = 30
"""More classes than this have no matrix in a table; JSON holds all pairs."""


def evaluation_confusions(result: Evaluation, top: int | None) -> list[Table]:
    """Tables of the confusions of one result; none where they were not asked for."""
    confusion = result.details.confusion
    if confusion is None:
        return []
    support, names = result.counts.support.tolist(), result.classes
    pairs = confusion.top(None)
    rows: list[tuple[Value, ...]] = [
        (names[pair.true], names[pair.predicted], pair.rows, share(pair.rows, support[pair.true]))
        for pair in pairs[:top]
    ]
    columns = ("class", "taken for", "rows", "share of the class")
    footer = _footer(len(rows), len(pairs), len(names))
    listed = Table("confusions, most frequent first", columns, tuple(rows), footer)
    return [*_matrix("confusion matrix", names, confusion), listed]


def comparison_confusions(result: Comparison, top: int | None) -> list[Table]:
    """Tables of the confusions before and after; none where they were not asked for."""
    before, after = (side.details.confusion for side in (result.before, result.after))
    if before is None or after is None:
        return []
    old, new = ({(p.true, p.predicted): p.rows for p in side.top(None)} for side in (before, after))
    support, names = result.before.counts.support.tolist(), result.classes
    order = sorted(old.keys() | new.keys(), key=lambda pair: (-old.get(pair, 0), -new.get(pair, 0), pair))
    rows: list[tuple[Value, ...]] = []
    for true, predicted in order[:top]:
        was, now = old.get((true, predicted), 0), new.get((true, predicted), 0)
        of = support[true]
        rows.append((names[true], names[predicted], was, now, now - was, share(was, of), share(now, of)))
    columns = ("class", "taken for", "rows before", "rows after", "change", "share before", "share after")
    footer = _footer(len(rows), len(order), len(names))
    return [
        *_matrix("confusion matrix before", names, before),
        *_matrix("confusion matrix after", names, after),
        Table("confusions, most frequent before first", columns, tuple(rows), footer),
    ]


def _matrix(title: str, names: tuple[str, ...], confusion: Confusion) -> list[Table]:
    if len(names) > LARGEST_MATRIX:
        return []
    rows = tuple((name, *row) for name, row in zip(names, confusion.dense().tolist(), strict=True))
    return [Table(title, ("class", *names), rows, ("rows: the true class; columns: the class it is taken for.",))]


def _footer(count: int, of: int, n_classes: int) -> tuple[str, ...]:
    hidden = shown(count, of, "confusions")
    if n_classes <= LARGEST_MATRIX:
        return hidden
    return (*hidden, f"no matrix of {n_classes} classes: JSON holds all pairs that occur, right rows too.")

"""Tables of confusions: the matrix where it is small, and the most frequent ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

from classlift.output.tables.table import Table, Value, share, shown

if TYPE_CHECKING:
    from classlift.evaluation.comparison import Comparison
    from classlift.evaluation.confusion import Confusion
    from classlift.evaluation.result import Evaluation

    Pairs = dict[tuple[int, int], tuple[int, int]]

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
    names, pairs = result.classes, _pairs(before, after)
    order = sorted(pairs, key=lambda pair: (-pairs[pair][0], -pairs[pair][1], pair))
    rows = _compared(result, pairs, order[:top])
    footer = _footer(len(rows), len(order), len(names))
    return [
        *_matrix("confusion matrix before", names, before),
        *_matrix("confusion matrix after", names, after),
        Table("confusions, most frequent before first", _COMPARED, rows, footer),
    ]


def changed_confusions(result: Comparison, top: int) -> list[Table]:
    """Tables of the confusions that became rarer most, and of those that became more frequent most."""
    before, after = (side.details.confusion for side in (result.before, result.after))
    if before is None or after is None:
        return []
    pairs = _pairs(before, after)
    tables = []
    for sign, title in ((1, "confusions that became rarer"), (-1, "confusions that became more frequent")):
        moved = [pair for pair, (was, now) in pairs.items() if (was - now) * sign > 0]
        order = sorted(moved, key=lambda pair: (-abs(pairs[pair][0] - pairs[pair][1]), pair))[:top]
        tables.append(Table(title, _COMPARED, _compared(result, pairs, order)))
    return tables


_COMPARED = ("class", "taken for", "rows before", "rows after", "change", "share before", "share after")


def _pairs(before: Confusion, after: Confusion) -> Pairs:
    """Rows of each confused pair, before and after."""
    old, new = ({(p.true, p.predicted): p.rows for p in side.top(None)} for side in (before, after))
    return {pair: (old.get(pair, 0), new.get(pair, 0)) for pair in old.keys() | new.keys()}


def _compared(result: Comparison, pairs: Pairs, order: list[tuple[int, int]]) -> tuple[tuple[Value, ...], ...]:
    support, names = result.before.counts.support.tolist(), result.classes
    return tuple(
        (names[true], names[predicted], was, now, now - was, share(was, support[true]), share(now, support[true]))
        for (true, predicted), (was, now) in ((pair, pairs[pair]) for pair in order)
    )


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

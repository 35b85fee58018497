"""Pair the rows of two results: by id where both carry one, else by their order."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from classlift.data.clusters import keys_of
from classlift.errors import ClassliftError
from classlift.evaluation.groups import columns_of
from classlift.evaluation.same_rows import texts_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

    from classlift.data.predictions import Predictions
    from classlift.data.source import PredictionSource
    from classlift.evaluation.same_rows import OrderCheck

    Watch = Callable[[Predictions], None]

ID_NAMES = (
    *("id", "ids", "sample_id", "sample_ids", "image_id", "image_ids", "row_id", "uid", "uuid"),
    *("filename", "filenames", "file_name", "file", "path", "paths", "key", "keys"),
)
"""Columns that are taken as ids, in this order, whatever their case."""

SAME_ROWS = "compare two files of the same rows, with a column of ids (--id NAME) or in the same order."


class KeyedBlock(NamedTuple):
    """Rows of a block: hashes of their ids, the same in every process, labels if any, predictions, columns, …."""

    key: NDArray[np.uint64]
    labels: NDArray[np.int64] | None
    predicted: NDArray[np.int64]
    columns: dict[str, NDArray[np.str_]]
    clusters: NDArray[np.uint64] | None


class KeyedRows(NamedTuple):
    """All rows of a source in the order of their hashes, with the number of each row."""

    key: NDArray[np.uint64]
    row: NDArray[np.intp]
    labels: NDArray[np.int64] | None
    predicted: NDArray[np.int64]
    columns: dict[str, NDArray[np.str_]]
    clusters: NDArray[np.uint64] | None


def match_rows(
    before: PredictionSource, after: PredictionSource, name: str, watch: tuple[Watch, Watch]
) -> tuple[KeyedRows, KeyedRows]:
    """Read the rows of two sources in one and the same order, that of their ids; see `check_match`.

    Parameters
    ----------
    before, after : PredictionSource
        Predictions for the same rows.
    name : str
        Column of ids.
    watch : tuple of callable
        Called with each block of either source.
    """
    a, b = (
        in_order_of_ids(source, list(keyed_blocks(source, name, seen)), name)
        for source, seen in zip((before, after), watch, strict=True)
    )
    check_match(before, a, after, b, name)
    return a, b


def keyed_blocks(source: PredictionSource, name: str, watch: Watch, by: Sequence[str] = ()) -> Iterator[KeyedBlock]:
    """Read what is known of the rows of each block, with some columns as text (24 bytes a row besides those)."""
    for block in source.blocks():
        columns = columns_of(by, block)
        watch(block)
        labels = None if block.labels is None else block.labels.copy()
        yield KeyedBlock(
            keys_of(block.columns[name]), labels, block.predicted.astype(np.int64), columns, block.clusters
        )


def in_order_of_ids(source: PredictionSource, blocks: Sequence[KeyedBlock], name: str) -> KeyedRows:
    """Bring the rows of a source into the order of their ids; refuses an id that occurs twice."""
    key = np.concatenate([block.key for block in blocks])
    order = np.argsort(key, kind="stable")
    key = key[order]
    twice = np.flatnonzero(key[1:] == key[:-1])
    if len(twice):
        row = int(order[twice[0] + 1])
        raise ClassliftError(
            source.name,
            f"has the {name} {_id_at(source, name, row)!r} more than once",
            fix="give every row its own id, or name another column with --id.",
        )
    labels = [block.labels for block in blocks if block.labels is not None]
    clusters = [block.clusters for block in blocks if block.clusters is not None]
    return KeyedRows(
        key,
        order,
        np.concatenate(labels)[order] if labels else None,
        np.concatenate([block.predicted for block in blocks])[order],
        {by: np.concatenate([block.columns[by] for block in blocks])[order] for by in blocks[0].columns},
        np.concatenate(clusters)[order] if clusters else None,
    )


def check_match(before: PredictionSource, a: KeyedRows, after: PredictionSource, b: KeyedRows, name: str) -> None:
    """Refuse rows without a partner, and rows with another label than their partner."""
    _check_partners(before, a, after, b, name)
    _check_partners(after, b, before, a, name)
    differ = a.labels is not None and b.labels is not None and a.labels != b.labels
    if np.any(differ):
        row = int(b.row[np.argmax(differ)])
        raise ClassliftError(
            f"{after.name}, {name} {_id_at(after, name, row)!r}",
            f"has another label than the same {name} of {before.name}",
            fix="compare results on the same labels.",
        )


def shared_column(before: PredictionSource, after: PredictionSource, wanted: str | None) -> str | None:
    """Column of ids by which rows pair, None: by their order.

    It is the wanted one, else the first of `ID_NAMES` that both have, else one whose values, all different, come in
    another order.
    """
    first = [next(source.blocks()) for source in (before, after)]
    columns = [[name for name, column in block.columns.items() if column.ndim == 1] for block in first]
    if wanted is None:
        usual = [name for name in columns[0] if name.lower() in ID_NAMES and name in columns[1]]
        if usual:
            return min(usual, key=lambda name: ID_NAMES.index(name.lower()))
        whole = first[0].n_samples == before.n_samples
        return next((n for n in columns[0] if n in columns[1] and _moved(first[0], first[1], n, whole=whole)), None)
    for source, names in zip((before, after), columns, strict=True):
        if wanted not in names:
            raise ClassliftError(
                source.name,
                f"has no column {wanted!r}, expected one of {', '.join(names) or '(it carries none)'}",
                fix="name a column that both files have with --id.",
            )
    return wanted


def _moved(a: Predictions, b: Predictions, name: str, *, whole: bool) -> bool:
    """Whether a column holds another value in each of the first rows, the same in both sources but in other rows."""
    if a.columns[name].dtype.kind in "bf" or a.n_samples <= a.n_classes:
        return False
    ours, theirs = texts_of(a, name), texts_of(b, name)
    one, two = set(ours), set(theirs)
    shared = one == two if whole else 20 * len(one & two) >= len(one)
    return ours != theirs and shared and len(one) == len(ours) and len(two) == len(theirs)


def _check_partners(one: PredictionSource, a: KeyedRows, other: PredictionSource, b: KeyedRows, name: str) -> None:
    """Refuse rows of `one` whose id `other` does not have."""
    unpaired = a.row[~np.isin(a.key, b.key, assume_unique=True)]
    if len(unpaired):
        raise ClassliftError(
            one.name,
            f"has {len(unpaired)} of {len(a.key)} rows whose {name} is not in {other.name}, the first one "
            f"{_id_at(one, name, int(unpaired.min()))!r}",
            fix=SAME_ROWS,
        )


def _id_at(source: PredictionSource, name: str, row: int) -> str:
    """Read the id of one row again, for a message."""
    for block in source.blocks():
        if row < block.n_samples:
            return texts_of(block, name)[row]
        row -= block.n_samples
    raise AssertionError(f"{source.name} has become shorter")


def together(
    sources: Sequence[PredictionSource], orders: Sequence[OrderCheck | None]
) -> Iterator[tuple[Predictions, ...]]:
    """Walk sources of the same rows in the same order; of each a check may look at its rows and those of the first."""
    walks = [source.blocks() for source in sources]
    while True:
        found = [next(walk, None) for walk in walks]
        if not any(found):
            return
        first, *others = found
        for other, source, order in zip(others, sources[1:], orders[1:], strict=True):
            one, two = _same(first, other, sources[0], source)
            if order is not None:
                order.add(one, two)
        yield tuple(block for block in found if block is not None)


def _same(
    a: Predictions | None, b: Predictions | None, before: PredictionSource, after: PredictionSource
) -> tuple[Predictions, Predictions]:
    """Give two blocks; refuse those of other lengths, or with other labels."""
    if a is None or b is None or a.n_samples != b.n_samples:
        raise ClassliftError(after.name, f"does not have as many rows as {before.name}", fix=SAME_ROWS)
    if a.labels is not None and b.labels is not None:
        differ = np.flatnonzero(a.labels != b.labels)
        if len(differ):
            where = f"{after.name}, row {a.first_row + int(differ[0])}"
            raise ClassliftError(where, f"has another label than the same row of {before.name}", fix=SAME_ROWS)
    return a, b

"""Pair the rows of two results: by id where both carry one, else by their order."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from classlift.data.predictions import Predictions, require_labels
from classlift.errors import ClassliftError
from classlift.evaluation.groups import columns_of
from classlift.evaluation.same_rows import OrderCheck, texts_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from classlift.data.source import PredictionSource

    Watch = Callable[[Predictions], None]

ID_NAMES = (
    *("id", "ids", "sample_id", "sample_ids", "image_id", "image_ids", "row_id", "uid", "uuid"),
    *("filename", "filenames", "file_name", "file", "path", "paths", "key", "keys"),
)
"""Columns that are taken as ids, in this order, whatever their case."""

SAME_ROWS = "compare two files of the same rows, with a column of ids (--id NAME) or in the same order."


class PairedRows(NamedTuple):
    """Wanted columns as text, clusters, labels, and the class predicted by either result, shape (n_samples,)."""

    columns: Mapping[str, NDArray[np.str_]]
    clusters: NDArray[np.uint64] | None
    labels: NDArray[np.int64]
    before: NDArray[np.int64]
    after: NDArray[np.int64]


def paired_rows(
    before: PredictionSource,
    after: PredictionSource,
    *,
    id: str | None = None,
    by: Sequence[str] = (),
    watch: tuple[Watch, Watch],
    order: OrderCheck | None = None,
) -> Iterator[PairedRows]:
    """Pair the rows of two sources, each read once.

    Parameters
    ----------
    before, after : PredictionSource
        Labelled predictions for the same rows.
    id : str, optional
        Column that holds the ids in both; by default the first of `ID_NAMES` that both have, else one whose values, all
        different, come in another order; else rows pair by order.
    by : sequence of str
        Carried columns that are wanted; each comes from the first source that carries it.
    watch : tuple of callable
        Called with each block of either source; refuses one without labels.
    order : OrderCheck, optional
        Looks at rows that pair by their order.

    Yields
    ------
    PairedRows
        Blocks of rows in their order; with ids all rows at once, as ids may come in another order (24 bytes a row
        and side: a 64-bit hash of the id, label and predicted class).

    Raises
    ------
    ClassliftError
        If a row has no partner, an id occurs twice, or a label differs.
    """
    name = shared_column(before, after, id)
    if name is None:
        yield from _by_order(before, after, by, watch, order)
        return
    a, b = match_rows(before, after, name, watch, by)
    assert a.labels is not None
    clusters = b.clusters if a.clusters is None else a.clusters
    yield PairedRows(b.columns | a.columns, clusters, a.labels, a.predicted, b.predicted)


class KeyedRows(NamedTuple):
    """All rows of a source by the hash of their ids: hashes, row numbers, labels if any, predictions, columns, …."""

    key: NDArray[np.int64]
    row: NDArray[np.intp]
    labels: NDArray[np.int64] | None
    predicted: NDArray[np.int64]
    columns: dict[str, NDArray[np.str_]]
    clusters: NDArray[np.uint64] | None


def match_rows(
    before: PredictionSource, after: PredictionSource, name: str, watch: tuple[Watch, Watch], by: Sequence[str] = ()
) -> tuple[KeyedRows, KeyedRows]:
    """Read the rows of two sources in one and the same order, that of their ids; see `paired_rows`."""
    first = [next(source.blocks()) for source in (before, after)] if by else []
    columns_of(by, *first)
    here = [name for name in by if name in first[0].columns]
    wanted = here, [name for name in by if name not in here]
    a, b = (_keyed(source, name, seen, by) for source, seen, by in zip((before, after), watch, wanted, strict=True))
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
    return a, b


def _keyed(source: PredictionSource, name: str, watch: Watch, by: Sequence[str]) -> KeyedRows:
    keys, labels, predicted, columns, clusters = [], [], [], [], []
    for block in source.blocks():
        columns.append(columns_of(by, block))
        watch(block)
        keys.append(np.fromiter(map(hash, texts_of(block, name)), np.int64, block.n_samples))
        predicted.append(block.predicted.astype(np.int64))
        if block.labels is not None:
            labels.append(block.labels.copy())
        if block.clusters is not None:
            clusters.append(block.clusters)
    key = np.concatenate(keys)
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
    return KeyedRows(
        key,
        order,
        np.concatenate(labels)[order] if labels else None,
        np.concatenate(predicted)[order],
        {name: np.concatenate([part[name] for part in columns])[order] for name in by},
        np.concatenate(clusters)[order] if clusters else None,
    )


def shared_column(before: PredictionSource, after: PredictionSource, wanted: str | None) -> str | None:
    """Column of ids by which rows pair: the wanted one, a usual name, or one whose values moved; None: by order."""
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


def _by_order(
    before: PredictionSource,
    after: PredictionSource,
    by: Sequence[str],
    watch: tuple[Watch, Watch],
    order: OrderCheck | None,
) -> Iterator[PairedRows]:
    for pair in together((before, after), (None, order)):
        for block, seen in zip(pair, watch, strict=True):
            seen(block)
        a, b = pair
        require_labels(b)
        clusters = b.clusters if a.clusters is None else a.clusters
        yield PairedRows(columns_of(by, a, b), clusters, require_labels(a), a.predicted, b.predicted)

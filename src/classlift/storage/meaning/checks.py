"""Whether what was taken for scores can be such."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from classlift.errors import ClassliftError
from classlift.storage.meaning.sample import are_proper
from classlift.storage.read.chain import Chain
from classlift.storage.read.container import Column, Container, side_by_side
from classlift.storage.read.head import first_rows

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from numpy.typing import NDArray

    from classlift.storage.meaning.layout import Layout
    from classlift.storage.source import BlockSource

FEWEST_COLUMNS, ROWS_EACH = 8, 10
"""Columns, and rows for each of them, from which on unused ones tell something."""

MOST_CLASSES = 2**17
"""A block of more classes would not fit into the memory that we promise to stay within."""

AS_NUMBERS = "save it as plain numbers, of a DataFrame by .astype(float)"

ENOUGH = 256
IMPLAUSIBLE = -25.0
"""Logarithm of the chance that labels of other rows are the same."""

LOOKED_AT = 64
"""Rows of a shard that tell whether it holds labels."""


def check_no_labels_among(box: Chain, layout: Layout) -> None:
    """Refuse shards of which some hold only one-hot rows, as labels do, and some do not."""
    one_hot = {shard.name: _is_one_hot(shard, layout.scores) for shard in box.shards}
    if any(one_hot.values()) and not all(one_hot.values()):
        name = next(name for name, found in one_hot.items() if found)
        raise ClassliftError(
            name,
            "has one 1 and else 0 in its rows, as one-hot labels do, and other shards do not",
            fix=f"name only the file of scores, and this one with --labels {name}.",
        )


def _is_one_hot(shard: Container, names: Sequence[str]) -> bool:
    chunk = next(iter(shard.chunks(names, [], LOOKED_AT)), None)
    if chunk is None:
        return False
    rows = chunk[names[0]] if len(names) == 1 else side_by_side([chunk[name] for name in names])
    rows = rows[:LOOKED_AT]
    return bool(((rows == 0) | (rows == 1)).all() and (rows.sum(axis=1) == 1).all())


def check_rows_differ(box: Chain, label: str) -> None:
    """Refuse shards with the same labels row by row: several runs or models on the same rows, read as more rows."""
    first, second = box.shards[:2]
    if first.columns[label].rows != second.columns[label].rows or first.columns[label].width:
        return
    one, two = (first_rows(shard, [label], ENOUGH)[label].tolist() for shard in (first, second))
    shares = [one.count(value) / len(one) for value in set(one)]
    by_chance = len(one) * math.log(max(sum(share * share for share in shares), 1e-300)) if one else 0.0
    regular = one == sorted(one) or any(one[k:] == one[:-k] for k in range(1, len(one) // 2))
    if one == two and by_chance < IMPLAUSIBLE and not regular:
        raise ClassliftError(
            second.name,
            f"has the labels of {first.name}, row by row: the same rows twice, as of several runs or models",
            fix=f"name one file: {second.name}; to compare both, add --against {first.name}",
        )


def check_scores(box: Container, layout: Layout) -> None:
    """Refuse too many classes, and what is not one row of scores for each row."""
    if layout.binary:
        return
    n_classes = len(layout.scores) if layout.suffixes is not None else (*box.columns[layout.scores[0]].width, 0)[0]
    if n_classes > MOST_CLASSES:
        raise ClassliftError(
            box.name,
            f"has {n_classes:,} classes, expected at most {MOST_CLASSES:,}",
            fix="give scores of fewer classes.",
        )
    if layout.suffixes is not None:
        return
    name = layout.scores[0]
    column: Column = box.columns[name]
    if len(column.width) != 1 or column.width[0] < 2 or column.is_text:
        raise ClassliftError(
            f"{box.name}, {name!r}",
            f"scores have shape {column.shape}, expected (n_samples, n_classes) with at least 2 classes",
            fix="save one column per class; for a binary model save both 1 - p and p.",
        )


def check_order(box: Container, layout: Layout) -> None:
    """Refuse numbers as labels of classes that every row, or every shard, names in another order."""
    scores = box.columns[layout.scores[0]]
    if not layout.labels or box.columns[layout.labels[0]].dtype.kind not in "iu":
        return
    if layout.suffixes and not all(map(str.isdigit, layout.suffixes)):
        _check_same_order(box, layout)
    if scores.in_order:
        return
    shown = ", ".join(scores.members[:4])
    raise ClassliftError(
        f"{box.name}, {layout.labels[0]!r}",
        f"labels are numbers, and the classes in {layout.scores[0]!r} have names ({shown} …) and no order",
        fix="save the labels as names of the classes.",
    )


def _check_same_order(box: Container, layout: Layout) -> None:
    members = set(layout.scores)
    orders = {
        shard.name: [n for n in shard.columns if n in members]
        for shard in (box.shards if isinstance(box, Chain) else ())
    }
    first = next(iter(orders.values()), [])
    other = next((name for name, order in orders.items() if order != first), None)
    if other is not None:
        raise ClassliftError(
            f"{other}, {layout.labels[0]!r}",
            "labels are numbers, and its columns stand in another order than those of the first shard",
            fix="save the labels as names of the classes.",
        )


def check_classes_used(layout: Layout, scores: NDArray, labels: Collection[str], where: str) -> None:
    """Refuse a matrix without a name that says scores, of which labels use few columns: features of a model."""
    used, n_classes = max(map(int, labels)) + 1, scores.shape[1]
    sure = layout.kind is not None or layout.asked or layout.suffixes is not None or layout.class_names is not None
    if sure or 2 * used > n_classes or n_classes < FEWEST_COLUMNS or len(scores) < ROWS_EACH * n_classes:
        return
    if not are_proper(scores):
        raise ClassliftError(
            where,
            f"labels use {used} of {n_classes} columns, which are not probabilities: they may be features, not scores",
            fix=f"save the scores of the classes; if these are logits of {n_classes} classes, say --logits",
        )


def check_lengths(source: BlockSource, rows: int | None, labels: int | None, *, at_least: bool = False) -> None:
    """Refuse labels of more or fewer rows than the scores have, where both are known."""
    if rows is None or labels is None or rows == labels:
        return
    where = source.label_file.box.name if source.label_file else source.name
    shown = [f"{n} or more" if at_least and n == max(rows, labels) else str(n) for n in (labels, rows)]
    raise ClassliftError(
        where,
        f"{shown[0]} labels for {shown[1]} rows of scores in {source.name}",
        fix="give scores and labels of the same rows, in the same order.",
    )


def check_numbers(scores: NDArray, chunk: Mapping[str, NDArray], names: Sequence[str], where: str) -> None:
    """Refuse text where scores should be."""
    if scores.dtype.kind in "fiub":
        return
    raise text_instead(where, next(name for name in names if chunk[name].dtype.kind not in "fiub"))


def text_instead(where: str, name: str) -> ClassliftError:
    """The error for a column of text where scores should be."""
    return ClassliftError(
        f"{where}, {name!r}",
        "holds text or decimals, expected scores",
        fix=f"{AS_NUMBERS}, or name the scores with --scores-key or --prefix.",
    )

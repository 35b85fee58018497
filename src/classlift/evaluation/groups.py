"""Rows by the value of a carried column: counts of each group."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from classlift.data.counts import ClassCounts, PairedCounts
from classlift.errors import ClassliftError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from classlift.data.predictions import Predictions

C = TypeVar("C", ClassCounts, PairedCounts)
Groups = Mapping[str, Mapping[str, C]]
"""Counts of each group, by the column and by its value as text."""

MOST = 1000
"""Groups of a column."""


def columns_of(names: Sequence[str], *blocks: Predictions) -> dict[str, NDArray[np.str_]]:
    """Values of columns as text, each of the first block that carries it; ClassliftError where none does."""
    return {name: _texts(name, blocks) for name in names}


def _texts(name: str, blocks: Sequence[Predictions]) -> NDArray[np.str_]:
    column = next((block.columns[name] for block in blocks if name in block.columns), None)
    if column is not None and column.ndim == 1:
        return column.astype(str)
    known = dict.fromkeys(each for block in blocks for each, values in block.columns.items() if values.ndim == 1)
    raise ClassliftError(
        blocks[0].source,
        f"has no column {name!r} of one value per row, expected one of {', '.join(known) or '(it carries none)'}",
        fix="name a column of the file besides its scores and labels.",
    )


def count_groups(
    columns: Mapping[str, NDArray[Any]],
    count: Callable[..., C],
    n_classes: int,
    clusters: NDArray[np.uint64] | None,
    *rows: NDArray[Any],
) -> Groups[C]:
    """Count the rows of each group; `count` gets labels and predicted classes of its rows, `n_classes`, clusters."""
    found: dict[str, dict[str, C]] = {}
    for name, column in columns.items():
        values, place = np.unique(column, return_inverse=True)
        at = np.split(np.argsort(place, kind="stable"), np.cumsum(np.bincount(place))[:-1])
        found[name] = {
            str(value): count(*(array[part] for array in rows), n_classes, None if clusters is None else clusters[part])
            for value, part in zip(values, at, strict=True)
        }
    return found


def check_few(groups: Groups[Any], where: str) -> None:
    """Refuse a column with more than `MOST` values."""
    for name, values in groups.items():
        if len(values) > MOST:
            raise ClassliftError(
                where,
                f"has more than {MOST:,} different values in column {name!r}, which are too many groups",
                fix="name a column of few values with --by.",
            )

"""Costs of mistakes from a file: a matrix by class names, or the superclass of each class."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from classlift.data.classes import INSIDE
from classlift.data.costs import Costs
from classlift.errors import ClassliftError
from classlift.storage.atomic import check_regular
from classlift.storage.formats import format_of_file, suffix_of
from classlift.storage.own.decoding import decoded
from classlift.storage.own.json_text import read_json
from classlift.storage.paths import place

if TYPE_CHECKING:
    import os
    from pathlib import Path

    from classlift.storage.read.container import Container

FIX = (
    "give a table with a row for each true class and a column for each class that it may be taken for, or the two "
    "columns class, superclass."
)
ROWS = 4096


def read_costs(path: str | os.PathLike[str], inside: float = INSIDE) -> Costs:
    """Read the costs of mistakes.

    Parameters
    ----------
    path : path
        A table (.csv, .tsv, .parquet, …), whose columns are named: a column of true classes and one for each class
        that they may be taken for, or the two columns class and superclass. Or .json: the same by names,
        ``{"cat": {"dog": 2}, …}`` or ``{"cat": "pet", …}``.
    inside : float
        Cost of taking a class for another one of its superclass; outside it costs 1.

    Raises
    ------
    ClassliftError
        If it cannot be read, or holds something else.
    """
    target = place(path)
    with decoded(target, "file of costs", FIX):
        check_regular(target)
        if suffix_of(target.name) == ".json":
            return Costs.of_names(read_json(target.read_text(encoding="utf-8-sig")), inside, str(target))
        return _of_table(target, inside)


def _of_table(path: Path, inside: float) -> Costs:
    box = format_of_file(path, str(path)).open(path, str(path), True)
    names = list(box.columns)
    if len(names) < 2 or any(column.width for column in box.columns.values()):
        raise ClassliftError(str(path), "is not a table of named columns", fix=FIX)
    if len(names) == 2:
        groups = _texts(box, names)
        return Costs.of_names(dict(zip(groups[names[0]], groups[names[1]], strict=True)), inside, str(path))
    true = next((name for name, column in box.columns.items() if column.is_text), names[0])
    columns = [name for name in names if name != true]
    chunks = [{name: np.array(chunk[name]) for name in names} for chunk in box.chunks(columns, [true], ROWS)]
    matrix = np.stack([np.concatenate([chunk[name] for chunk in chunks]) for name in columns], axis=1)
    rows = [str(name) for chunk in chunks for name in chunk[true].tolist()]
    return Costs.of_rows(matrix.astype(np.float64), rows, columns, str(path))


def _texts(box: Container, names: list[str]) -> dict[str, list[str]]:
    """Columns as text; a class that occurs twice is refused by name."""
    found: dict[str, list[str]] = {name: [] for name in names}
    for chunk in box.chunks([], names, ROWS):
        for name in names:
            found[name] += [str(value) for value in chunk[name].tolist()]
    first = found[names[0]]
    if len(set(first)) < len(first):
        twice = next(name for i, name in enumerate(first) if name in first[:i])
        raise ClassliftError(box.name, f"has the class {twice!r} more than once", fix="give every class one line.")
    return found

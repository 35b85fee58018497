"""Which column beside scores without labels could best hold them: for advice, never to read it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from classlift.data.classes import class_names

if TYPE_CHECKING:
    from collections.abc import Sequence

    from classlift.data.predictions import Predictions

FIRST = 1000
"""Rows that are looked at."""

HOT, COLD = frozenset(("1", "1.0", "True")), frozenset(("0", "0.0", "False"))


def likely_labels(block: Predictions) -> str:
    """Column that could best be the labels, with a blank before it; empty where none can.

    It holds words or whole numbers, of a third of the classes at least or mostly right, and agrees with the predicted
    class most often. One-hot columns are named by what they begin with.
    """
    plain = {name: column[:FIRST].tolist() for name, column in block.columns.items() if column.ndim == 1}
    able = {name: [str(v) for v in values] for name, values in plain.items() if _can_be(values, block.n_classes)}
    family = _one_hot(able, block.n_classes)
    if family:
        return f" {family} (if its one-hot columns stand in the order of the classes)"
    names = class_names(block.classes, block.n_classes)
    predicted = [(str(k), names[k]) for k in block.predicted[:FIRST].tolist()]
    hits = {name: sum(v in p for v, p in zip(values, predicted, strict=True)) for name, values in able.items()}
    able = {
        name: values
        for name, values in able.items()
        if len(set(values)) * 3 > min(block.n_classes, len(values)) or hits[name] * 2 >= len(values)
    }
    best = max(able, key=lambda name: (len(set(able[name])) >= block.n_classes, hits[name]), default=None)
    return "" if best is None else f" {best}"


def _can_be(values: Sequence[object], n_classes: int) -> bool:
    whole = not any(isinstance(value, float) and value % 1 for value in values)
    return whole and 1 < len(set(values)) <= n_classes + 1


def _one_hot(able: dict[str, list[str]], n_classes: int) -> str:
    """What the names of one-hot columns, one for each class, begin with; empty where there are none."""
    hot = [name for name, values in able.items() if set(values) <= HOT | COLD]
    for stem in {re.sub(r"[^\W_]+$", "", name) for name in hot} - {""}:
        family = [able[name] for name in hot if name.startswith(stem)]
        rows = zip(*family, strict=True)
        if len(family) == n_classes > 2 and all(sum(value in HOT for value in row) == 1 for row in rows):
            return stem
    return ""

"""What adds up field by field: over blocks, pieces, folds, shards and machines."""

from __future__ import annotations

from dataclasses import fields
from typing import Any, Self, cast


class AddsUp:
    """A dataclass whose values add up field by field.

    Numbers, arrays and what adds up itself are added, tuples and mappings entry by entry. None is the sum of no rows.
    Of text, the first that says something is kept.
    """

    def __add__(self, other: Self) -> Self:
        names = [field.name for field in fields(cast("Any", self))]  # who inherits is a dataclass
        return type(self)(**{name: _added(getattr(self, name), getattr(other, name)) for name in names})


def _added(a: Any, b: Any) -> Any:  # noqa: ANN401  (two of a kind)
    if a is None or b is None:
        return b if a is None else a
    if isinstance(a, str):
        return a or b
    if isinstance(a, tuple):
        return tuple(_added(one, two) for one, two in zip(a, b, strict=True))
    if isinstance(a, dict):
        return a | {key: _added(a.get(key), value) for key, value in b.items()}
    return a + b

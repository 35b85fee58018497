"""The rows that a figure is about: all of them, or those of a group."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from classlift.data.metrics import LEAST_GROUP, group_size
from classlift.errors import alike

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from classlift.evaluation.comparison import Comparison
    from classlift.evaluation.result import Evaluation
    from classlift.gates.units import Figure

    Result: TypeAlias = Evaluation | Comparison
    Each = int | tuple[str, str] | None


class UndefinedError(Exception):
    """A figure has no value here; the message says why."""


def within(figure: Figure, result: Result, each: Each) -> tuple[Result, int | None]:
    """The rows that a figure is about, and the class; UndefinedError where there is no such group."""
    if figure.every_group and isinstance(each, tuple):
        group = result.group(*each)
        if group_size(group.counts) < LEAST_GROUP:
            raise UndefinedError(f"there is no group of at least {LEAST_GROUP} labelled rows")
        return group, None
    k = each if isinstance(each, int) else None
    return (result, k) if figure.group is None else (result.group(*group_key(figure.group, result.groups)), k)


def asked_one_by_one(figures: Sequence[Figure], result: Result) -> dict[int | tuple[str, str], str]:
    """The classes by number, or the groups where a figure is one of each group, with their names."""
    if not any(figure.every_group for figure in figures):
        return dict(enumerate(result.classes))
    if not result.groups:
        raise UndefinedError("there are no groups; give --by COLUMN")
    return {key: name for name, key in groups_of(result.groups).items()}


def groups_of(values: Mapping[str, Iterable[str]]) -> dict[str, tuple[str, str]]:
    """Column and value of each group, by what people call it: its value, with its column where there are several."""
    several = len(values) > 1
    keys = [(column, value) for column, of in values.items() for value in of]
    return {f"{column}={value}" if several else value: (column, value) for column, value in keys}


def group_key(name: str, values: Mapping[str, Iterable[str]]) -> tuple[str, str]:
    """Column and value of the group of this name, among the values of columns; UndefinedError where it is not one."""
    known = groups_of(values).values()
    keys = [key for key in known if name in (key[1], "=".join(key))]
    if len(keys) == 1:
        return keys[0]
    if keys:
        raise UndefinedError(f"several columns have a group {name!r}; write {' or '.join(map('='.join, keys))}")
    near = alike(name, [key[1] for key in known])
    hint = f"; did you mean {near[0]!r}?" if near else "" if values else "; give --by COLUMN"
    raise UndefinedError(f"there is no group {name!r}{hint}")

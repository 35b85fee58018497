"""Keys of manifests and projects, their types and choices: those of the settings that tables become."""

from __future__ import annotations

from collections.abc import Mapping
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from classlift.data.kind import Kind
from classlift.errors import ClassliftError, alike

Type = type | UnionType


def keys_of(settings: type) -> dict[str, Type]:
    """Keys of a settings class, and the types that TOML gives their values: names and paths are text.

    Examples
    --------
    >>> from classlift.storage import ReadOptions
    >>> keys_of(ReadOptions)["labels"], keys_of(ReadOptions)["ignore_label"]
    (<class 'str'>, str | int)
    """
    return {name: _type_of(hint) for name, hint in get_type_hints(settings).items()}


def choices_of(settings: type) -> dict[str, tuple[str, ...]]:
    """Values that a key of a settings class may have, for the keys that have only few."""
    found = {
        name: tuple(value for part in _parts(hint) for value in _choices(part))
        for name, hint in get_type_hints(settings).items()
    }
    return {name: values for name, values in found.items() if values}


def _parts(hint: Any) -> tuple[Any, ...]:  # noqa: ANN401
    """Types of a union, without None."""
    inside = get_args(hint) if get_origin(hint) in (Union, UnionType) else (hint,)
    return tuple(part for part in inside if part is not type(None))


def _type_of(hint: Any) -> Type:  # noqa: ANN401
    found = dict.fromkeys(_plain(part) for part in _parts(hint))
    union: Type = next(iter(found))
    for other in found:
        union = union | other
    return union


def _plain(part: Any) -> Any:  # noqa: ANN401
    kind = get_origin(part) or part
    if kind is float:
        return float | int
    if kind is tuple:
        return list
    if kind in (int, bool, dict):
        return kind
    return dict if isinstance(kind, type) and issubclass(kind, Mapping) else str


def _choices(part: Any) -> tuple[str, ...]:  # noqa: ANN401
    if get_origin(part) is Literal:
        return get_args(part)
    if part is Kind:
        return tuple(member.value for member in Kind if member is not Kind.SCORES)  # nobody says that of a file
    return ()


_NAMES: dict[Any, str] = {str: "text", int: "a whole number", bool: "true or false", list: "a list", dict: "a table"}


def check_table(
    table: Mapping[str, object],
    known: Mapping[str, Type],
    where: str,
    choices: Mapping[str, tuple[str, ...]] | None = None,
) -> None:
    """Refuse a key that is not known, and a value of another type.

    Raises
    ------
    ClassliftError
        Naming the key.
    """
    for key, value in table.items():
        if key not in known:
            near = alike(key, known)
            hint = f"did you mean {near[0]}?" if near else f"use: {', '.join(known)}."
            raise ClassliftError(where, f"has a key {key!r} that classlift does not know", fix=hint)
        if (isinstance(value, bool) and known[key] is not bool) or not isinstance(value, known[key]):
            expected = _NAMES.get(known[key], "a number" if key in ("low_fraction", "confidence") else "text")
            raise ClassliftError(f"{where}, {key}", f"is {value!r}, expected {expected}", fix="correct it there.")
        allowed = (choices or {}).get(key)
        if allowed and value not in allowed:
            raise ClassliftError(f"{where}, {key}", f"is {value!r}", fix=f"write one of: {', '.join(allowed)}.")
        if key == "new" and isinstance(value, list) and not all(isinstance(name, str) for name in value):
            raise ClassliftError(f"{where}, new", "is not a list of file names", fix='write new = ["a.npz", "b.npz"].')
        if key == "low_fraction" and isinstance(value, float | int) and not 0 < value <= 1:
            raise ClassliftError(f"{where}, low_fraction", f"is {value}, expected above 0, at most 1", fix="write 0.2.")
        if key == "seed" and isinstance(value, int) and not 0 <= value < 2**32:
            raise ClassliftError(f"{where}, seed", f"is {value}, expected 0 to 4294967295", fix="write seed = 0.")

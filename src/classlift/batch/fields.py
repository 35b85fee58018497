"""Keys of a manifest and their types."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from types import UnionType
from typing import Any

from classlift.errors import ClassliftError

Type = type | UnionType

READING: dict[str, Type] = {
    **dict.fromkeys(("scores_key", "labels_key", "prefix", "labels", "classes"), str),
    **dict.fromkeys(("kind", "labels_as", "bad_rows", "format"), str),
    "ignore_label": str | int,
    "header": bool,
}
FIELDS: dict[str, Type] = {
    **dict.fromkeys(("name", "val", "test", "verb"), str),
    "new": str | list,
    "settings": dict,
    "reading": dict,
    "seed": int,
    "low_fraction": float | int,
    "gates": list,
    "confidence": float | int,
}
CHOICES = {
    "kind": ("probabilities", "logits"),
    "labels_as": ("index", "name", "one-hot"),
    "bad_rows": ("error", "drop", "normalize"),
}
_NAMES: dict[Any, str] = {str: "text", int: "a whole number", bool: "true or false", list: "a list", dict: "a table"}


def check_table(table: Mapping[str, object], known: Mapping[str, Type], where: str) -> None:
    """Refuse a key that is not known, and a value of another type.

    Raises
    ------
    ClassliftError
        Naming the key.
    """
    for key, value in table.items():
        if key not in known:
            near = difflib.get_close_matches(key, known, n=1)
            hint = f"did you mean {near[0]}?" if near else f"use: {', '.join(known)}."
            raise ClassliftError(where, f"has a key {key!r} that classlift does not know", fix=hint)
        if (isinstance(value, bool) and known[key] is not bool) or not isinstance(value, known[key]):
            expected = _NAMES.get(known[key], "a number" if key in ("low_fraction", "confidence") else "text")
            raise ClassliftError(f"{where}, {key}", f"is {value!r}, expected {expected}", fix="mend the manifest.")
        if key in CHOICES and value not in CHOICES[key]:
            raise ClassliftError(f"{where}, {key}", f"is {value!r}", fix=f"write one of: {', '.join(CHOICES[key])}.")
        if key == "new" and isinstance(value, list) and not all(isinstance(name, str) for name in value):
            raise ClassliftError(f"{where}, new", "is not a list of file names", fix='write new = ["a.npz", "b.npz"].')
        if key == "low_fraction" and isinstance(value, float | int) and not 0 < value <= 1:
            raise ClassliftError(f"{where}, low_fraction", f"is {value}, expected above 0, at most 1", fix="write 0.2.")
        if key == "seed" and isinstance(value, int) and value < 0:
            raise ClassliftError(f"{where}, seed", f"is {value}, expected 0 or more", fix="write seed = 0.")

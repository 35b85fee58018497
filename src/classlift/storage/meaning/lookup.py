"""Looking names up in a container, and what to say when none or several fit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from classlift.errors import ClassliftError, alike

if TYPE_CHECKING:
    from collections.abc import Iterable

    from classlift.storage.read.container import Container


def lookup(columns: Iterable[str], key: str) -> str | None:
    """The column called `key`, or the only one called so but for upper and lower case."""
    every = list(columns)
    if key in every:
        return key
    same = [name for name in every if name.lower() == key.lower()]
    return same[0] if len(same) == 1 else None


def unknown(box: Container, key: str, flag: str) -> ClassliftError:
    """The error for a name that a flag gave and nothing has."""
    if key in box.refused:
        return ClassliftError(f"{box.name}, {key!r}", "cannot be read", fix=box.refused[key])
    near = alike(key, list(box.columns))
    hint = f"did you mean {near[0]!r}?" if near else "give one of the names in the file."
    return ClassliftError(box.name, f"{flag} {key} fits nothing in it; it holds {listed(box.columns)}", fix=hint)


def ambiguous(box: Container, found: list[str], what: str, flag: str) -> ClassliftError:
    """The error for several candidates, and the flag that chooses."""
    return ClassliftError(
        box.name,
        f"more than one thing in it can be the {what}: {', '.join(found)}",
        fix=f"choose one with {flag} {found[0].rstrip('…')}.",
    )


def listed(columns: Iterable[str]) -> str:
    """The first few names, for messages."""
    every = list(columns)
    shown = ", ".join(every[:8])
    return f"{shown} and {len(every) - 8} more" if len(every) > 8 else shown or "nothing that can be read"

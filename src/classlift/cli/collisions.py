"""No command writes over a file that it was given to read."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from classlift.errors import ClassliftError

OUTPUTS = ("out", "json_file", "csv_file", "markdown_file", "junit_file", "plot")
"""Parameters of commands that name files to write."""


def guarded(callback: Callable[..., object]) -> Callable[..., object]:
    """Refuse parameters of which one names a file to write and another one the same file."""

    @functools.wraps(callback)
    def checked(**values: Any) -> object:  # noqa: ANN401  (whatever the command takes)
        refuse_collisions(values)
        return callback(**values)

    return checked


def refuse_collisions(values: Mapping[str, object]) -> None:
    """Raise where an output is one of the inputs, or two outputs are one file.

    Raises
    ------
    ClassliftError
        Naming the file.
    """
    inputs = {path for name, value in values.items() if name not in OUTPUTS for path in _paths(value)}
    written: set[Path] = set()
    for path in (path for name in OUTPUTS for path in _paths(values.get(name))):
        if path in inputs and path.is_file():
            raise ClassliftError(
                str(path), "is an input, and would be overwritten", fix="give the output another name."
            )
        if path in written:
            raise ClassliftError(str(path), "is named for two outputs", fix="give each output its own name.")
        written.add(path)


def _paths(value: object) -> Iterator[Path]:
    """Resolved paths that a parameter may name."""
    for name in value if isinstance(value, tuple) else (value,):
        if isinstance(name, str | Path) and str(name) not in ("", "-", "auto") and "\0" not in str(name):
            try:
                yield Path(name).resolve()
            except (OSError, RuntimeError):  # no name of a file, or links in a circle
                continue

"""No command writes over a file that it reads: every output is compared with every input, by what file it is."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import click

from classlift.storage.overlap import refuse_overlap

OUTPUTS = ("out", "shares_out", "json_file", "csv_file", "markdown_file", "junit_file", "plot")
"""Parameters of commands that name files to write."""

FILES = "classlift.files"
"""Where the files are noted that a command reads, those that options have read already first."""


def guarded(callback: Callable[..., object]) -> Callable[..., object]:
    """Refuse parameters of which one names a file to write and another one the same file."""

    @functools.wraps(callback)
    def checked(**values: Any) -> object:  # noqa: ANN401  (whatever the command takes)
        inputs = [name for key, value in values.items() if key not in OUTPUTS for name in _names(value)]
        inputs += click.get_current_context().meta.get(FILES, [])
        outputs = [name for key in OUTPUTS for name in _names(values.get(key))]
        modules = [Path(name).with_suffix(".safetensors") for name in outputs if name.endswith(".py")]  # the numbers
        refuse_overlap(inputs, [*outputs, *map(str, modules)])
        click.get_current_context().meta[FILES] = inputs
        return callback(**values)

    return checked


def note_input(ctx: click.Context | None, name: str) -> None:
    """Note a file that an option reads before the command begins."""
    if ctx is not None:
        ctx.meta.setdefault(FILES, []).append(name)


def _names(value: object) -> Iterator[str]:
    """Names of files that a parameter may give."""
    for name in value if isinstance(value, tuple | list) else (value,):
        if isinstance(name, str | Path) and str(name) not in ("", "-", "auto") and "\0" not in str(name):
            yield str(name)

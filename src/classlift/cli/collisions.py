"""No command writes over a file that it reads: every output is compared with every input, by what file it is."""

from __future__ import annotations

import functools
import os
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import click

from classlift.errors import ClassliftError
from classlift.storage.atomic import check_target
from classlift.storage.overlap import refuse_among, refuse_overlap
from classlift.storage.paths import place

OUTPUTS = ("out", "shares_out", "json_file", "csv_file", "markdown_file", "junit_file", "plot")
"""Parameters of commands that name files to write."""

PREDICTIONS = ("val", "test", "new", "file", "files", "shard", "against")
"""Parameters that may name a folder or a pattern of shards."""

BESIDE = {
    **{"json_file": "--format json", "csv_file": "--format csv", "markdown_file": "--format markdown"},
    **{"shares_out": "", "junit_file": ""},
}
"""Those of them that are written after the work is done, and what prints the same instead."""

FILES = "classlift.files"
"""Where the files are noted that a command reads, those that options have read already first."""

WRITTEN = "classlift.written"
"""Where the files are noted that it writes, but for its tables."""


def guarded(callback: Callable[..., object]) -> Callable[..., object]:
    """Refuse parameters of which one names a file to write and another one the same file."""

    @functools.wraps(callback)
    def checked(**values: Any) -> object:  # noqa: ANN401  (whatever the command takes)
        inputs = [name for key, value in values.items() if key not in OUTPUTS for name in _names(value)]
        inputs += click.get_current_context().meta.get(FILES, [])
        outputs = [name for key in OUTPUTS for name in _names(values.get(key))]
        modules = [Path(name).with_suffix(".safetensors") for name in outputs if name.endswith(".py")]  # the numbers
        refuse_overlap(inputs, [*outputs, *map(str, modules), *_summary_of_step(values)])
        refuse_among([name for key in PREDICTIONS for name in _names(values.get(key))], outputs)
        _refuse_tables(values.get("csv_file"), [*inputs, *outputs])
        for key in BESIDE:
            _check(key, values.get(key))
        click.get_current_context().meta[FILES] = inputs
        click.get_current_context().meta[WRITTEN] = [name for name in outputs if name != str(values.get("csv_file"))]
        return callback(**values)

    return checked


def _summary_of_step(values: Mapping[str, object]) -> list[str]:
    """The file to which ``--summary auto`` adds."""
    named = os.environ.get("GITHUB_STEP_SUMMARY", "")
    return [named] if named and str(values.get("markdown_file")) == "auto" else []


def _refuse_tables(csv: Path | None, others: list[str]) -> None:
    """Refuse another file that is called like a table that ``--csv r.csv`` writes: ``r.classes.csv``."""
    if csv is None or not csv.suffix:  # r.npz beside --csv r is no table; what is one is seen when it is written
        return
    table = re.compile(rf"{re.escape(csv.stem)}\..+{re.escape(csv.suffix)}", re.DOTALL)
    for name in others:
        if table.fullmatch(Path(name).name) and Path(name).parent.absolute() == csv.parent.absolute():
            raise ClassliftError(
                name, f"is named like the tables that --csv {csv} writes", fix="give one of them another name."
            )


def _check(key: str, value: object) -> None:
    """Refuse, before any work, a file that could not be written after it."""
    if str(value) == "-":
        instead = f"say {BESIDE[key]}" if BESIDE[key] else "give the name of a file"
        option = next(p.opts[0] for p in click.get_current_context().command.params if p.name == key)
        raise ClassliftError(f"{option} -", "is not the name of a file", fix=f"{instead}.")
    for name in _names(value):
        check_target(place(name))


def note_input(ctx: click.Context | None, name: str) -> None:
    """Note a file that an option reads before the command begins."""
    if ctx is not None:
        ctx.meta.setdefault(FILES, []).append(name)


def _names(value: object) -> Iterator[str]:
    """Names of files that a parameter may give."""
    for name in value if isinstance(value, tuple | list) else (value,):
        if isinstance(name, str | Path) and str(name) not in ("", "-", "auto") and "\0" not in str(name):
            yield str(name)

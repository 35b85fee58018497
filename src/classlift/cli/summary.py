"""Files besides standard output: the Markdown page of a result, its tables as csv."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from classlift.cli.collisions import FILES, WRITTEN
from classlift.errors import ClassliftError
from classlift.output.printable import printable
from classlift.output.render import delimited
from classlift.output.render.markdown import render_within
from classlift.storage.atomic import append_text, check_target, write_text
from classlift.storage.overlap import refuse_overlap
from classlift.storage.paths import place

if TYPE_CHECKING:
    from classlift.output.documents.base import Document
    from classlift.output.tables.table import Table

LIMIT = 60_000
"""Bytes; a comment of GitHub holds 65,536 characters."""

STEP_LIMIT = 1_000_000
"""Bytes; GitHub drops a whole step summary above 1024 KiB."""

AUTO = Path("auto")


def write_summary(path: Path, tables: Sequence[Table], head: str = "") -> None:
    """Write `head` and tables to `path`; for ``auto`` add them to $GITHUB_STEP_SUMMARY, where there is one."""
    if path != AUTO:
        write_text(path, head + render_within(tables, LIMIT - _size(head)))
        return
    target = os.environ.get("GITHUB_STEP_SUMMARY")
    if target:
        taken = Path(target).stat().st_size if Path(target).is_file() else 0
        append_text(target, head + render_within(tables, max(0, min(LIMIT, STEP_LIMIT - taken) - _size(head))))


def marker(document: Document) -> str:
    """A line that no reader sees, the same for the same command on the same file: a job finds its comment by it."""
    kind = str(document["schema"]).removeprefix("classlift-").rpartition("-")[0]
    name = re.sub("-(?=-)|>", " ", printable(str(document["name"])))
    return f"<!-- classlift {kind}: {name} -->\n\n"


def write_tables(path: Path, document: Document) -> None:
    """Write the tables of a document as csv: the main one to ``r.csv``, the others to ``r.classes.csv`` and so on."""
    if not path.name:
        raise ClassliftError(str(path), "is a folder, expected a csv file", fix="give --csv the name of a file.")
    texts = {
        path.with_name(f"{path.stem}.{name}{path.suffix}") if i else path: text
        for i, (name, text) in enumerate(delimited.render(document).items())
    }
    texts = texts or {path: ""}  # what was asked for is there, though it has no row
    noted = click.get_current_context().meta
    refuse_overlap(noted.get(FILES, []), [*noted.get(WRITTEN, []), *map(str, texts)])
    for target in texts:
        check_target(place(target))
    for target, text in texts.items():
        write_text(target, text)


def _size(text: str) -> int:
    return len(text.encode(errors="backslashreplace"))

"""The Markdown page of a result: a file, or the step summary of GitHub Actions."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from classlift.output.render.markdown import render_within
from classlift.storage.atomic import append_text, write_text

if TYPE_CHECKING:
    from classlift.output.tables import Table

LIMIT = 1_000_000
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
        append_text(target, head + render_within(tables, max(0, LIMIT - taken - _size(head))))


def _size(text: str) -> int:
    return len(text.encode(errors="backslashreplace"))

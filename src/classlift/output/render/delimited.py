"""Documents as comma-separated values: one table a file; text is guarded against spreadsheet formulas."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Mapping
from typing import Any

from classlift.output.documents.tidy import columns_of, tidy_tables

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")

COMMAND_START = "::"
"""What the log of a CI job takes for a command at the beginning of a line."""


def render(document: Mapping[str, Any]) -> dict[str, str]:
    """Write the tables of a document, by their names; the first is the main one."""
    return {name: _one(rows) for name, rows in tidy_tables(document).items()}


def guard(text: str) -> str:
    """Text that no spreadsheet takes for a formula, no log for a command: an apostrophe goes before it."""
    return f"'{text}" if text.startswith(FORMULA_STARTS) or text.lstrip().startswith(COMMAND_START) else text


def _one(rows: list[dict[str, Any]]) -> str:
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    columns = columns_of(rows)
    writer.writerow(map(guard, columns))
    writer.writerows([_cell(row.get(name)) for name in columns] for row in rows)
    return buffer.getvalue()


def _cell(value: object) -> str:
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    return guard(value) if isinstance(value, str) else repr(float(value)) if isinstance(value, float) else str(value)

"""Tables as comma-separated values with raw numbers; text is guarded against spreadsheet formulas."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Sequence

from classlift.output.tables import Table, Value

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")

COMMAND_START = "::"
"""What the log of a CI job takes for a command at the beginning of a line."""


def render(tables: Sequence[Table]) -> str:
    """Write tables one below the other, a blank line between them."""
    return "\r\n".join(_one(table) for table in tables)


def guard(text: str) -> str:
    """Text that no spreadsheet takes for a formula, no log for a command: an apostrophe goes before it."""
    return f"'{text}" if text.startswith(FORMULA_STARTS) or text.lstrip().startswith(COMMAND_START) else text


def _one(table: Table) -> str:
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    writer.writerow(guard(name) for name in table.columns)
    writer.writerows([_cell(value) for value in row] for row in table.rows)
    return buffer.getvalue()


def _cell(value: Value) -> str:
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    if isinstance(value, str):
        return guard(value)
    return repr(float(value)) if isinstance(value, float) else str(value)

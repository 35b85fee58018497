"""Tables of an export."""

from __future__ import annotations

from typing import TYPE_CHECKING

from classlift.exports.check import CLOSE, TOLERANCE
from classlift.output.tables.table import Table, Value

if TYPE_CHECKING:
    from classlift.exports.check import Agreement
    from classlift.exports.result import Exported


def export_tables(result: Exported) -> list[Table]:
    """Tables of what was written, and of what the check found where there was one."""
    rows: list[tuple[Value, ...]] = [
        *(("file", name) for name in result.files),
        ("form", result.form),
        ("takes", result.takes),
        *((f"gives {name}", what) for name, what in result.outputs),
    ]
    tables = [Table(f"{result.name} for {result.target}", ("what", "value"), tuple(rows), result.notes)]
    return tables if result.agreement is None else [*tables, _agreement_table(result.agreement)]


def _agreement_table(found: Agreement) -> Table:
    rows: list[tuple[Value, ...]] = [
        ("rows compared with apply", found.n_samples),
        (f"rows within {CLOSE:g} of the gate (not checked)", found.n_near_gate),
        (f"rows whose two best values are within {CLOSE:g} (class not checked)", found.n_near_tie),
        ("rows with another class", found.n_other_class),
        (f"rows with a value off by more than {TOLERANCE:g}", found.n_other_values),
        ("largest difference", found.largest),
        ("its row", None if found.row < 0 else found.row),
    ]
    return Table("agrees with apply" if found.holds else "does not agree with apply", ("what", "value"), tuple(rows))

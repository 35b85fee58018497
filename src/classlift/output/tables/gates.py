"""Table of checked gates."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from classlift.output.tables.figures import DIGITS
from classlift.output.tables.table import Points, Share, Table, Value

if TYPE_CHECKING:
    from classlift.gates.result import GateResult


def gate_tables(results: Sequence[GateResult], title: str = "gates") -> list[Table]:
    """One table with a row for each gate; none where there are no gates."""
    if not results:
        return []
    columns = [title.rstrip("s"), "state", "value", "expected", "why"]
    confident = any(result.limit is not None for result in results)
    if confident:
        columns.insert(3, "one-sided bound")
    rows = tuple(_row(result, confident) for result in results)
    return [Table(title, tuple(columns), rows, _footer(results))]


def _row(result: GateResult, confident: bool) -> tuple[Value, ...]:
    cells: list[Value] = [result.gate, str(result.state), _typed(result.value, result), _typed(result.bound, result)]
    if confident:
        cells.insert(3, _typed(result.limit, result))
    return (*cells, "" if result.state == "passed" else result.message)


def _typed(value: float | None, result: GateResult) -> Value:
    match result.measure:
        case "count":
            return None if value is None else int(value) if value == int(value) else value
        case "score":
            return None if value is None else round(value, DIGITS)
        case "points":
            return None if value is None else Points(value)
        case _:
            return None if value is None else Share(value)


def _footer(results: Sequence[GateResult]) -> tuple[str, ...]:
    asked = next((r.confidence for r in results if r.confidence is not None), None)
    return () if asked is None else (f"checked by one-sided bounds that hold with {100 * asked:g} % confidence.",)

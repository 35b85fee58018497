"""Tables of rows that changed sides."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from classlift.output.tables.table import Points, Share, Table, Value

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from classlift.evaluation.flips import Flips

    Columns = Mapping[str, NDArray[Any]]

_PROBABILITIES = ("p_true_before", "p_true_after", "p_before", "p_after")


def flip_tables(result: Flips, *, top: int | None = None) -> list[Table]:
    """Tables of changes: how many there are, and the rows themselves (`top` of them), where they were kept."""
    counts, parts = result.counts, result.columns
    rows: list[tuple[Value, ...]] = [
        ("rows", counts.n_samples),
        ("rows that became right (fixed)", counts.fixed),
        ("rows that became wrong (broken)", counts.broken),
        ("rows that got another class, these included", counts.changed),
        ("rows given here", counts.given),
    ]
    tables = [Table(result.name, ("what", "value"), tuple(rows), counts.notes)]
    if parts:
        heads = tuple(column.replace("_", " ") for column in parts[0])
        lines = [line for part in parts for line in _lines(part)]
        told = () if top is None or top >= len(lines) else (f"{top} of {len(lines)} rows shown; --top 0 shows all.",)
        tables.append(Table("rows", heads, tuple(lines[:top]), told))
    return tables


def _lines(part: Columns) -> list[tuple[Value, ...]]:
    cells = [[_typed(name, value) for value in column.tolist()] for name, column in part.items()]
    return list(zip(*cells, strict=True))


def _typed(name: str, value: Any) -> Value:  # noqa: ANN401
    if name in _PROBABILITIES:
        return Share(value)
    if name == "move":
        return Points(value)
    return value if isinstance(value, str | int | float) else str(value)

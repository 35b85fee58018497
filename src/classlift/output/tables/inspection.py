"""Tables of an inspected prediction file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from classlift.output.tables.table import Share, Table, Value, share, shown, worst_first

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from classlift.data.reading import Reading
    from classlift.fitting.inspection import Inspection


def inspection_tables(result: Inspection, *, top: int | None = None) -> list[Table]:
    """Tables of an inspected prediction file: what it holds, the labelled probabilities, the classes."""
    rows: list[tuple[Value, ...]] = [
        ("scores", str(result.kind)),
        *_read(result.reading),
        ("rows", result.n_samples),
        ("labelled rows", result.n_labelled),
        ("classes", len(result.classes)),
        ("class names", "in the file" if result.has_names else "none; shown by number"),
        ("carried columns", ", ".join(result.columns) or "none"),
        (
            "exact zeros, share of the probabilities",
            share(result.exact_zeros, result.n_samples * len(result.classes)),
        ),
    ]
    if result.competitive is not None:
        competitive = int(result.competitive.sum())
        rows.append(("competitive rows (label > 0.1, largest < 0.8)", competitive))
        rows.append(("competitive share of the labelled rows", share(competitive, result.n_labelled)))
    tables = [Table(result.name, ("what", "value"), tuple(rows), result.notes)]
    if result.histogram is not None:
        tables.append(_histogram_table(result.histogram))
    if result.n_labelled:
        tables.append(_support_table(result, top))
    return tables


def _read(reading: Reading | None) -> list[tuple[Value, ...]]:
    """What was taken for what, and what was not."""
    if reading is None:
        return []
    parts = [
        ("scores from", reading.scores),
        ("known by", reading.why),
        ("labels from", reading.labels or "none"),
        ("labels are", reading.matched),
        ("ids from", reading.ids or "none"),
    ]
    return [*(part for part in parts if part[1]), *(("not taken", reason) for reason in reading.rejected)]


def _histogram_table(histogram: NDArray[np.int64]) -> Table:
    n, total = len(histogram), int(histogram.sum())
    rows = tuple(
        (f"{i / n:.1f} to {(i + 1) / n:.1f}", int(count), share(int(count), total)) for i, count in enumerate(histogram)
    )
    return Table("probability of the label", ("probability", "rows", "share"), rows)


def _support_table(result: Inspection, top: int | None) -> Table:
    counts, order = result.counts, worst_first(result.counts.recall)
    rows: list[tuple[Value, ...]] = [
        (
            result.classes[k],
            int(counts.support[k]),
            int(counts.predicted[k]),
            Share(counts.recall[k]) if counts.support[k] else "no samples",
            None if result.competitive is None else int(result.competitive[k]),
        )
        for k in order[:top]
    ]
    columns = ("class", "samples", "predicted", "recall", "competitive rows")
    return Table("classes, worst first", columns, tuple(rows), shown(len(rows), len(order)))

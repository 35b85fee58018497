"""Tables of one result, and of two on the same rows."""

from __future__ import annotations

import numpy as np

from classlift import metrics
from classlift.evaluation import Comparison, Evaluation, LowChoice
from classlift.tables.table import Points, Share, Table, Value, per_cent, shown, worst_first

LOW_FOOTERS = {
    LowChoice.OWN: "own: the lowest classes are chosen afresh in each result; this is what a user lives with.",
    LowChoice.FIXED: "fixed: the classes that are lowest before, on both sides; it flatters a layer that only moves "
    "the pain to other classes.",
    LowChoice.VAL: "val: the classes that are lowest on the validation file, on both sides.",
}


def comparison_tables(result: Comparison, *, top: int | None = None) -> list[Table]:
    """Tables of a comparison: the figures, and the classes, worst before first (`top` of them)."""
    return [figures(result), classes(result, top)]


def demo_tables(paper: Comparison, tuned: Comparison, *, top: int | None = None) -> list[Table]:
    """Tables of the demo: the figures of either layer, and the classes of the tuned one."""
    return [
        figures(paper, "test file, layer with the paper's numbers (classlift fit)"),
        figures(tuned, "test file, tuned layer (classlift tune)"),
        classes(tuned, top),
    ]


def evaluation_tables(result: Evaluation, *, top: int | None = None) -> list[Table]:
    """Tables of one result: the figures, and the classes, worst first (`top` of them)."""
    counts, fraction = result.counts, per_cent(result.low_fraction)
    rows: list[tuple[Value, ...]] = [
        ("total accuracy", Share(result.total)),
        (f"lowest {fraction} of the classes (own)", Share(result.low())),
        *((name, _typed(name, metrics.METRICS[key](counts))) for name, key in _MORE),
        ("labelled rows", counts.n_samples),
    ]
    figures = Table(f"{result.name}", ("figure", "value"), tuple(rows), result.notes)
    columns = ("class", "samples", "predicted", "precision", "accuracy", "F1", "lowest")
    marks = set(result.own_low.tolist())
    order = worst_first(counts.accuracy)
    precision, f1 = metrics.precision(counts), metrics.f1(counts)
    lines: list[tuple[Value, ...]] = [
        (
            result.classes[k],
            int(counts.support[k]),
            int(counts.predicted[k]),
            Share(precision[k]),
            Share(counts.accuracy[k]) if counts.support[k] else "no samples",
            Share(f1[k]),
            "own" if k in marks else "",
        )
        for k in order[:top]
    ]
    return [figures, Table("classes, worst first", columns, tuple(lines), shown(len(lines), len(order)))]


_MORE = (
    ("worst class", "worst"),
    ("best class minus worst", "gap"),
    ("mean class accuracy (balanced)", "balanced"),
    ("macro F1", "macro_f1"),
    ("weighted F1", "weighted_f1"),
    ("classes never predicted", "never_predicted"),
    ("classes without samples", "no_samples"),
)


def figures(result: Comparison, title: str | None = None) -> Table:
    """Table of the figures of a comparison: before, after, change."""
    before, after, fraction = result.before, result.after, per_cent(result.low_fraction)
    rows = [_change("total accuracy", before.total, after.total)]
    footer = list(result.notes)
    for choice in LowChoice:
        low = result.low(choice)
        if not np.isnan(low[0]):
            rows.append(_change(f"lowest {fraction} of the classes ({choice})", *low))
            footer.append(LOW_FOOTERS[choice])
    for name, key in _MORE:
        figure = metrics.METRICS[key]
        rows.append(_change(name, figure(result.counts.before), figure(result.counts.after)))
    n = result.counts.before.n_samples
    rows.append(("rows mended, rows broken", result.mended, result.broken, result.mended - result.broken))
    if result.n_lifted is not None:
        rows.append(("rows lifted, of all", result.n_lifted, n, None))
    return Table(title or result.name, ("figure", "before", "after", "change"), tuple(rows), tuple(footer))


def classes(result: Comparison, top: int | None) -> Table:
    """Table of the classes of a comparison, worst before first."""
    before, after = result.counts.before, result.counts.after
    low_before, low_after = set(result.before.own_low.tolist()), set(result.after.own_low.tolist())
    order = worst_first(before.accuracy)
    rows: list[tuple[Value, ...]] = [
        (
            result.classes[k],
            int(before.support[k]),
            int(before.predicted[k]),
            int(after.predicted[k]),
            Share(before.accuracy[k]) if before.support[k] else "no samples",
            Share(after.accuracy[k]) if before.support[k] else "no samples",
            Points(after.accuracy[k] - before.accuracy[k]),
            int(result.counts.mended[k]),
            int(result.counts.broken[k]),
            " ".join(["before"] * (k in low_before) + ["after"] * (k in low_after)),
        )
        for k in order[:top]
    ]
    columns = (
        "class",
        "samples",
        "predicted before",
        "predicted after",
        "accuracy before",
        "accuracy after",
        "change",
        "mended",
        "broken",
        "among the lowest",
    )
    return Table("classes, worst before first", columns, tuple(rows), shown(len(rows), len(order)))


def _change(name: str, before: float, after: float) -> tuple[Value, ...]:
    old, new = _typed(name, before), _typed(name, after)
    if isinstance(old, int) and isinstance(new, int):
        return (name, old, new, new - old)
    return (name, old, new, Points(after - before))


def _typed(name: str, value: float) -> Value:
    return int(value) if name.startswith("classes ") else Share(value)

"""Tables of one result, and of two on the same rows."""

from __future__ import annotations

import numpy as np

from classlift.data import metrics
from classlift.evaluation import Comparison, Evaluation, LowChoice
from classlift.output.tables.confusion import comparison_confusions, evaluation_confusions
from classlift.output.tables.intervals import (
    OF_CHANGES,
    OF_SHARES,
    change_span,
    comparison_footer,
    evaluation_footer,
    span,
)
from classlift.output.tables.table import Cost, Points, Share, Table, Value, per_cent, shown, without, worst_first

LOW_FOOTERS = {
    LowChoice.LOW20: "low20: the lowest classes are chosen afresh in each result; this is what a user lives with.",
    LowChoice.BASELINE: "low20.baseline: the classes that are lowest before, on both sides; it flatters a layer that "
    "only moves the pain to other classes.",
    LowChoice.VALIDATION: "low20.validation: the classes that are lowest on the validation file, on both sides.",
}


def comparison_tables(result: Comparison, *, top: int | None = None) -> list[Table]:
    """Tables of a comparison: the figures, the classes, worst before first (`top` of them), the confusions."""
    return [figures(result), classes(result, top), *comparison_confusions(result, top)]


def demo_tables(paper: Comparison, tuned: Comparison, *, top: int | None = None) -> list[Table]:
    """Tables of the demo: the figures of either layer, and the classes of the tuned one."""
    return [
        figures(paper, "test file, layer with the paper's numbers (classlift fit)"),
        figures(tuned, "test file, tuned layer (classlift tune)"),
        classes(tuned, top),
    ]


def evaluation_tables(result: Evaluation, *, top: int | None = None) -> list[Table]:
    """Tables of one result: the figures, the classes, worst first (`top` of them), the confusions."""
    return [_one_figures(result), _one_classes(result, top), *evaluation_confusions(result, top)]


def _one_figures(result: Evaluation) -> Table:
    counts, fraction = result.counts, per_cent(result.low_fraction)
    rows: list[tuple[Value, ...]] = [
        ("total accuracy", Share(result.total), span(*result.interval("total"))),
        (f"lowest {fraction} of the classes (low20)", Share(result.low()), span(*result.low_draws.interval())),
        *((name, _typed(name, metrics.METRICS[key](counts)), "") for name, key in _MORE),
        *((name, value, "") for name, value in scoring_values(result)),
        ("labelled rows", counts.n_samples, ""),
    ]
    columns = ("figure", "value", OF_SHARES)
    footer = result.notes + _scoring_footer(result)
    if not result.resampling.n_draws:
        return without(Table(result.name, columns, tuple(rows), footer), OF_SHARES)
    return Table(result.name, columns, tuple(rows), footer + evaluation_footer(result))


def _one_classes(result: Evaluation, top: int | None) -> Table:
    counts = result.counts
    marks = set(result.lowest_classes.tolist())
    order = worst_first(counts.recall)
    precision, f1 = metrics.precision(counts), metrics.f1(counts)
    low, high = result.recall_intervals()
    rows: list[tuple[Value, ...]] = [
        (
            result.classes[k],
            int(counts.support[k]),
            int(counts.predicted[k]),
            Share(precision[k]),
            Share(counts.recall[k]) if counts.support[k] else "no samples",
            span(low[k], high[k]),
            Share(f1[k]),
            "low20" if k in marks else "",
        )
        for k in order[:top]
    ]
    columns = ("class", "samples", "predicted", "precision", "recall", OF_SHARES, "F1", "lowest")
    told = shown(len(rows), len(order))
    table = Table("classes, worst first", columns, tuple(rows), told, bars=("recall",))
    return table if result.resampling.n_draws else without(table, OF_SHARES)


GAP = "best class minus worst"
_MORE = (
    ("worst class", "worst"),
    (GAP, "gap"),
    ("mean recall (balanced)", "balanced"),
    ("macro F1", "macro_f1"),
    ("weighted F1", "weighted_f1"),
    ("classes never predicted", "never_predicted"),
    ("classes without samples", "no_samples"),
)


def scoring_values(result: Evaluation) -> list[tuple[str, Value]]:
    """Names and values of the scoring rules; none where there are no probabilities."""
    scoring = result.details.scoring
    if scoring is None:
        return []
    return [
        ("negative log-likelihood", round(scoring.log_loss, 6)),
        ("Brier score", round(scoring.brier, 6)),
        ("expected calibration error", Share(scoring.calibration_error)),
    ]


def _scoring_footer(result: Evaluation) -> tuple[str, ...]:
    if result.details.scoring is None:
        return ()
    return (
        "scoring rules: log-likelihood with p at least 1e-12; Brier score summed over classes (0 to 2); calibration "
        "error of the largest probability in 15 bins of equal width.",
    )


def figures(result: Comparison, title: str | None = None, *, intervals: bool = True) -> Table:
    """Table of the figures of a comparison: before, after, change, and its interval unless none was drawn."""
    drawn = intervals and result.resampling.n_draws > 0
    total = change_span(*result.interval("total.change"))
    rows = [(*_change("total accuracy", result.before.total, result.after.total), total)]
    footer = list(result.notes)
    for choice in LowChoice:
        low = result.low(choice)
        if not np.isnan(low[0]):
            low20 = drawn and choice is LowChoice.LOW20
            ends = change_span(*result.low_change_draws.interval()) if low20 else ""
            rows.append((*_change(f"lowest {per_cent(result.low_fraction)} of the classes ({choice})", *low), ends))
            footer.append(LOW_FOOTERS[choice])
    rows += [(*row, "") for row in _more_rows(result)]
    footer += _scoring_footer(result.before)
    columns = ("figure", "before", "after", "change", OF_CHANGES)
    if not drawn:
        return without(Table(title or result.name, columns, tuple(rows), tuple(footer)), OF_CHANGES)
    return Table(title or result.name, columns, tuple(rows), (*footer, *comparison_footer(result)))


def _more_rows(result: Comparison) -> list[tuple[Value, ...]]:
    """Figures without an interval: before, after, change."""
    before, after = result.counts.before, result.counts.after
    rows = [_change(name, metrics.METRICS[key](before), metrics.METRICS[key](after)) for name, key in _MORE]
    pairs = zip(scoring_values(result.before), scoring_values(result.after), strict=False)
    for (name, old), (_, new) in pairs:
        assert isinstance(old, float) and isinstance(new, float)
        rows.append((name, old, new, Cost(new - old) if isinstance(old, Share) else round(new - old, 6)))
    rows.append(("rows fixed, rows broken", result.fixed, result.broken, result.fixed - result.broken))
    if result.n_adjusted is not None:
        rows.append(("rows adjusted, of all", result.n_adjusted, before.n_samples, None))
    return rows


def classes(result: Comparison, top: int | None) -> Table:
    """Table of the classes of a comparison, worst before first."""
    before, after = result.counts.before, result.counts.after
    low_before, low_after = set(result.before.lowest_classes.tolist()), set(result.after.lowest_classes.tolist())
    order = worst_first(before.recall)
    low, high = result.recall_change_intervals()
    rows: list[tuple[Value, ...]] = [
        (
            result.classes[k],
            int(before.support[k]),
            int(before.predicted[k]),
            int(after.predicted[k]),
            Share(before.recall[k]) if before.support[k] else "no samples",
            Share(after.recall[k]) if before.support[k] else "no samples",
            Points(after.recall[k] - before.recall[k]),
            change_span(low[k], high[k]),
            int(result.counts.fixed[k]),
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
        "recall before",
        "recall after",
        "change",
        OF_CHANGES,
        "fixed",
        "broken",
        "among the lowest",
    )
    told, bars = shown(len(rows), len(order)), ("recall before", "recall after")
    table = Table("classes, worst before first", columns, tuple(rows), told, bars)
    return table if result.resampling.n_draws else without(table, OF_CHANGES)


def _change(name: str, before: float, after: float) -> tuple[Value, ...]:
    old, new = _typed(name, before), _typed(name, after)
    if isinstance(old, int) and isinstance(new, int):
        return (name, old, new, new - old)
    change = Cost if name == GAP else Points
    return (name, old, new, change(after - before))


def _typed(name: str, value: float) -> Value:
    return int(value) if name.startswith("classes ") else Share(value)

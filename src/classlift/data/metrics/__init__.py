"""Every figure once. Tables, JSON documents, gates, batches, pages and the objectives of tuning read METRICS.

A new figure is one entry.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from classlift.data.metrics.metric import LOW_FRACTION, Better, ClassMetric, Metric, Result, Unit
from classlift.data.metrics.values import (
    LEAST_GROUP,
    balanced_accuracy,
    f1,
    gap,
    group_gap,
    group_size,
    low_classes,
    low_recall,
    low_size,
    lowest,
    macro_f1,
    mean_cost,
    never_predicted,
    no_samples,
    precision,
    ranked_groups,
    recall,
    total_accuracy,
    totals,
    weighted_f1,
    worst_group,
    worst_recall,
)

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from classlift.data.scoring import Scoring

    Floats = NDArray[np.float64]

__all__ = [
    "CLASS_METRICS",
    "LEAST_GROUP",
    "LOW_FRACTION",
    "METRICS",
    "Better",
    "ClassMetric",
    "Metric",
    "Result",
    "Unit",
    "balanced_accuracy",
    "baseline_low",
    "f1",
    "gap",
    "group_size",
    "low_classes",
    "low_recall",
    "low_size",
    "lowest",
    "macro_f1",
    "metric_of",
    "never_predicted",
    "no_samples",
    "objectives",
    "precision",
    "ranked_groups",
    "recall",
    "total_accuracy",
    "totals",
    "value_of",
    "weighted_f1",
    "worst_recall",
]


def _given(result: Result, classes: NDArray[np.intp] | None) -> float | Floats:
    return float("nan") if classes is None else low_recall(result.counts.recall, classes)


def baseline_low(result: Result) -> NDArray[np.intp] | None:
    """Lowest classes of the result before; None where there is none."""
    return None if result.baseline is None else low_classes(result.baseline.recall, result.low_fraction)


def _score(pick: Callable[[Scoring], float]) -> Callable[[Result], float]:
    return lambda result: float("nan") if result.scoring is None else pick(result.scoring)


PROBABILITIES = "probabilities or logits, of which a score says how good they are"


def _top(k: int) -> Metric:
    return Metric(
        f"top-{k} accuracy (top{k})",
        _score(lambda s: s.top(k)),
        interval="wilson",
        needs=f"{PROBABILITIES}, of more than {k} classes",
        scores=True,
        by_shares=True,
        note=f"top{k}: the right class is among the {k} most probable.",
    )


METRICS: dict[str, Metric] = {
    "total": Metric(
        "total accuracy", lambda r: total_accuracy(r.counts), interval="wilson", change_interval="tango", by_shares=True
    ),
    "low20": Metric(
        "low-{low} % accuracy (low{low})",
        lambda r: lowest(r.counts, r.low_fraction),
        interval="lowest",
        change_interval="lowest",
        note="low{low}: the lowest classes are chosen afresh in each result; this is what users see.",
    ),
    "low20.baseline": Metric(
        "lowest {low} % before (low{low}.baseline)",
        lambda r: _given(r, baseline_low(r)),
        interval="chosen before",
        needs="two results on the same rows; give --layer or --against",
        note="low{low}.baseline: the classes that are lowest before, on both sides; it is too kind to a layer that "
        "only moves the loss to other classes.",
    ),
    "low20.validation": Metric(
        "lowest {low} % on VAL (low{low}.validation)",
        lambda r: _given(r, r.validation_low),
        interval="given",
        needs="the lowest classes of the validation file, which a layer file keeps",
        note="low{low}.validation: the classes that are lowest on the validation file, on both sides.",
    ),
    "worst": Metric("worst class", lambda r: worst_recall(r.counts), interval="worst"),
    "gap": Metric("best class minus worst", lambda r: gap(r.counts), better=Better.DOWN, difference=True),
    "worst_group": Metric(
        "worst group (worst_group)",
        lambda r: worst_group(r.groups),
        interval="worst group",
        change_interval="worst group",
        needs=f"groups of at least {LEAST_GROUP} labelled rows; give --by COLUMN",
        grouped=True,
        note=f"worst_group: lowest total of the groups of at least {LEAST_GROUP} rows.",
    ),
    "group_gap": Metric(
        "best group minus worst (group_gap)",
        lambda r: group_gap(r.groups),
        better=Better.DOWN,
        difference=True,
        needs=f"two groups of at least {LEAST_GROUP} labelled rows; give --by COLUMN",
        grouped=True,
    ),
    "balanced": Metric("mean recall (balanced)", lambda r: balanced_accuracy(r.counts)),
    "macro_f1": Metric("macro F1", lambda r: macro_f1(r.counts), by_shares=True),
    "weighted_f1": Metric("weighted F1", lambda r: weighted_f1(r.counts), by_shares=True),
    "never_predicted": Metric("classes never predicted", lambda r: never_predicted(r.counts), Unit.COUNT, Better.DOWN),
    "no_samples": Metric("classes without samples", lambda r: no_samples(r.counts), Unit.COUNT, Better.DOWN),
    "cost": Metric(
        "mean cost of a row (cost)",
        lambda r: mean_cost(r.counts),
        Unit.SCORE,
        Better.DOWN,
        interval="cost",
        change_interval="cost",
        by_shares=True,
        needs="costs of mistakes; give --costs FILE",
        note="cost: what the mistakes cost by the costs that were given, spread over all rows.",
    ),
    "top5": _top(5),
    "nll": Metric(
        "negative log-likelihood (nll)",
        _score(lambda s: s.log_loss),
        Unit.SCORE,
        Better.DOWN,
        interval="log loss",
        needs=PROBABILITIES,
        scores=True,
        by_shares=True,
        note="nll: of the right class, with p at least 1e-12.",
    ),
    "brier": Metric(
        "Brier score (brier)",
        _score(lambda s: s.brier),
        Unit.SCORE,
        Better.DOWN,
        interval="brier",
        needs=PROBABILITIES,
        scores=True,
        by_shares=True,
        note="brier: summed over classes (0 to 2).",
    ),
    "ece": Metric(
        "expected calibration error (ece)",
        _score(lambda s: s.calibration_error),
        Unit.SHARE,
        Better.DOWN,
        needs=PROBABILITIES,
        scores=True,
        by_shares=True,
        note="ece: of the largest probability in 15 bins of equal width.",
    ),
}
"""Figures of a whole result, in the order in which they are shown."""

CLASS_METRICS: dict[str, ClassMetric] = {
    "recall": ClassMetric("recall", recall),
    "precision": ClassMetric(
        "precision", precision, needs="is never predicted, so it has no precision", by_shares=True
    ),
    "f1": ClassMetric("F1", f1, by_shares=True),
    "support": ClassMetric("samples", lambda counts: counts.support, Unit.COUNT),
    "predicted": ClassMetric("predicted", lambda counts: counts.predicted, Unit.COUNT),
}
"""Figures of each class."""


def metric_of(name: str) -> Metric | None:
    """The figure of this name; the right class among the first k is one for any k, as in ``top3``.

    Examples
    --------
    >>> metric_of("top3").title, metric_of("tip3")
    ('top-3 accuracy (top3)', None)
    """
    ranked = re.fullmatch(r"top([1-9]\d{0,8})", name)
    return METRICS.get(name) or (_top(int(ranked[1])) if ranked else None)


def value_of(name: str, result: Result) -> float:
    """Value of a figure of one result, NaN where it is not known; KeyError if there is no such figure."""
    metric = metric_of(name)
    if metric is None:
        raise KeyError(name)
    return float(metric.value(result))


def objectives() -> tuple[str, ...]:
    """Figures that tuning can lift: shares that follow from counts of the rows themselves."""
    return tuple(
        name
        for name, metric in METRICS.items()
        if metric.unit is Unit.SHARE and not (metric.scores or metric.grouped or "." in name)
    )

"""What is added up of rows: counts, adjusted rows, details, fingerprint; pieces of a source add up to the whole."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, Generic, TypeVar

import numpy as np

from classlift.data.adding import AddsUp
from classlift.data.classes import class_names
from classlift.data.counts import ClassCounts, PairedCounts
from classlift.data.fingerprint import Fingerprint
from classlift.data.predictions import require_labels
from classlift.data.repairs import NO_REPAIRS, Repairs
from classlift.evaluation.details import Details, DetailSum
from classlift.evaluation.groups import Groups, check_few, columns_of, count_groups

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from classlift.data.adjusted import AdjustedBlock, Layer
    from classlift.data.costs import Costs
    from classlift.data.predictions import Predictions
    from classlift.data.source import PredictionSource
    from classlift.evaluation.options import EvaluationOptions

C = TypeVar("C", ClassCounts, PairedCounts)


@dataclass(frozen=True, eq=False)
class Accumulator(AddsUp, Generic[C]):
    """What is added up of the rows of one result, or of rows raw and adjusted.

    Parameters
    ----------
    counts : ClassCounts or PairedCounts
        Counts per class; of rows raw and adjusted with those that were fixed and broken.
    n_adjusted : int
        Rows below the layer's confidence threshold.
    details : tuple of Details
        Scoring rules and confusions of the result, or before and after; empty where nobody asked for them.
    fingerprint : Fingerprint, optional
        Of the raw rows, where it was asked for.
    repairs : Repairs
        What reading did to bad rows.
    groups : mapping
        Counts of each group, where they were asked for.
    """

    counts: C
    n_adjusted: int = 0
    details: tuple[Details, ...] = ()
    fingerprint: Fingerprint | None = None
    repairs: Repairs = NO_REPAIRS
    groups: Groups[C] = field(default_factory=dict)

    @property
    def digest(self) -> str | None:
        """Fingerprint of the rows as text, where it was asked for."""
        return None if self.fingerprint is None else self.fingerprint.hexdigest()


def raw_block(block: Predictions, *, needs_labels: bool = True) -> Accumulator[ClassCounts]:
    """Counts and fingerprint of a block; without labels, where they are not needed, no row counts."""
    labelled = needs_labels or block.labels is not None
    counts = _counts(block) if labelled else ClassCounts.zeros(block.n_classes)
    return Accumulator(counts, fingerprint=Fingerprint.of(block))


def adjusted_block(block: Predictions, result: AdjustedBlock, costs: Costs | None = None) -> Accumulator[PairedCounts]:
    """Counts of a block raw against adjusted."""
    rows = require_labels(block), block.predicted, result.predicted
    counts = PairedCounts.of(*rows, block.n_classes, block.clusters, costs)
    return Accumulator(counts, int(result.adjusted.sum()))


def left_out_block(
    block: Predictions, fold_of_row: NDArray[np.int8], layers: Sequence[Layer]
) -> Accumulator[PairedCounts]:
    """Counts of a block raw against adjusted, each row by the layer that was fitted without its fold."""
    parts = (block.take(np.flatnonzero(fold_of_row == fold)) for fold in range(len(layers)))
    found = (adjusted_block(part, layer.apply(part), layer.costs) for part, layer in zip(parts, layers, strict=True))
    return sum(found, no_pairs(block.n_classes))


def costs_for(costs: Costs | None, source: PredictionSource) -> Costs | None:
    """Costs in the order of a source's classes, where there are some."""
    return costs and costs.in_order(class_names(source.classes, source.n_classes), source.name)


def no_rows(n_classes: int) -> Accumulator[ClassCounts]:
    """Sums of no rows of one result."""
    return Accumulator(ClassCounts.zeros(n_classes))


def no_pairs(n_classes: int) -> Accumulator[PairedCounts]:
    """Sums of no rows raw and adjusted."""
    return Accumulator(PairedCounts.zeros(n_classes))


def accumulate_rows(source: PredictionSource, options: EvaluationOptions) -> Accumulator[ClassCounts]:
    """Add up the labelled rows of a source, with their groups and details, in one pass."""
    total, details = no_rows(source.n_classes), DetailSum(source.n_classes, options)
    count = partial(ClassCounts.of, costs=costs_for(options.costs, source))
    for block in source.blocks():
        columns, rows = columns_of(options.by, block), (require_labels(block), block.predicted)
        total += Accumulator(
            count(*rows, source.n_classes, block.clusters),
            groups=count_groups(columns, count, source.n_classes, block.clusters, *rows),
        )
        check_few(total.groups, source.name)
        details.add_block(block)
    return replace(total, details=(details.total(),))


def _counts(block: Predictions) -> ClassCounts:
    return ClassCounts.of(require_labels(block), block.predicted, block.n_classes, block.clusters)

"""What evaluation adds up of rows: counts, details, fingerprints; pieces of a source add up to the whole, exactly."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from classlift.data.counts import ClassCounts, PairedCounts
from classlift.data.fingerprint import Fingerprint
from classlift.data.kind import Kind
from classlift.data.predictions import Predictions, require_labels
from classlift.data.source import require_raw
from classlift.evaluation import Tally

if TYPE_CHECKING:
    from classlift.data.adjusted import Layer
    from classlift.data.source import PredictionSource
    from classlift.evaluation.details import Details


@dataclass(frozen=True, eq=False)
class ResultTally:
    """What is added up of one result.

    Parameters
    ----------
    counts : ClassCounts
        Counts per class.
    details : Details
        Scoring rules and confusions.
    """

    counts: ClassCounts
    details: Details

    def __add__(self, other: Self) -> Self:
        return type(self)(self.counts + other.counts, self.details + other.details)


@dataclass(frozen=True, eq=False)
class LayerTally:
    """What is added up of rows raw and adjusted.

    Parameters
    ----------
    counts : PairedCounts
        Counts of both, and the rows that changed sides.
    n_adjusted : int
        Rows that the gate let through.
    details : tuple of Details
        Scoring rules and confusions before and after.
    fingerprint : Fingerprint
        Of the raw rows.
    """

    counts: PairedCounts
    n_adjusted: int
    details: tuple[Details, Details]
    fingerprint: Fingerprint

    def __add__(self, other: Self) -> Self:
        return type(self)(
            self.counts + other.counts,
            self.n_adjusted + other.n_adjusted,
            (self.details[0] + other.details[0], self.details[1] + other.details[1]),
            self.fingerprint + other.fingerprint,
        )


def tally_rows(source: PredictionSource, *, confusion: bool) -> ResultTally:
    """Tally the labelled rows of a source in one pass."""
    counts, tally = ClassCounts.zeros(source.n_classes), Tally(source.n_classes, confusion=confusion)
    for block in source.blocks():
        counts += ClassCounts.of(require_labels(block), block.predicted, source.n_classes)
        add_block(tally, block)
    return ResultTally(counts, tally.total())


def tally_layer(source: PredictionSource, layer: Layer, *, confusion: bool) -> LayerTally:
    """Tally the labelled rows of a source, raw and adjusted, in one pass."""
    require_raw(source)
    layer.check_fits(source.name, source.kind, source.n_classes, source.classes)
    counts, n_adjusted = PairedCounts.zeros(source.n_classes), 0
    fingerprint = Fingerprint(source.n_classes, source.kind)
    before, after = (Tally(source.n_classes, confusion=confusion) for _ in range(2))
    for block in source.blocks():
        result = layer.apply(block)
        labels = require_labels(block)
        fingerprint += Fingerprint.of(block)
        add_block(before, block)
        after.add(labels, result.predicted, result.probabilities())
        counts += PairedCounts.of(labels, block.predicted, result.predicted, source.n_classes)
        n_adjusted += int(result.adjusted.sum())
    return LayerTally(counts, n_adjusted, (before.total(), after.total()), fingerprint)


def add_block(tally: Tally, block: Predictions) -> None:
    """Add the labelled rows of a block, as they are."""
    probabilities = None if block.kind is Kind.SCORES else block.probabilities
    tally.add(require_labels(block), block.predicted, probabilities)

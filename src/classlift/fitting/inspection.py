"""What a prediction file holds, before anything is fitted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from classlift.data.classes import class_names
from classlift.data.counts import ClassCounts
from classlift.data.kind import Kind
from classlift.data.metrics import CLASS_METRICS
from classlift.data.notebook import Shown, frame_of
from classlift.data.reading import Reading, reading_of
from classlift.methods.elaborated import ElaboratedSettings, competitive

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from classlift.data.predictions import Predictions
    from classlift.data.source import PredictionSource

N_BINS = 10


@dataclass(frozen=True, eq=False, repr=False)
class Inspection(Shown):
    """What one pass over a prediction file found.

    Parameters
    ----------
    name : str
        What was read.
    kind : Kind
        What its scores are.
    n_samples, n_labelled : int
        Rows, and those with a known label.
    classes : tuple of str
        Class names to show.
    has_names : bool
        Whether the file names its classes.
    columns : tuple of str
        Ids and other columns that are carried through.
    counts : ClassCounts
        Counts per class over the labelled rows.
    histogram : ndarray of int64, shape (10,), optional
        Labelled rows by the probability of their label [Choi 2017, Fig. 2]; None for scores.
    competitive : ndarray of int64, shape (n_classes,), optional
        Competitive rows per class at the default range; None for scores.
    exact_zeros : int
        Probabilities that are exactly 0.
    notes : tuple of str
        Problems and other things to know.
    reading : Reading, optional
        What was taken for what.
    """

    name: str
    kind: Kind
    n_samples: int
    n_labelled: int
    classes: tuple[str, ...]
    has_names: bool
    columns: tuple[str, ...]
    counts: ClassCounts
    histogram: NDArray[np.int64] | None
    competitive: NDArray[np.int64] | None
    exact_zeros: int
    notes: tuple[str, ...]
    reading: Reading | None = None

    def to_frame(self) -> pd.DataFrame:
        """One row per class, in class order: its rows, how often it is predicted, precision, recall, F1."""
        columns = {name: metric.value(self.counts) for name, metric in CLASS_METRICS.items()}
        if self.competitive is not None:
            columns["competitive"] = self.competitive
        return frame_of(columns, self.classes)

    def to_dict(self) -> dict[str, float]:
        """Rows, labelled rows, classes and zeros in one flat dictionary."""
        names = ("n_samples", "n_labelled", "exact_zeros")
        return {name: getattr(self, name) for name in names} | {"n_classes": len(self.classes)}

    def _lines(self) -> tuple[str, str]:
        head = f"Inspection of {self.name}: {self.n_samples:,} rows of {self.kind}, {len(self.classes):,} classes"
        return head, "; ".join(self.notes) or f"{self.n_labelled:,} rows are labelled"

    def _frame(self) -> pd.DataFrame:
        return self.to_frame()


def inspect(source: PredictionSource) -> Inspection:
    """Read a source once and say what it holds.

    Parameters
    ----------
    source : PredictionSource
        Predictions of any kind, with or without labels.

    Returns
    -------
    Inspection
    """
    n_classes = source.n_classes
    counts = ClassCounts.zeros(n_classes)
    histogram, rows = np.zeros(N_BINS, np.int64), np.zeros(n_classes, np.int64)
    n_samples = zeros = 0
    columns: tuple[str, ...] = ()
    for block in source.blocks():
        n_samples += block.n_samples
        zeros += int((block.scores == 0).sum()) if block.kind is Kind.PROBABILITIES else 0
        columns = tuple(block.columns)
        if block.labels is not None:
            counts += ClassCounts.of(block.labels, block.predicted, n_classes)
            if block.kind is not Kind.SCORES:
                histogram += _histogram(block)
                rows += _competitive_rows(block)
    labelled = source.has_labels and source.kind is not Kind.SCORES
    return Inspection(
        source.name,
        source.kind,
        n_samples,
        counts.n_samples,
        class_names(source.classes, n_classes),
        source.classes is not None,
        columns,
        counts,
        histogram if labelled else None,
        rows if labelled else None,
        zeros,
        (*source.notes, *_problems(counts, rows if labelled else None, n_samples, source.has_labels)),
        reading_of(source),
    )


def _histogram(block: Predictions) -> NDArray[np.int64]:
    true = block.true_probability()
    known = true[~np.isnan(true)]
    return np.bincount(np.minimum((known * N_BINS).astype(np.int64), N_BINS - 1), minlength=N_BINS)


def _competitive_rows(block: Predictions) -> NDArray[np.int64]:
    assert block.labels is not None
    defaults = ElaboratedSettings()
    return np.bincount(block.labels[competitive(block, defaults.rlow, defaults.rhigh)], minlength=block.n_classes)


def _problems(counts: ClassCounts, rows: NDArray[np.int64] | None, n_samples: int, has_labels: bool) -> tuple[str, ...]:
    """Sentences on what will limit a fit."""
    if not has_labels:
        return ("no labels: the file can be adjusted, but not fitted on or evaluated",)
    seen = counts.support > 0
    found = [
        (n_samples - counts.n_samples, "row is unlabelled", "rows are unlabelled"),
        (int((~seen).sum()), "class has no samples", "classes have no samples"),
        (
            int((seen & (counts.predicted == 0)).sum()),
            "class with samples is never predicted",
            "classes with samples are never predicted",
        ),
        (
            int((seen & (counts.support < 20)).sum()),
            "class has fewer than 20 samples: its figures are noisy",
            "classes have fewer than 20 samples: their figures are noisy",
        ),
    ]
    if rows is not None:
        lowered = "no competitive row: `elaborated` can only lower"
        found.append((int((seen & (rows == 0)).sum()), f"class has {lowered} it", f"classes have {lowered} them"))
    return tuple(f"{number:,} {one if number == 1 else many}" for number, one, many in found if number)

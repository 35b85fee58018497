"""Blend several predictions of the same rows into one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from classlift import kernels
from classlift.data import metrics
from classlift.data.counts import ClassCounts
from classlift.data.kind import Kind
from classlift.data.notebook import Shown, frame_of
from classlift.data.reading import reading_of
from classlift.data.scoring import Scoring
from classlift.evaluation.pairing import together
from classlift.evaluation.same_rows import OrderCheck
from classlift.fitting.blend_weights import FittedWeights, fit_weights, pooled
from classlift.layer.apply import beside_what_came, left_out

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from classlift.data.predictions import Predictions
    from classlift.data.reading import Reading
    from classlift.data.source import PredictionSource

    Floats = NDArray[np.float64]
    Columns = Mapping[str, NDArray[Any]]


@dataclass(frozen=True, eq=False)
class Judged:
    """One input of a blend, or the blend, with its figures.

    Parameters
    ----------
    name : str
        What messages call it.
    weight : float
        Its weight; 1 for the blend itself.
    counts : ClassCounts
        Of the labelled rows; of none where there are no labels.
    scoring : Scoring
        Scoring rules of the same rows.
    """

    name: str
    weight: float
    counts: ClassCounts
    scoring: Scoring

    @property
    def total(self) -> float:
        """Total accuracy; NaN without labels."""
        return float(metrics.total_accuracy(self.counts))

    @property
    def low20(self) -> float:
        """Accuracy of the lowest 20 % of the classes; NaN without labels."""
        return float(metrics.lowest(self.counts, metrics.LOW_FRACTION))

    @property
    def nll(self) -> float:
        """Negative log-likelihood of the right class; NaN without labels."""
        return self.scoring.log_loss

    @property
    def figures(self) -> dict[str, float]:
        """Its figures by name."""
        return {"total": self.total, "low20": self.low20, "nll": self.nll}


@dataclass(frozen=True, eq=False, repr=False)
class Blend(Shown):
    """What several predictions of the same rows give together.

    Parameters
    ----------
    n_samples : int
        Rows, labelled or not.
    inputs : tuple of Judged
        The inputs in their order, with their weights.
    blend : Judged
        What they give together.
    fit : FittedWeights, optional
        How the weights were fitted, where that was asked for.
    notes : tuple of str
        What a user should know.
    reading : Reading, optional
        What was taken for what in the first input.
    columns : mapping of str to ndarray
        The pooled rows, where no file was written: what came with the first input, and ``probs``.
    """

    n_samples: int
    inputs: tuple[Judged, ...]
    blend: Judged
    fit: FittedWeights | None
    notes: tuple[str, ...]
    reading: Reading | None
    columns: Columns = field(default_factory=dict)

    @property
    def name(self) -> str:
        """What was pooled."""
        return self.blend.name

    @property
    def weights(self) -> Floats:
        """Weight of each input, which sum to 1."""
        return np.array([one.weight for one in self.inputs])

    @property
    def has_labels(self) -> bool:
        """Whether there are figures."""
        return self.blend.counts.n_samples > 0

    def to_frame(self) -> pd.DataFrame:
        """One row for each input, and the last for the blend: weight, total, low20, nll."""
        rows = (*self.inputs, self.blend)
        return frame_of([{"weight": one.weight, **one.figures} for one in rows], [one.name for one in rows], "input")

    def to_dict(self) -> dict[str, float]:
        """Figures of the blend, in one flat dictionary."""
        return {"n_samples": self.n_samples, **(self.blend.figures if self.has_labels else {})}

    def _lines(self) -> tuple[str, str]:
        head = f"Blend of {len(self.inputs)} inputs: {self.n_samples:,} rows"
        return head, "weights " + ", ".join(f"{weight:.4g}" for weight in self.weights)

    def _frame(self) -> pd.DataFrame:
        return self.to_frame()


def blend_sources(
    sources: Sequence[PredictionSource],
    write: Callable[[Columns], None],
    *,
    weights: Floats | None,
    fit: bool = False,
    by_id: Sequence[bool],
) -> Blend:
    r"""Blend the rows of sources that have them in the same order: a weighted geometric mean of probabilities.

    :math:`q_k \propto \prod_m p_{mk}^{w_m}`, :math:`\sum_m w_m = 1`: the softmax of the weighted mean of
    log-probabilities, a logarithmic opinion pool [Genest and Zidek 1986, Combining Probability Distributions]. A
    probability counts as 1e-12 at least, so that no single input forbids a class.

    Parameters
    ----------
    sources : sequence of PredictionSource
        At least two, with their classes and rows in one order.
    write : callable
        Gets the columns of each block: those of the first source that came, and ``probs``.
    weights : ndarray, shape (n_sources,), optional
        Not negative, with the sum 1; None: equal.
    fit : bool
        Whether to fit them on the labels instead.
    by_id : sequence of bool
        Which sources are paired with the first by ids.

    Returns
    -------
    Blend
    """
    n_inputs, first = len(sources), sources[0]
    fitted = fit_weights(lambda: _rows(sources), n_inputs, first.n_classes, first.name) if fit else None
    if fitted is not None:
        weights = fitted.weights
    weights = np.full(n_inputs, 1 / n_inputs) if weights is None else weights
    sums = [_Sums(first.n_classes) for _ in range(n_inputs + 1)]
    orders = [None if known else OrderCheck() for known in by_id]
    rows = 0
    for blocks in together(sources, orders):
        labels = _labels(blocks)
        scores = _mean(blocks, weights)
        write({**beside_what_came(blocks[0], {"probs": scores}, "blend"), **_labels_of_others(blocks)})
        rows += len(scores)
        if labels is not None:
            for one, block in zip(sums, blocks, strict=False):
                one.add(block.probabilities, labels, block.predicted)
            sums[-1].add(scores, labels, scores.argmax(axis=1))
    names = [source.name for source in sources]
    inputs = tuple(one.judged(*more) for one, *more in zip(sums, names, weights.tolist(), strict=False))
    notes = [*_notes(sources), *(note for order in orders if order is not None for note in order.notes)]
    whole = sums[-1].judged(f"blend of {n_inputs} inputs", 1.0)
    return Blend(rows, inputs, whole, fitted, tuple(dict.fromkeys((*notes, *left_out(first)))), reading_of(first))


class _Sums:
    """Counts and scoring rules, block after block."""

    def __init__(self, n_classes: int) -> None:
        self.counts, self.scoring = ClassCounts.zeros(n_classes), Scoring.zeros(n_classes)

    def add(self, scores: NDArray[np.floating], labels: NDArray[np.int64], predicted: NDArray[np.integer]) -> None:
        self.counts += ClassCounts.of(labels, predicted, scores.shape[1])
        self.scoring += Scoring.of(scores, labels, predicted)

    def judged(self, name: str, weight: float) -> Judged:
        return Judged(name, weight, self.counts, self.scoring)


def log_probabilities(block: Predictions) -> Floats:
    """Logarithms of probabilities, of 1e-12 at least, in float64."""
    if block.kind is Kind.LOGITS:
        return np.maximum(kernels.log_softmax(block.scores), np.log(kernels.LOG_FLOOR))
    return np.asarray(np.log(np.maximum(block.probabilities.astype(np.float64), kernels.LOG_FLOOR)))


def _notes(sources: Sequence[PredictionSource]) -> Iterator[str]:
    """Notes of sources; one that only some have names these."""
    for note in dict.fromkeys(note for source in sources for note in source.notes):
        names = [source.name for source in sources if note in source.notes]
        yield (
            note
            if len(names) == len(sources) or any(name in note for name in names)
            else f"{note} ({', '.join(names)})"
        )


def _mean(blocks: Sequence[Predictions], weights: Floats) -> NDArray[np.floating]:
    """The blend of blocks, in float32 where all of them are."""
    found = np.exp(pooled(np.stack([log_probabilities(block) for block in blocks]), weights))
    return found.astype(np.result_type(*(block.scores.dtype for block in blocks)), copy=False)


def _labels(blocks: Sequence[Predictions]) -> NDArray[np.int64] | None:
    """Labels of the first block that has them."""
    return next((block.labels for block in blocks if block.labels is not None), None)


def _labels_of_others(blocks: Sequence[Predictions]) -> Columns:
    """Labels that only another input has."""
    labels = _labels(blocks)
    return {"labels": labels} if labels is not None and blocks[0].labels is None else {}


def _rows(sources: Sequence[PredictionSource]) -> Iterator[tuple[Floats, NDArray[np.int64]]]:
    """Log-probabilities and labels of each block."""
    for blocks in together(sources, [None] * len(sources)):
        labels = _labels(blocks)
        labels = np.full(blocks[0].n_samples, -1) if labels is None else labels
        yield np.stack([log_probabilities(block) for block in blocks]), labels

"""How well something exported agrees with `apply` on the same rows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from classlift import kernels
from classlift.errors import ClassliftError
from classlift.layer.apply import Output, output_columns
from classlift.layer.step import Domain

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from classlift.data.predictions import Predictions
    from classlift.data.source import PredictionSource
    from classlift.layer.adjusted import Adjusted
    from classlift.layer.layer import OutputLayer

    Floats = NDArray[np.float64]
    Runner = Callable[[NDArray[np.floating]], tuple[NDArray[np.floating], NDArray[np.integer]]]

TOLERANCE = 1e-6
"""Largest difference of two probabilities, or of scores in the place of probabilities."""

SCORE_TOLERANCE = 1e-4
"""Largest difference of two scores of the log and logit domains (relative above 1), besides that of their softmax."""

CLOSE = 1e-5
"""Rows whose two best values, or least expected costs where the largest cost is 1, or whose largest probability and a
gate, are nearer than this may go either way."""


@dataclass(frozen=True)
class Agreement:
    """What became of the rows in two runtimes; adds up over blocks.

    Parameters
    ----------
    n_samples : int
        Rows compared.
    n_near_gate : int
        Rows whose largest probability is within 1e-5 of a gate: only counted.
    n_near_tie : int
        Other rows whose two best values are within 1e-5: their values are compared, their class is not.
    n_other_class : int
        Rows besides these that got another class.
    n_other_values : int
        Rows, save those near a gate, with a value that differs by more than the tolerance.
    largest : float
        Largest difference of a value, save in rows near a gate.
    row : int
        Row of that difference, counted from 0; -1 where there is no difference.
    """

    n_samples: int = 0
    n_near_gate: int = 0
    n_near_tie: int = 0
    n_other_class: int = 0
    n_other_values: int = 0
    largest: float = 0.0
    row: int = -1

    @property
    def holds(self) -> bool:
        """Whether every value and class that counts agrees, and there was a row to compare."""
        return self.n_samples > 0 and not self.n_other_class and not self.n_other_values

    def __add__(self, other: Agreement) -> Agreement:
        worse = other if other.largest > self.largest else self
        return Agreement(
            self.n_samples + other.n_samples,
            self.n_near_gate + other.n_near_gate,
            self.n_near_tie + other.n_near_tie,
            self.n_other_class + other.n_other_class,
            self.n_other_values + other.n_other_values,
            worse.largest,
            worse.row,
        )


def agreement(source: PredictionSource, layer: OutputLayer, output: Output, run: Runner, dtype: np.dtype) -> Agreement:
    """Apply `layer` to every row, run the exported thing on the same rows, and compare.

    Parameters
    ----------
    source : PredictionSource
        Rows as the exported thing takes them.
    layer : OutputLayer
        What was exported.
    output : Output
        Which values it gives: ``probs`` or ``scores``.
    run : callable
        Gives values (n_rows, n_classes) and predicted classes (n_rows,) of raw rows.
    dtype : dtype
        Floating type in which it takes rows; both sides get the rows rounded to it.
    """
    total = Agreement()
    for block in source.blocks():
        if dtype.itemsize < block.scores.itemsize:
            kept = np.float32 if dtype == np.float16 else dtype
            block = replace(block, scores=block.scores.astype(dtype).astype(kept))  # noqa: PLW2901
        total += compare_block(block, layer, output, *run(block.scores))
    return total


def compare_block(
    block: Predictions,
    layer: OutputLayer,
    output: Output,
    values: NDArray[np.floating],
    predicted: NDArray[np.integer],
) -> Agreement:
    """Compare what an exported thing made of one block with what `apply` makes of it."""
    if values.shape != block.scores.shape:
        raise ClassliftError(
            block.source,
            f"the exported model gave values of shape {values.shape} for rows of shape {block.scores.shape}",
            fix="check which of its outputs is the layer's.",
        )
    result = layer.apply(block)
    columns = output_columns(result, output, None)
    expected = columns[str(output)].astype(np.float64)
    gate = _near_gate(result, layer)
    tie = ~gate & (_lead(result, expected) < CLOSE)
    difference = _difference(values.astype(np.float64), expected, result.domain, output)
    furthest = np.where(gate, 0, np.where(np.isnan(difference), np.inf, difference).max(axis=1))
    row = int(furthest.argmax()) if len(furthest) else -1
    largest = float(furthest[row]) if len(furthest) else 0.0
    return Agreement(
        block.n_samples,
        int(gate.sum()),
        int(tie.sum()),
        int(((predicted != columns["predicted"]) & ~gate & ~tie).sum()),
        int((furthest > TOLERANCE).sum()),
        largest,
        block.first_row + row if largest else -1,
    )


def _lead(result: Adjusted, values: Floats) -> Floats:
    """By how much the predicted class is ahead of the next one; of expected costs as a share of the largest cost."""
    if result.costs is not None:
        values = -result.costs.expected(result.probabilities()) / result.costs.scale.most
    best = np.partition(values, -2, axis=1)[:, -2:]
    return np.asarray(best[:, 1] - best[:, 0])


def _difference(values: Floats, expected: Floats, domain: Domain, output: Output) -> Floats:
    """Difference of each value on the scale of TOLERANCE."""
    plain = np.abs(values - expected) / np.maximum(np.abs(expected), 1)
    if output is Output.PROBS or domain is Domain.PROBABILITY:
        return plain
    stands_for = np.abs(kernels.softmax(values) - kernels.softmax(expected))
    return np.maximum(plain * (TOLERANCE / SCORE_TOLERANCE), stands_for)


def _near_gate(result: Adjusted, layer: OutputLayer) -> NDArray[np.bool_]:
    gates = [step.maximum_probability for step in layer.steps if step.maximum_probability is not None]
    near = np.zeros(result.raw.n_samples, bool)
    for gate in gates:
        near |= np.abs(result.raw.maximum - gate) < CLOSE
    return near

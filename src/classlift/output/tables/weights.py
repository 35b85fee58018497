"""Table of class weights."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from classlift.output.tables.table import Share, Table, Value, shown

if TYPE_CHECKING:
    from classlift.fitting.class_weights import ClassWeights

PASTED = 50
"""Up to this many classes, the lines to paste are shown."""


def weight_tables(result: ClassWeights, *, top: int | None = None) -> list[Table]:
    """One table with a row for each class, largest weight first, and lines to paste below it."""
    order = np.argsort(-result.weights, kind="stable").tolist()
    rows: list[tuple[Value, ...]] = [
        (result.classes[k], int(result.support[k]), Share(result.accuracy[k]), float(result.weights[k]))
        for k in order[:top]
    ]
    beta = "" if result.beta is None else f", beta {result.beta:g}"
    title = f"class weights of {result.name}: {result.scheme}{beta}"
    footer = (*shown(len(rows), len(order)), *result.notes, *_lines(result))
    return [Table(title, ("class", "samples", "recall", "weight"), tuple(rows), footer)]


def _lines(result: ClassWeights) -> tuple[str, ...]:
    """Python lines in class order."""
    if len(result.weights) > PASTED:
        return ("--format json gives them in class order.",)
    numbers = [repr(float(f"{weight:.6g}")) for weight in result.weights]
    return (
        f"PyTorch: weight = torch.tensor([{', '.join(numbers)}])",
        f"Keras: class_weight = {{{', '.join(f'{k}: {number}' for k, number in enumerate(numbers))}}}",
    )

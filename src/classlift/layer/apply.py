"""Apply a layer to a source and hand on, block by block, the columns that a user gets."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

import numpy as np

from classlift import kernels
from classlift.data import shares
from classlift.data.adding import AddsUp
from classlift.data.class_order import in_order_of
from classlift.data.classes import class_names
from classlift.data.reading import Reading, reading_of
from classlift.errors import ClassliftError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from classlift.data.predictions import Predictions
    from classlift.data.source import PredictionSource
    from classlift.layer.adjusted import Adjusted
    from classlift.layer.layer import OutputLayer
    from classlift.layer.shift import Shift

    Columns = Mapping[str, NDArray[Any]]


class Output(StrEnum):
    """What `apply` writes of each row besides the predicted class."""

    PROBS = "probs"
    SCORES = "scores"
    LABELS = "labels"


@dataclass(frozen=True, eq=False)
class ApplySummary(AddsUp):
    """What a layer did to rows that may have no labels.

    Parameters
    ----------
    name : str
        What was read.
    n_samples, n_adjusted, n_changed : int
        Rows; rows that the gate let through; rows whose predicted class changed.
    predicted_before, predicted_after : ndarray of int64, shape (n_classes,)
        Rows predicted as each class.
    classes : tuple of str
        Class names to show.
    notes : tuple of str
        What a user should know.
    reading : Reading, optional
        What was taken for what.
    shift : Shift, optional
        What moved the scores to other class shares before the layer.
    n_abstained : int, optional
        Rows that got no predicted class, where that was asked for.
    probabilities : ndarray of float64, shape (2, n_classes), optional
        Sums over rows of what is written, and of its squares, where the scores were shifted.
    """

    name: str
    n_samples: int
    n_adjusted: int
    n_changed: int
    predicted_before: NDArray[np.int64]
    predicted_after: NDArray[np.int64]
    classes: tuple[str, ...]
    notes: tuple[str, ...]
    reading: Reading | None = None
    shift: Shift | None = None
    n_abstained: int | None = None
    probabilities: NDArray[np.float64] | None = None


def apply_layer(
    source: PredictionSource,
    layer: OutputLayer,
    write: Callable[[Columns], None],
    *,
    output: Output = Output.PROBS,
    shift: Shift | None = None,
    abstain_below: float | None = None,
) -> ApplySummary:
    """Apply `layer` to every row of `source`, in order.

    Parameters
    ----------
    source : PredictionSource
        Probabilities or logits, with or without labels.
    layer : OutputLayer
        What to apply.
    write : callable
        Gets the columns of each block; see `output_columns`.
    output : Output
        Which scores the columns hold.
    shift : Shift, optional
        What moves the scores of every row to other class shares before the layer.
    abstain_below : float, optional
        Rows whose largest probability after the layer is lower get no predicted class: -1, and an empty name.

    Returns
    -------
    ApplySummary

    Raises
    ------
    ClassliftError
        If the layer is for other classes or another kind of scores.
    """
    source = in_order_of(source, layer.classes, layer.n_classes, "the layer")
    layer.check_fits(source.name, source.kind, source.n_classes, source.classes)
    before, after = (np.zeros(source.n_classes, np.int64) for _ in range(2))
    rows = adjusted = changed = abstained = 0
    sums = np.zeros((2, source.n_classes))
    for block in source.blocks():
        result = layer.apply(block if shift is None else shift(block))
        columns = output_columns(result, output, source.classes or layer.classes)
        if shift is not None:
            moved = columns["predicted"] != block.predicted
            columns = {**columns, "changed": moved, "adjusted": np.ones(block.n_samples, bool)}
            lifted = result.probabilities().astype(np.float64)
            sums += [lifted.sum(axis=0), np.square(lifted).sum(axis=0)]
        if abstain_below is not None:
            columns, n_unsure = _abstained(columns, result, abstain_below)
            abstained += n_unsure
        write(columns)
        before += np.bincount(block.predicted, minlength=len(before))
        after += np.bincount(columns["predicted"][columns["predicted"] >= 0], minlength=len(after))
        rows += block.n_samples
        adjusted += int(columns["adjusted"].sum())
        changed += int(columns["changed"].sum())
    names = class_names(source.classes or layer.classes, source.n_classes)
    notes = (*source.notes, *left_out(source))
    return ApplySummary(
        source.name, rows, adjusted, changed, before, after, names, notes, reading_of(source), shift,
        None if abstain_below is None else abstained,
        None if shift is None else sums,
    )  # fmt: skip


def _abstained(columns: Columns, result: Adjusted, least: float) -> tuple[Columns, int]:
    """Columns without a predicted class where the largest probability is below `least`, and how many rows these are."""
    probabilities = columns["probs"] if "probs" in columns else result.probabilities()
    unsure = probabilities.max(axis=1).astype(np.float64) < least
    found = {**columns, "predicted": np.where(unsure, -1, columns["predicted"])}
    if "predicted_name" in columns:
        found["predicted_name"] = np.where(unsure, "", columns["predicted_name"])
    return found, int(unsure.sum())


def moved_predictions(summary: ApplySummary, layer: OutputLayer) -> tuple[str, ...]:
    """Say where raw predictions surely have other class shares than those on the validation file of the layer."""
    shift, sums = summary.shift, summary.probabilities
    if shift is not None:
        if sums is None or shift.n_samples:  # estimated shares are not said
            return ()
        return shares.far_from_said(sums, summary.n_samples, shift.new, summary.classes)
    told = shares.moved_predictions(summary.predicted_before, layer.provenance.get("predicted"), summary.classes)
    asked = layer.provenance.get("shares") is not None
    return tuple(note if asked else f"{note}; --shares estimate is for class shares that changed" for note in told)


def left_out(source: PredictionSource) -> tuple[str, ...]:
    """What to say of columns that are not written."""
    names = [repr(name) for name in getattr(source, "left_out", ())]
    told = ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
    return (f"not written again: {told}, which are too wide or have no plain value for each row",) if names else ()


def output_columns(result: Adjusted, output: Output, classes: tuple[str, ...] | None) -> Columns:
    """Make the columns of one block.

    Returns
    -------
    mapping of str to ndarray
        The columns that came, but for the scores, in their order; then ``probs`` or ``scores`` (n_samples, n_classes)
        in the floating type of the input, or neither; ``predicted`` int64, from what is written or by costs;
        ``predicted_name`` where classes have names; ``changed`` and ``adjusted`` bool; ``labels`` int64 where they
        come from elsewhere.

    Raises
    ------
    ClassliftError
        If a column that came has the name of a new one.
    """
    block = result.raw
    columns: dict[str, NDArray[Any]] = {}
    if output is Output.PROBS:
        columns["probs"] = result.probabilities()
    elif output is Output.SCORES:
        columns["scores"] = _in_type_of(block, result.scores)
    predicted = result.predicted
    if columns and result.costs is None:
        predicted = kernels.first_maxima(next(iter(columns.values())))
    columns["predicted"] = predicted.astype(np.int64)
    if classes is not None:
        columns["predicted_name"] = np.array(classes)[predicted]
    columns["changed"] = predicted != block.predicted
    columns["adjusted"] = result.adjusted
    return beside_what_came(block, columns, "apply")


def beside_what_came(block: Predictions, new: Columns, writer: str) -> Columns:
    """Columns that came, but for the scores; then `new` ones, and ``labels`` where they come from elsewhere.

    Raises
    ------
    ClassliftError
        If a column that came has the name of a new one; `writer` is who writes it.
    """
    kept = {
        name: column if name in block.columns else _labels_as_given(column, block.labels)
        for name, column in (block.as_given or block.columns).items()
    }
    if block.labels is not None and len(kept) == len(block.columns):
        new = {**new, "labels": block.labels}
    twice = [name for name in kept if name in new]
    if twice:
        raise ClassliftError(
            block.source,
            f"has a column {twice[0]!r}, which is also the name of a column that {writer} writes",
            fix="rename that column, or give the predictions before any layer.",
        )
    return {**kept, **new}


def _in_type_of(block: Predictions, scores: NDArray[np.floating]) -> NDArray[np.floating]:
    """Scores of a layer in the floating type of the rows that came; a layer file may say any numbers."""
    largest = np.finfo(block.scores.dtype).max
    if not (np.abs(scores) <= largest).all():
        raise ClassliftError(
            block.source,
            f"the scores that this layer gives are beyond {largest:.1e}, the largest {block.scores.dtype} number",
            fix="write probabilities (--output probs), or save the predictions as float64.",
        )
    return scores.astype(block.scores.dtype)


def _labels_as_given(column: NDArray[Any], labels: NDArray[np.int64] | None) -> NDArray[Any]:
    """The column of labels as it came, unless it holds other class numbers than those of the written columns."""
    if labels is None or column.dtype.kind not in "iufb":
        return column
    known = labels >= 0
    return column if np.array_equal(column[known], labels[known]) else labels

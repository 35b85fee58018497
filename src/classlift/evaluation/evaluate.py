"""Evaluate one result."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from classlift.data.classes import class_names
from classlift.data.counts import ClassCounts
from classlift.data.pieces import as_pieces
from classlift.data.source import Noted, PredictionSource
from classlift.errors import ClassliftError
from classlift.evaluation.accumulate import Accumulator, accumulate_rows
from classlift.evaluation.options import DEFAULT_OPTIONS, EvaluationOptions
from classlift.evaluation.result import Evaluation

if TYPE_CHECKING:
    from classlift.data.pieces import Piece, Pieces


def evaluate(rows: PredictionSource | Pieces, options: EvaluationOptions = DEFAULT_OPTIONS) -> Evaluation:
    """Evaluate one result in one pass.

    Parameters
    ----------
    rows : PredictionSource or Pieces
        Labelled predictions of any kind; pieces give the same figures, exactly.
    options : EvaluationOptions
        How.

    Returns
    -------
    Evaluation

    Raises
    ------
    ClassliftError
        If there are no labels, or no labelled row.
    """
    cut = as_pieces(rows)
    total: Accumulator[ClassCounts] = cut.engine.reduce(_of_piece, cut.pieces, options)
    source = Noted(cut.source, total.repairs.notes)
    require_rows(source.name, total.counts)
    result = Evaluation(
        source.name,
        total.counts,
        class_names(source.classes, source.n_classes),
        options.low_fraction,
        notes=source.notes,
        resampling=options.resampling,
        details=total.details[0],
        reading=source.reading,
        groups=total.groups,
    )
    if options.shares is None:
        return result
    from classlift.evaluation.under import evaluation_under  # noqa: PLC0415  (not everybody's way)

    return evaluation_under(result, options)


def _of_piece(piece: Piece, options: EvaluationOptions) -> Accumulator[ClassCounts]:
    source = piece.open()
    return replace(accumulate_rows(source, options), repairs=source.repairs)


def require_rows(name: str, counts: ClassCounts) -> None:
    """Refuse a result without a labelled row."""
    if not counts.n_samples:
        raise ClassliftError(name, "has no labelled row", fix="give a file with at least one row whose label is known.")

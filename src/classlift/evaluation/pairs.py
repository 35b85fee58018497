"""Blocks before and after: of a source and a layer, or of two sources, whatever the order of their rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from classlift.data.class_order import in_order_of
from classlift.data.predictions import Predictions
from classlift.data.source import require_raw
from classlift.evaluation.pairing import KeyedRows, match_rows, shared_column, together
from classlift.evaluation.same_rows import OrderCheck

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from classlift.data.adjusted import Layer
    from classlift.data.source import PredictionSource


class Pair(NamedTuple):
    """One block before, and after: the predicted classes, and the probabilities of chosen rows."""

    before: Predictions
    predicted: NDArray[np.integer]
    after: Callable[[NDArray[np.intp]], NDArray[np.floating]]


def layer_pairs(source: PredictionSource, layer: Layer) -> Iterator[Pair]:
    """Pair the blocks of a source with what a layer makes of them."""
    require_raw(source)
    source = in_order_of(source, layer.classes, layer.n_classes, "the layer")
    layer.check_fits(source.name, source.kind, source.n_classes, source.classes)
    for block in source.blocks():
        result = layer.apply(block)
        yield Pair(block, result.predicted, result.probabilities_of)


def source_pairs(
    before: PredictionSource, after: PredictionSource, *, id: str | None = None, order: OrderCheck | None = None
) -> Iterator[Pair]:
    """Pair the blocks of a source with the same rows of another: by id where both carry one, else by their order.

    Parameters
    ----------
    before, after : PredictionSource
        Predictions for the same rows.
    id : str, optional
        Column that holds the ids in both; see `pairing.shared_column`.
    order : OrderCheck, optional
        Looks at rows that pair by their order.

    Raises
    ------
    ClassliftError
        If classes or labels differ, or a row has no partner.

    Notes
    -----
    Where ids come in another order, the probabilities of the rows that changed are kept in memory.
    """
    after = in_order_of(after, before.classes, before.n_classes, before.name)
    name = shared_column(before, after, id)
    if name is not None:
        a, b = match_rows(before, after, name, (_unwatched, _unwatched))
        if (a.row != b.row).any():
            yield from _in_order_of(before, a, after, b)
            return
    for one, two in together((before, after), (None, None if name else order)):
        yield Pair(one, two.predicted, partial(_raw, two))


def _in_order_of(before: PredictionSource, a: KeyedRows, after: PredictionSource, b: KeyedRows) -> Iterator[Pair]:
    """Pair the blocks of `before` with their rows in `after`, wherever these are."""
    partner, predicted = np.empty_like(b.row), np.empty_like(b.predicted)
    partner[a.row], predicted[a.row] = b.row, b.predicted
    wanted = np.sort(b.row[a.predicted != b.predicted])
    kept, start = _rows_of(after, wanted), 0
    for block in before.blocks():
        here = slice(start, start + block.n_samples)
        start += block.n_samples
        yield Pair(block, predicted[here], partial(_kept, kept, wanted, partner[here]))


def _rows_of(source: PredictionSource, wanted: NDArray[np.intp]) -> NDArray[np.floating]:
    """Probabilities of some rows, by their ascending numbers from 0 on."""
    parts, start = [np.empty((0, source.n_classes), np.float32)], 0
    for block in source.blocks():
        low, high = np.searchsorted(wanted, (start, start + block.n_samples))
        if low < high:
            parts.append(_raw(block, wanted[low:high] - start))
        start += block.n_samples
    return np.concatenate(parts)


def _kept(
    kept: NDArray[np.floating], wanted: NDArray[np.intp], partner: NDArray[np.intp], rows: NDArray[np.intp]
) -> NDArray[np.floating]:
    return kept[np.searchsorted(wanted, partner[rows])]


def _unwatched(block: Predictions) -> None:
    """Nobody adds anything up."""


def _raw(block: Predictions, rows: NDArray[np.intp]) -> NDArray[np.floating]:
    return block.take(rows).probabilities

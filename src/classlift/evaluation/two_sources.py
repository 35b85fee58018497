"""Evaluate two sources of the same rows: what their pieces add up to, or what is known of each row by its id."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial, reduce
from operator import add
from typing import TYPE_CHECKING

from classlift.data.adding import AddsUp
from classlift.data.class_order import in_order_of
from classlift.data.classes import class_names
from classlift.data.counts import PairedCounts
from classlift.data.pieces import as_pieces
from classlift.data.predictions import require_labels
from classlift.data.reading import reading_of
from classlift.data.source import Noted
from classlift.evaluation.accumulate import Accumulator, costs_for, no_pairs
from classlift.evaluation.comparison import Comparison
from classlift.evaluation.details import DetailSum
from classlift.evaluation.evaluate import require_rows
from classlift.evaluation.groups import check_few, columns_of, count_groups
from classlift.evaluation.options import DEFAULT_OPTIONS
from classlift.evaluation.pairing import check_match, in_order_of_ids, keyed_blocks, shared_column, together
from classlift.evaluation.same_rows import OrderCheck
from classlift.evaluation.under import comparison_under

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    from numpy.typing import NDArray

    from classlift.data.costs import Costs
    from classlift.data.pieces import Piece, Pieces
    from classlift.data.repairs import Repairs
    from classlift.data.source import PredictionSource
    from classlift.evaluation.details import Details
    from classlift.evaluation.options import EvaluationOptions
    from classlift.evaluation.pairing import KeyedBlock, KeyedRows

    Classes = tuple[tuple[str, ...] | None, int, str]


@dataclass(frozen=True, eq=False)
class Paired(AddsUp):
    """What is added up of the same rows of two results.

    Parameters
    ----------
    total : Accumulator
        Counts, groups and the details of either.
    repairs : tuple of Repairs
        What reading did to bad rows of either.
    order : OrderCheck
        What confirms that rows which pair by their order are the same.
    """

    total: Accumulator[PairedCounts]
    repairs: tuple[Repairs, Repairs]
    order: OrderCheck


def compare_sources(
    before: PredictionSource | Pieces,
    after: PredictionSource | Pieces,
    options: EvaluationOptions = DEFAULT_OPTIONS,
    *,
    id: str | None = None,
) -> Comparison:
    """Evaluate two sources that hold the same rows: paired by id where both carry one, else by order with equal labels.

    Parameters
    ----------
    before, after : PredictionSource or Pieces
        Labelled predictions of any kind; pieces are cut at the same rows, and give the same figures, exactly.
    options : EvaluationOptions
        How.
    id : str, optional
        Column of ids by which the rows pair; see `pairing.shared_column`.

    Raises
    ------
    ClassliftError
        If rows, classes or labels differ.
    """
    one, two = as_pieces(before), as_pieces(after)
    name = shared_column(one.source, _alike(one.source, two.source), id)
    if name is None:
        found: Paired = one.engine.reduce(_by_order, list(zip(one.pieces, two.pieces, strict=True)), options)
    else:
        found = _by_id(one, two, name, options)
    check_few(found.total.groups, one.source.name)
    was, now = (Noted(cut.source, done.notes) for cut, done in zip((one, two), found.repairs, strict=True))
    new, counts, details = _alike(was, now), found.total.counts, found.total.details
    require_rows(was.name, counts.before)
    result = Comparison(
        f"{new.name} against {was.name}",
        counts,
        class_names(was.classes or new.classes, was.n_classes),
        options.low_fraction,
        notes=(*dict.fromkeys((*was.notes, *new.notes, *found.order.notes)),),
        resampling=options.resampling,
        details=(details[0], details[1]),
        reading=reading_of(new),
        groups=found.total.groups,
    )
    return comparison_under(result, options)


def _alike(before: PredictionSource, after: PredictionSource) -> PredictionSource:
    return in_order_of(after, before.classes, before.n_classes, before.name)


def _by_order(pair: tuple[Piece, Piece], options: EvaluationOptions) -> Paired:
    """Add up the rows of two pieces that hold the same rows in the same order."""
    before, after = (piece.open() for piece in pair)
    total, order = no_pairs(before.n_classes), OrderCheck()
    old, new = (DetailSum(before.n_classes, options) for _ in range(2))
    how = costs_for(options.costs, before), before.n_classes
    for a, b in together((before, _alike(before, after)), (None, order)):
        old.add_block(a)
        new.add_block(b)
        clusters = b.clusters if a.clusters is None else a.clusters
        rows = require_labels(a), a.predicted, b.predicted
        total += _counted(*how, columns_of(options.by, a, b), clusters, *rows)
        check_few(total.groups, before.name)
    return Paired(replace(total, details=(old.total(), new.total())), (before.repairs, after.repairs), order)


def _by_id(one: Pieces, two: Pieces, name: str, options: EvaluationOptions) -> Paired:
    """Bring what is known of the rows of two sources together here: 24 bytes a row and side."""
    before, after = one.source, _alike(one.source, two.source)
    here: list[str] = []
    if options.by:
        first = [next(source.blocks()) for source in (before, after)]
        columns_of(options.by, *first)
        here = [by for by in options.by if by in first[0].columns]
    there, classes = [by for by in options.by if by not in here], (before.classes, before.n_classes, before.name)
    found = [
        _brought(cut, source, name, by, classes, options)
        for cut, source, by in ((one, before, here), (two, after, there))
    ]
    (a, b), details, repairs = zip(*found, strict=True)
    check_match(before, a, after, b, name)
    assert a.labels is not None
    how = costs_for(options.costs, before), before.n_classes
    clusters = b.clusters if a.clusters is None else a.clusters
    total = _counted(*how, b.columns | a.columns, clusters, a.labels, a.predicted, b.predicted)
    return Paired(replace(total, details=details), repairs, OrderCheck())


def _brought(
    cut: Pieces, source: PredictionSource, name: str, by: list[str], classes: Classes, options: EvaluationOptions
) -> tuple[KeyedRows, Details, Repairs]:
    """Bring what is known of the rows of one result together, in the order of their ids."""
    blocks, details, repairs = zip(*cut.engine.map(_keyed, cut.pieces, name, by, classes, options), strict=True)
    rows = in_order_of_ids(source, [block for part in blocks for block in part], name)
    return rows, reduce(add, details), reduce(add, repairs)


def _keyed(
    piece: Piece, name: str, by: list[str], classes: Classes, options: EvaluationOptions
) -> tuple[list[KeyedBlock], Details, Repairs]:
    """Read the rows of a piece of one result, with the classes in the order of the other."""
    source = piece.open()
    details = DetailSum(source.n_classes, options)
    blocks = list(keyed_blocks(in_order_of(source, *classes), name, details.add_block, by))
    return blocks, details.total(), source.repairs


def _counted(
    costs: Costs | None,
    n_classes: int,
    columns: dict[str, NDArray[np.str_]],
    clusters: NDArray[np.uint64] | None,
    *rows: NDArray[np.integer],
) -> Accumulator[PairedCounts]:
    count: Callable[..., PairedCounts] = partial(PairedCounts.of, costs=costs)
    groups = count_groups(columns, count, n_classes, clusters, *rows)
    return Accumulator(count(*rows, n_classes, clusters), groups=groups)

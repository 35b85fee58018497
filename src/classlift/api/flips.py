"""Find the rows that a layer, or another result, fixed and broke."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING

from classlift.api.arguments import check_arguments, one_of, the_layer
from classlift.api.where import DEFAULT_READING, opened
from classlift.data.class_order import in_order_of
from classlift.data.reading import reading_of
from classlift.errors import ClassliftError
from classlift.evaluation.flips import FlipKind, FlipOrder, Flips, find_flips
from classlift.evaluation.pairs import layer_pairs, source_pairs
from classlift.evaluation.same_rows import OrderCheck
from classlift.storage import ReadOptions, open_writer

if TYPE_CHECKING:
    from collections.abc import Callable

    from classlift.api.arguments import LayerLike
    from classlift.api.progress import Progress
    from classlift.api.where import Where
    from classlift.evaluation.flips import Columns, FlipCounts


def flips(
    where: Where,
    *,
    layer: LayerLike | None = None,
    against: Where | None = None,
    kind: str = "both",
    sort: str = "move",
    limit: int | None = None,
    out: str | os.PathLike[str] | None = None,
    reading: ReadOptions = DEFAULT_READING,
    progress: Progress | None = None,
) -> Flips:
    """Find the rows that a layer, or another result, fixed and broke; see `classlift flips`.

    Parameters
    ----------
    where : path, mapping of arrays, or frame
        Labelled predictions.
    layer : OutputLayer or path, optional
        Compare them raw with adjusted.
    against : path, mapping of arrays, or frame, optional
        Compare this result with them, on the same rows.
    kind : {'both', 'fixed', 'broken', 'changed'}
        Rows that became right or wrong, became right, became wrong, or got another class of any kind.
    sort : {'move', 'row'}
        Largest move of a probability first, or in the order of the rows.
    limit : int, optional
        At most this many rows; None: all.
    out : path, optional
        Write the rows there, block by block, and keep none.
    reading : ReadOptions
        How to read, where it is ambiguous.
    progress : callable, optional
        Takes what is being done and gives a context whose value is called with the share that is done.

    Returns
    -------
    Flips
        ``.counts`` says how many rows changed; ``.to_frame()`` has a row for each that was kept.

    Examples
    --------
    >>> import numpy as np
    >>> p, labels = np.array([[0.9, 0.1], [0.6, 0.4]]), np.array([0, 1])
    >>> found = flips({"probs": p[:, ::-1], "labels": labels}, against={"probs": p, "labels": labels})
    >>> found.to_frame()["change"].tolist()
    ['broken', 'fixed']
    """
    check_arguments(limit=limit, reading=reading)
    if (layer is None) == (against is None):
        raise ClassliftError("flips", "compares two results", fix="give one of --layer LAYER and --against RAW.")
    wanted, order = one_of(FlipKind, "kind", kind), one_of(FlipOrder, "sort", sort)
    source = opened(where, reading, progress=progress)
    in_order = OrderCheck()
    if layer is not None:
        fitted = the_layer(layer)
        first = source = in_order_of(source, fitted.classes, fitted.n_classes, "the layer")
        pairs, names = layer_pairs(source, fitted), first.classes or fitted.classes
        by = os.fspath(layer) if isinstance(layer, str | os.PathLike) else "a layer"
        name = f"{source.name} adjusted by {by}"
    else:
        assert against is not None
        first = opened(against, reading)
        source = in_order_of(source, first.classes, first.n_classes, first.name)
        pairs, names = source_pairs(first, source, id=reading.id, order=in_order), first.classes
        name = f"{source.name} against {first.name}"

    def find(write: Callable[[Columns], None]) -> FlipCounts:
        return find_flips(pairs, names, write, kind=wanted, order=order, limit=limit)

    kept: list[Columns] = []
    if out is None:
        counts = find(kept.append)
    else:
        with open_writer(out, classes=None, n_classes=source.n_classes, score_name=None) as writer:
            counts = find(writer.write)
    counts = replace(counts, notes=(*source.notes, *in_order.notes))
    return Flips(name, counts, tuple(kept), reading_of(source))

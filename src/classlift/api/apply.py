"""Apply a layer."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, overload

import numpy as np

from classlift.api.arguments import check_arguments, one_of, the_layer, the_shares
from classlift.api.where import DEFAULT_READING, opened
from classlift.data.adding import AddsUp
from classlift.data.class_order import in_order_of
from classlift.data.kind import Kind
from classlift.data.predictions import Predictions
from classlift.data.reading import reading_of
from classlift.data.shares import ESTIMATE
from classlift.errors import ClassliftError
from classlift.layer.apply import ApplySummary, Output, left_out, moved_predictions
from classlift.storage import ReadOptions, check_writable
from classlift.storage.applied import write_applied
from classlift.storage.meaning.kind import judged

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from classlift.api.arguments import LayerLike, SharesLike
    from classlift.api.progress import Progress
    from classlift.api.where import Where
    from classlift.data.pieces import Piece
    from classlift.data.repairs import Repairs
    from classlift.data.source import PredictionSource
    from classlift.layer.layer import OutputLayer
    from classlift.layer.shift import Shift


@overload
def apply(
    layer: LayerLike,
    where: Where,
    out: str | os.PathLike[str],
    *,
    labels: ArrayLike | None = ...,
    logits: bool | None = ...,
    output: str = ...,
    shares: SharesLike | None = ...,
    abstain_below: float | None = ...,
    engine: str | None = ...,
    scheduler: str | None = ...,
    reading: ReadOptions = ...,
    progress: Progress | None = ...,
) -> ApplySummary: ...
@overload
def apply(
    layer: LayerLike,
    where: Where,
    out: None = ...,
    *,
    labels: ArrayLike | None = ...,
    logits: bool | None = ...,
    output: str = ...,
    shares: SharesLike | None = ...,
    abstain_below: float | None = ...,
    reading: ReadOptions = ...,
    progress: Progress | None = ...,
) -> Any: ...  # noqa: ANN401  (the kind of `where`)
def apply(
    layer: LayerLike,
    where: Where,
    out: str | os.PathLike[str] | None = None,
    *,
    labels: ArrayLike | None = None,
    logits: bool | None = None,
    output: str = "probs",
    shares: SharesLike | None = None,
    abstain_below: float | None = None,
    engine: str | None = None,
    scheduler: str | None = None,
    reading: ReadOptions = DEFAULT_READING,
    progress: Progress | None = None,
) -> Any:
    """Apply a layer to predictions and write a file, block by block, or give the result; see `classlift apply`.

    Parameters
    ----------
    layer : OutputLayer or path
        What to apply.
    where : path, mapping of arrays, frame, or array of scores
        Predictions, with or without labels.
    out : path, optional
        File to write; its suffix chooses the format. With an engine a folder to make, which all workers see; its parts
        are numbered in the order of the rows. Without it the result is given as `where` came.
    labels : array-like, optional
        Labels of the rows, where `where` is an array of scores.
    logits : bool, optional
        Whether the scores are logits; False: probabilities. Without it names and values tell.
    output : {'probs', 'scores', 'labels'}
        What to write of each row besides the predicted class.
    shares : mapping of str to float, path or 'estimate', optional
        Class shares of these rows, where they are not those of the validation file: the scores are shifted by their
        logarithm before the layer. ``'estimate'`` finds them in the rows, which are read twice, in this process.
    abstain_below : float, optional
        Rows whose largest probability after the layer is lower get no predicted class: -1, and an empty name.
    engine : {'processes', 'dask'}, optional
        Where to work: in this process, in one for each core, or on a dask cluster. An engine takes a path that all
        workers see.
    scheduler : str, optional
        Address of a cluster that runs already.
    reading : ReadOptions
        How to read, where it is ambiguous.
    progress : callable, optional
        Takes what is being done and gives a context whose value is called with the share that is done.

    Returns
    -------
    ApplySummary, DataFrame, dict or ndarray
        What was done, where a file was written. Else a frame for a frame: its own columns first, then a new one per
        class, ``predicted``, ``changed``, ``adjusted``; a dict of arrays for a mapping; for an array of scores an array
        of what `output` names.

    Examples
    --------
    >>> import numpy as np, pathlib, tempfile
    >>> from classlift.layer.layer import OutputLayer
    >>> out = pathlib.Path(tempfile.mkdtemp()) / "out.npz"
    >>> apply(OutputLayer((), 2), {"probs": np.array([[0.9, 0.1]])}, out).n_changed
    0
    >>> apply(OutputLayer((), 2), np.array([[0.9, 0.1]])).tolist()
    [[0.9, 0.1]]
    """
    check_arguments(abstain_below=abstain_below, engine=engine, scheduler=scheduler, reading=reading)
    chosen, layer = one_of(Output, "output", output), the_layer(layer)
    if out is not None or engine is not None or isinstance(where, str | os.PathLike):
        check_arguments(out=out)
    if engine is None:
        source = opened(where, reading, labels=labels, logits=logits, progress=progress)
        shift = _shift(shares, layer, source)
        if out is None:
            from classlift.api.applied import in_kind_of  # noqa: PLC0415  (not the command's way)

            return in_kind_of(where, source, layer, chosen, shift, abstain_below)
        found = write_applied(layer, source, out, chosen, shift, abstain_below)
        return replace(found, notes=(*found.notes, *moved_predictions(found, layer)))
    from classlift.api.engine import pieces_of  # noqa: PLC0415  (not everybody's way)
    from classlift.storage.atomic_folders import whole_folder  # noqa: PLC0415

    assert out is not None
    suffix = check_writable(out).suffix
    if os.fspath(out) == "-":
        raise ClassliftError("-o", "is standard output; an engine writes a folder", fix="name a folder to make.")
    with whole_folder(out) as folder, pieces_of(where, reading, engine=engine, scheduler=scheduler) as cut:
        source = in_order_of(cut.source, layer.classes, layer.n_classes, "the layer")
        layer.check_fits(source.name, source.kind, source.n_classes, source.classes)
        shift = _shift(shares, layer, cut.source)
        parts = [_Part(piece, f"{folder}/part-{i:05d}{suffix}") for i, piece in enumerate(cut.pieces)]
        done: _Done = cut.engine.reduce(_write_part, parts, layer, chosen, shift, abstain_below)
        found = replace(done.summary, shift=shift)
        notes = (*source.notes, *left_out(source), *done.repairs.notes, *moved_predictions(found, layer))
        return replace(found, name=source.name, notes=notes, reading=reading_of(source))


def _shift(shares: SharesLike | None, layer: OutputLayer, source: PredictionSource) -> Shift | None:
    """Shift to the shares that were given, or that the rows themselves tell."""
    if shares == ESTIMATE:
        from classlift.fitting.shares import estimate_shares  # noqa: PLC0415  (not everybody's way)

        return estimate_shares(source, layer)
    given = the_shares(shares)
    if given is None:
        return None
    from classlift.layer.shift import shift_to  # noqa: PLC0415  (not everybody's way)

    return shift_to(given, layer, source.classes)


@dataclass(frozen=True)
class _Part:
    """A piece, and the file that its rows go to."""

    piece: Piece
    out: str


@dataclass(frozen=True, eq=False)
class _Done(AddsUp):
    """What a part became."""

    summary: ApplySummary
    repairs: Repairs


def _write_part(
    part: _Part, layer: OutputLayer, output: Output, shift: Shift | None, abstain_below: float | None
) -> _Done:
    source = part.piece.open()
    summary = write_applied(layer, source, part.out, output, shift, abstain_below)
    return _Done(replace(summary, notes=(), reading=None, shift=None), source.repairs)


def apply_array(layer: LayerLike, scores: NDArray[np.floating], *, kind: str | None = None) -> NDArray[np.floating]:
    """Apply a layer to an array in memory.

    Parameters
    ----------
    layer : OutputLayer or path
        What to apply.
    scores : ndarray of float16, float32 or float64, shape (n_samples, n_classes)
        Probabilities or logits.
    kind : {'probabilities', 'logits'}, optional
        What they are. Without it the values tell, as they do for `apply`; a ClassliftError asks where they do not.

    Returns
    -------
    ndarray of float32 or float64, shape (n_samples, n_classes)
        Probabilities, as `classlift apply` writes them.
    """
    masked = isinstance(scores, np.ma.MaskedArray) and scores.dtype.kind == "f"
    array, layer = scores.filled(np.nan) if masked else np.asarray(scores), the_layer(layer)  # type: ignore[attr-defined]
    array = array.astype(np.float32 if array.dtype == np.float16 else array.dtype.newbyteorder("="), copy=False)
    asked = kind is None and array.ndim == 2 and len(array) > 0
    found = judged(array, None, "array", asked=False)[0] if asked else one_of(Kind, "kind", kind or "probabilities")
    return layer.apply(Predictions(array, found)).probabilities()

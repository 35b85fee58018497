"""Blend several predictions of the same rows into one."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from classlift.api.arguments import check_arguments
from classlift.api.where import DEFAULT_READING, opened_views
from classlift.data.source import require_raw
from classlift.errors import ClassliftError
from classlift.fitting.blend import Blend, blend_sources
from classlift.storage import ReadOptions, check_writable, open_writer
from classlift.storage.arranged import like_the_first
from classlift.storage.overlap import refuse_overlap

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from classlift.api.progress import Progress
    from classlift.api.where import Where
    from classlift.fitting.blend import Columns


def blend(
    *where: Where,
    out: str | os.PathLike[str] | None = None,
    weights: Sequence[float] | None = None,
    fit_weights: bool = False,
    reading: ReadOptions = DEFAULT_READING,
    progress: Progress | None = None,
) -> Blend:
    """Blend models, checkpoints or views of the same rows: the mean of log-probabilities; see `classlift blend`.

    Parameters
    ----------
    *where : path, mapping of arrays, frame, or array of scores
        Predictions of the same rows, paired by ids where they have them, else by their order. An array of shape
        (n_samples, views, n_classes) is as many inputs as it has views.
    out : path, optional
        File to write; its suffix chooses the format. Without it ``.columns`` of the result holds the rows.
    weights : sequence of float, optional
        One number for each input, divided by their sum; by default equal.
    fit_weights : bool
        Whether to fit them on the labels; equal ones are kept unless these are better beyond noise out of fold.
    reading : ReadOptions
        How to read, where it is ambiguous; the same for all.
    progress : callable, optional
        Takes what is being done and gives a context whose value is called with the share that is done.

    Returns
    -------
    Blend
        ``.weights``, figures of ``.inputs`` and of ``.blend`` where there are labels, ``.columns``, ``.to_frame()``.

    Examples
    --------
    >>> import numpy as np
    >>> one, two = np.array([[0.5, 0.5]]), np.array([[0.9, 0.1]])
    >>> blend(one, two).columns["probs"].round(2).tolist()
    [[0.75, 0.25]]
    """
    check_arguments(reading=reading, fit_weights=fit_weights)
    if out is not None:
        check_arguments(out=out)
        check_writable(out)
        names = [os.fspath(one) for one in where if isinstance(one, str | os.PathLike)]
        refuse_overlap([name for name in names if name != "-"], [os.fspath(out)] if os.fspath(out) != "-" else [])
    if weights is not None and fit_weights:
        raise ClassliftError("--weights", "is given beside --fit-weights", fix="leave out one of them.")
    given = [source for one in where for source in opened_views(one, reading, progress)]
    if len(given) < 2:
        told = "got one input, expected two or more models, checkpoints or views of the same rows"
        raise ClassliftError("blend", told, fix="name more files, or one with an array (n_samples, views, n_classes).")
    for source in given:
        require_raw(source)
    checked = None if weights is None else _checked(weights, len(given))
    sources, by_id = like_the_first(given, reading.id)
    kept: list[Columns] = []
    if out is None:
        found = blend_sources(sources, kept.append, weights=checked, fit=fit_weights, by_id=by_id)
        columns = {name: np.concatenate([part[name] for part in kept]) for name in kept[0]}
        known = sources[0].classes
        return replace(found, columns=columns if known is None else {**columns, "class_names": np.array(known)})
    first = sources[0]
    with open_writer(out, classes=first.classes, n_classes=first.n_classes, n_samples=first.n_samples) as writer:
        return blend_sources(sources, writer.write, weights=checked, fit=fit_weights, by_id=by_id)


def _checked(weights: Sequence[float], n_inputs: int) -> NDArray[np.float64]:
    """Weights that sum to 1.

    Raises
    ------
    ClassliftError
        If there are more or fewer than inputs, or one is not a number of at least 0, or all are 0.
    """
    try:
        found = np.asarray(weights, np.float64)
    except (TypeError, ValueError):
        found = np.empty((0, 0))
    shown = ",".join(f"{weight:g}" for weight in found.ravel()) or f"of type {type(weights).__name__}"
    if found.shape != (n_inputs,):
        told = f"is {shown}, expected one number for each of {n_inputs} inputs (files, or views of a file)"
        raise ClassliftError("--weights", told, fix=f"write {n_inputs} numbers, such as {','.join(['1'] * n_inputs)}.")
    if not np.isfinite(found).all() or (found < 0).any() or not 0 < found.sum() < np.inf:
        raise ClassliftError(
            "--weights", f"is {shown}, expected finite numbers from 0 on, not all 0", fix="such as 2,1,1; 0 leaves out."
        )
    return np.asarray(found / found.sum())

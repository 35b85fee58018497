"""Sum what a fit needs of one shard."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from classlift.api.arguments import check_arguments
from classlift.api.where import DEFAULT_READING, opened
from classlift.errors import ClassliftError
from classlift.fitting.partials.partial import Partials
from classlift.fitting.partials.summing import shard_partials
from classlift.methods import make_settings
from classlift.storage import ReadOptions
from classlift.storage.own.partials import check_partials_path, load_partials, save_partials

if TYPE_CHECKING:
    from classlift.api.progress import Progress
    from classlift.api.where import Where


def partials(
    where: Where,
    *,
    out: str | os.PathLike[str] | None = None,
    counts: Partials | str | os.PathLike[str] | None = None,
    method: str | None = None,
    settings: Mapping[str, Any] | None = None,
    reading: ReadOptions = DEFAULT_READING,
    progress: Progress | None = None,
) -> Partials:
    """Sum what a fit needs of the rows of one shard; see `classlift partials`.

    Parameters
    ----------
    where : path, mapping of arrays, or frame
        Labelled validation predictions of the shard.
    out : path, optional
        File of sums to write: .npz.
    counts : Partials or path, optional
        Merged counts of all shards: moments are summed under them.
    method : str, optional
        Method to sum for; with `counts` elaborated by default, without it counts are all that is summed.
    settings : mapping, optional
        Settings of the method by name.
    reading : ReadOptions
        How to read, where it is ambiguous.
    progress : callable, optional
        Takes what is being done and gives a context whose value is called with the share that is done.

    Returns
    -------
    Partials
        What `merge` adds up, and `fit` takes instead of rows.

    Examples
    --------
    >>> import numpy as np
    >>> rows = {"probs": np.array([[0.9, 0.1], [0.2, 0.8]]), "labels": np.array([0, 1])}
    >>> partials(rows).counts.n_samples
    2
    """
    check_arguments(settings=settings, reading=reading)
    if out is not None:
        check_partials_path(out)
    chosen = method or ("elaborated" if counts is not None else None)
    if chosen is None and settings:
        raise ClassliftError(
            f"--{next(iter(settings)).replace('_', '-')}",
            "does not change counts, and without --counts or --method counts are all that is summed",
            fix="leave it out now, and pass it with --counts when the counts of all shards are merged.",
        )
    own = None if chosen is None else make_settings(chosen, settings or {})
    result = shard_partials(
        opened(where, reading, progress=progress), method=chosen, settings=own, final=the_partials(counts)
    )
    if out is not None:
        save_partials(result, out)
    return result


def the_partials(given: Partials | str | os.PathLike[str] | None) -> Partials | None:
    """Give sums, or read the file that a path names."""
    if given is None or isinstance(given, Partials):
        return given
    if not isinstance(given, str | os.PathLike):
        problem = f"are of the type {type(given).__name__}, expected what partials gave, or a path"
        raise ClassliftError("sums", problem, fix="give each one as an argument of its own, such as merge(*sums).")
    return load_partials(given)

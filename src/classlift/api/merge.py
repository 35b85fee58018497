"""Add the sums of shards."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from classlift.api.partials import the_partials
from classlift.errors import ClassliftError
from classlift.fitting.partials.summing import merge_partials
from classlift.storage.own.partials import check_partials_path, save_partials

if TYPE_CHECKING:
    from classlift.fitting.partials.partial import Partials


def merge(*sums: Partials | str | os.PathLike[str], out: str | os.PathLike[str] | None = None) -> Partials:
    """Add the sums of shards, in any order; see `classlift merge`.

    Parameters
    ----------
    *sums : Partials or path
        What `partials` gave; what does not belong together, or would count twice, is refused.
    out : path, optional
        File of sums to write: .npz.

    Returns
    -------
    Partials

    Examples
    --------
    >>> import numpy as np
    >>> from classlift.api.partials import partials
    >>> p, q = np.array([[0.9, 0.1], [0.2, 0.8]]), np.array([[0.7, 0.3], [0.4, 0.6]])
    >>> merge(*(partials({"probs": rows, "labels": np.array([0, 1])}) for rows in (p, q))).counts.n_samples
    4
    """
    if not sums:
        raise ClassliftError("merge", "was given no sums", fix="give what partials gave for each shard.")
    if out is not None:
        check_partials_path(out)
    named = [(_name(one, i), the_partials(one)) for i, one in enumerate(sums, start=1)]
    result = merge_partials([(name, one) for name, one in named if one is not None])
    if out is not None:
        save_partials(result, out)
    return result


def _name(given: object, number: int) -> str:
    return os.fspath(given) if isinstance(given, str | os.PathLike) else f"sums {number}"

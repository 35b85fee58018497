"""See what a file holds."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from classlift.api.arguments import check_arguments
from classlift.api.where import DEFAULT_READING, opened
from classlift.fitting import inspection as here
from classlift.storage import ReadOptions
from classlift.storage.own.layers import is_layer_file, load_layer
from classlift.storage.own.partials import is_partials_file, load_partials

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from classlift.api.progress import Progress
    from classlift.api.where import Where
    from classlift.fitting.partials.partial import Partials
    from classlift.layer.layer import OutputLayer


def inspect(
    where: Where,
    labels: ArrayLike | None = None,
    *,
    logits: bool | None = None,
    reading: ReadOptions = DEFAULT_READING,
    progress: Progress | None = None,
) -> here.Inspection | OutputLayer | Partials:
    """Say what predictions, a layer file or a file of sums hold, and what may go wrong; see `classlift inspect`.

    Parameters
    ----------
    where : path, mapping of arrays, frame, or array of scores
        Predictions, with or without labels, or the path of a layer or of sums.
    labels : array-like, optional
        Labels of the rows, where `where` is an array of scores.
    logits : bool, optional
        Whether the scores are logits; False: probabilities. Without it names and values tell.
    reading : ReadOptions
        How to read, where it is ambiguous.
    progress : callable, optional
        Takes what is being done and gives a context whose value is called with the share that is done.

    Returns
    -------
    Inspection, OutputLayer or Partials
        What was found in predictions, or what the file holds.

    Examples
    --------
    >>> import numpy as np
    >>> inspect(np.array([[0.9, 0.1], [0.2, 0.8]]), [0, 1]).n_labelled
    2
    """
    check_arguments(reading=reading)
    if isinstance(where, str | os.PathLike):
        name = os.fspath(where)
        if is_partials_file(name):
            return load_partials(name)
        if is_layer_file(name):
            return load_layer(name)
    return here.inspect(opened(where, reading, labels=labels, logits=logits, progress=progress))

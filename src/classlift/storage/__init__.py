"""Storage: files, folders, tables and arrays become predictions, and named columns become files.

The doors of the room. Behind them a format knows bytes and named columns only (`container`), one module decides
what the columns mean (`layout`), and one makes blocks of predictions from both (`source`).
"""

from __future__ import annotations

import os
from typing import Any

from classlift.predictions import PredictionSource
from classlift.storage.files import whole_file
from classlift.storage.foreign import ours
from classlift.storage.formats import FORMATS, Format
from classlift.storage.opening import open_source
from classlift.storage.options import ReadOptions

__all__ = ["FORMATS", "Format", "ReadOptions", "open_predictions", "whole_file"]


def open_predictions(where: Any, options: ReadOptions = ReadOptions()) -> PredictionSource:  # noqa: ANN401, B008
    """Open predictions for reading in blocks.

    Parameters
    ----------
    where : path, '-', DataFrame or mapping of str to array
        A file, a folder or quoted glob of shards, standard input, or what is in memory already.
    options : ReadOptions
        What the user says about it.

    Returns
    -------
    PredictionSource
        Can be read again and again.

    Raises
    ------
    ClassliftError
        If it cannot be read, or can be read in more than one way.

    Examples
    --------
    >>> import numpy as np
    >>> source = open_predictions({"probs": np.eye(3), "labels": np.array([0, 1, 2])})
    >>> source.kind, source.n_samples, source.has_labels
    (<Kind.PROBABILITIES: 'probabilities'>, 3, True)
    """
    name = os.fspath(where) if isinstance(where, str | os.PathLike) else type(where).__name__
    with ours(name):
        return open_source(where, options)

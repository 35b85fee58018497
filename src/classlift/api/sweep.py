"""Vary one setting at a time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from classlift.api.arguments import check_arguments
from classlift.api.progress import unwatched
from classlift.api.where import DEFAULT_READING, opened
from classlift.data import metrics
from classlift.errors import ClassliftError
from classlift.fitting import sweep as here
from classlift.methods import make_settings
from classlift.storage import ReadOptions

if TYPE_CHECKING:
    from classlift.api.progress import Progress
    from classlift.api.where import Where


def sweep(
    val: Where,
    test: Where | None = None,
    *,
    method: str = "elaborated",
    settings: Mapping[str, Any] | None = None,
    low_fraction: float = metrics.LOW_FRACTION,
    seed: int = 0,
    reading: ReadOptions = DEFAULT_READING,
    progress: Progress | None = None,
) -> here.Sweep:
    """Vary one setting of a method at a time around the chosen values; see `classlift sweep`.

    Parameters
    ----------
    val : path, mapping of arrays, or frame
        Labelled validation predictions.
    test : path, mapping of arrays, or frame, optional
        Labelled test predictions, evaluated too.
    method : str
        Name of a method.
    settings : mapping, optional
        The chosen values by name; the others are the defaults.
    low_fraction : float
        Share of the classes that the low figures are about.
    seed : int
        Seed of the folds.
    reading : ReadOptions
        How to read, where it is ambiguous.
    progress : callable, optional
        Takes what is being done and gives a context whose value is called with the share that is done.

    Returns
    -------
    Sweep
        ``.points`` are the values that were tried; ``.to_frame()`` has a row for each.

    Examples
    --------
    >>> import numpy as np
    >>> rows = {"probs": np.array([[0.9, 0.1], [0.2, 0.8]] * 20), "labels": np.array([0, 1] * 20)}
    >>> sweep(rows, method="logit-adjust").to_frame()["setting"].unique().tolist()
    ['tau']
    """
    check_arguments(method=method, settings=settings, low_fraction=low_fraction, seed=seed, reading=reading)
    chosen = make_settings(method, settings or {})
    if not chosen.names():
        raise ClassliftError("--method", f"{method} has no setting to vary", fix="choose another method.")
    with (progress or unwatched)("sweeping") as watch:
        return here.sweep(
            opened(val, reading, passes=True),
            method=method,
            settings=chosen,
            test=None if test is None else opened(test, reading),
            low_fraction=low_fraction,
            seed=seed,
            watch=watch,
        )

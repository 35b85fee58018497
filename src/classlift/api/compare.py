"""Compare all methods, and layers, on a test file."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING

from classlift.api.arguments import check_arguments, the_costs, the_layer
from classlift.api.where import DEFAULT_READING, opened
from classlift.data import metrics
from classlift.errors import ClassliftError
from classlift.fitting import benchmark as here
from classlift.fitting.tuning.wishes import allowed_fall
from classlift.layer.layer import OutputLayer
from classlift.storage import ReadOptions

if TYPE_CHECKING:
    from classlift.api.arguments import CostsLike, LayerLike
    from classlift.api.progress import Progress
    from classlift.api.where import Where


def compare(
    val: Where | None,
    test: Where,
    *,
    layer: LayerLike | Sequence[LayerLike] = (),
    max_total_drop: float | str | None = None,
    costs: CostsLike | None = None,
    low_fraction: float = metrics.LOW_FRACTION,
    seed: int = 0,
    jobs: int = 1,
    reading: ReadOptions = DEFAULT_READING,
    progress: Progress | None = None,
) -> here.Benchmark:
    """Fit every method with its defaults, tune, and evaluate all of them on a test file; see `classlift compare`.

    Parameters
    ----------
    val, test : path, mapping of arrays, or frame
        Labelled predictions of the same model: those to fit on, and those to judge on. With `layer` `val` may be None:
        no method is fitted then.
    layer : OutputLayer or path, or several of them
        Layers to evaluate on the same rows.
    max_total_drop : float or str, optional
        How far total accuracy may fall, as a fraction or as points (``"0.1pp"``): out of fold for `tune`, and on
        `test` to have a rank. By default 0.001, with costs as far as these make it fall.
    costs : path, mapping of names, frame or array, optional
        What mistakes cost: all layers decide by them, and the lowest mean cost comes first.
    low_fraction : float
        Share of the classes that the low figures are about.
    seed : int
        Seed of the folds of tuning.
    jobs : int
        Threads that tuning works in.
    reading : ReadOptions
        How to read, where it is ambiguous.
    progress : callable, optional
        Takes what is being done and gives a context whose value is called with the share that is done.

    Returns
    -------
    Benchmark
        ``.entries`` are the methods and layers, those that hold the guard first; ``.to_frame()`` has a row for each,
        ``.negative_flips()`` how many rows each two of them disagree on, ``.between`` their comparisons.

    Examples
    --------
    >>> import numpy as np
    >>> rows = {"probs": np.array([[0.9, 0.1], [0.2, 0.8]] * 20), "labels": np.array([0, 1] * 20)}
    >>> compare(rows, rows).to_frame().loc["tuned", "total_change"]
    np.float64(0.0)
    """
    check_arguments(low_fraction=low_fraction, seed=seed, jobs=jobs, reading=reading)
    layers = _named((layer,) if isinstance(layer, str | os.PathLike | OutputLayer) else layer)
    if val is None and not layers:
        raise ClassliftError("compare", "has nothing to compare", fix="give VAL and TEST, or TEST and --layer LAYER.")
    return here.compare(
        None if val is None else opened(val, reading, passes=True, progress=progress),
        opened(test, reading, progress=progress),
        layers,
        max_total_drop=allowed_fall(max_total_drop),
        costs=the_costs(costs),
        low_fraction=low_fraction,
        seed=seed,
        jobs=jobs,
    )


def _named(layers: Sequence[LayerLike]) -> dict[str, OutputLayer]:
    """Layers by their paths, or numbers."""
    found: dict[str, OutputLayer] = {}
    for number, layer in enumerate(layers, start=1):
        name = f"layer {number}" if isinstance(layer, OutputLayer) else os.fspath(layer)
        if name in found:
            raise ClassliftError(f"--layer {name}", "is given twice", fix="give each layer once.")
        found[name] = the_layer(layer)
    return found

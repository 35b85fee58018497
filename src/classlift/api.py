"""The verbs for Python: the same jobs as the commands, on files, arrays or DataFrames."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, overload

import numpy as np

from classlift import evaluation, fitting, judging, metrics, tuning
from classlift.kinds import Kind
from classlift.lifting import LiftSummary, Output, lift
from classlift.methods import make_settings
from classlift.predictions import Predictions
from classlift.sources import PredictionSource
from classlift.storage import ReadOptions, open_predictions, open_validation, open_writer

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from classlift.layer import OutputLayer

    Where = str | os.PathLike[str] | Mapping[str, Any] | pd.DataFrame

DEFAULT_READING = ReadOptions()
DEFAULT_RESAMPLING = evaluation.Resampling()


def fit(
    where: Where,
    *,
    method: str = "elaborated",
    settings: Mapping[str, Any] | None = None,
    effect: str = "out-of-fold",
    low_fraction: float = metrics.LOW_FRACTION,
    seed: int = 0,
    reading: ReadOptions = DEFAULT_READING,
) -> fitting.FitResult:
    """Fit a layer with fixed settings; see `classlift fit`.

    Parameters
    ----------
    where : path, mapping of arrays, or DataFrame
        Labelled validation predictions, for example ``{"probs": p, "labels": y}``.
    method : str
        Name of a method.
    settings : mapping, optional
        Settings by name, for example ``{"beta": 0.5}``; the others keep their defaults.
    effect : {'out-of-fold', 'in-sample', 'none'}
        Which effect on the validation rows to find out.
    low_fraction : float
        Share of the classes that the low figures are about.
    seed : int
        Seed of the folds.
    reading : ReadOptions
        How to read, where it is ambiguous.

    Returns
    -------
    FitResult
        ``.layer`` is what was fitted; ``.out_of_fold`` its honest effect.

    Raises
    ------
    ClassliftError
        If something cannot be read, or cannot be fitted on.

    Examples
    --------
    >>> import numpy as np
    >>> p = np.array([[0.6, 0.4], [0.7, 0.3], [0.45, 0.55], [0.6, 0.4]])
    >>> result = fit({"probs": p, "labels": np.array([0, 0, 1, 1])}, settings={"beta": 0.5}, effect="none")
    >>> result.layer.steps[0].weight.shape
    (2, 2)
    """
    return fitting.fit(
        open_validation(where, reading),
        method=method,
        settings=make_settings(method, settings or {}),
        effect=fitting.Effect(effect),
        low_fraction=low_fraction,
        seed=seed,
    )


def tune(
    where: Where,
    *,
    objective: str = "low20",
    methods: tuple[str, ...] | None = None,
    largest_drop: float = 0.001,
    low_fraction: float = metrics.LOW_FRACTION,
    seed: int = 0,
    reading: ReadOptions = DEFAULT_READING,
) -> tuning.TuneResult:
    """Find the layer that lifts the lowest classes most and costs no total accuracy; see `classlift tune`.

    Parameters
    ----------
    where : path, mapping of arrays, or DataFrame
        Labelled validation predictions.
    objective : {'low20', 'worst', 'macro-f1', 'balanced'}
        What to lift.
    methods : tuple of str, optional
        Methods whose first steps are tried.
    largest_drop : float
        How far the out-of-fold total accuracy may fall below raw, as a fraction (0.001 is 0.1 points).
    low_fraction : float
        Share of the classes that the low figures are about.
    seed : int
        Seed of the folds.
    reading : ReadOptions
        How to read, where it is ambiguous.

    Returns
    -------
    TuneResult
        ``.layer`` is the identity where nothing is better; ``.effect`` is the out-of-fold comparison.

    Examples
    --------
    >>> import numpy as np
    >>> p = np.array([[0.9, 0.1], [0.2, 0.8]] * 20)
    >>> result = tune({"probs": p, "labels": np.array([0, 1] * 20)})
    >>> result.layer.steps, result.notes[0][:26]
    ((), '40 labelled rows are too f')
    """
    return tuning.tune(
        open_validation(where, reading),
        objective=objective,
        methods=methods,
        largest_drop=largest_drop,
        low_fraction=low_fraction,
        seed=seed,
    )


@overload
def evaluate(
    where: Where,
    *,
    low_fraction: float = ...,
    resampling: evaluation.Resampling = ...,
    confusion: bool = ...,
    reading: ReadOptions = ...,
) -> evaluation.Evaluation: ...
@overload
def evaluate(
    where: Where,
    *,
    layer: OutputLayer,
    low_fraction: float = ...,
    resampling: evaluation.Resampling = ...,
    confusion: bool = ...,
    reading: ReadOptions = ...,
) -> evaluation.Comparison: ...
@overload
def evaluate(
    where: Where,
    *,
    against: Where,
    low_fraction: float = ...,
    resampling: evaluation.Resampling = ...,
    confusion: bool = ...,
    reading: ReadOptions = ...,
) -> evaluation.Comparison: ...
def evaluate(
    where: Where,
    *,
    layer: OutputLayer | None = None,
    against: Where | None = None,
    low_fraction: float = metrics.LOW_FRACTION,
    resampling: evaluation.Resampling = DEFAULT_RESAMPLING,
    confusion: bool = False,
    reading: ReadOptions = DEFAULT_READING,
) -> evaluation.Evaluation | evaluation.Comparison:
    """Judge predictions; see `classlift evaluate`.

    Parameters
    ----------
    where : path, mapping of arrays, or DataFrame
        Labelled predictions.
    layer : OutputLayer, optional
        Compare them raw against lifted.
    against : path, mapping of arrays, or DataFrame, optional
        Compare them against another result on the same rows, by a column of ids where both have one.
    low_fraction : float
        Share of the classes that the low figures are about.
    resampling : Resampling
        How the intervals of the lowest classes are drawn.
    confusion : bool
        Whether to count which class is taken for which.
    reading : ReadOptions
        How to read, where it is ambiguous.

    Returns
    -------
    Evaluation or Comparison
        The latter with `layer` or `against`; both have ``to_frame()``, ``interval(figure)`` and ``details``.

    Examples
    --------
    >>> import numpy as np
    >>> p = np.array([[0.9, 0.1], [0.2, 0.8], [0.6, 0.4]])
    >>> evaluate({"probs": p, "labels": np.array([0, 1, 1])}).to_frame()["accuracy"].tolist()
    [1.0, 0.5]
    """
    source = open_predictions(where, reading)
    if layer is not None:
        return judging.judge_layer(
            source, layer, low_fraction=low_fraction, resampling=resampling, confusion=confusion
        )
    if against is None:
        return judging.evaluate(source, low_fraction=low_fraction, resampling=resampling, confusion=confusion)
    return judging.compare_sources(
        open_predictions(against, reading),
        source,
        low_fraction=low_fraction,
        resampling=resampling,
        confusion=confusion,
    )


def apply(
    layer: OutputLayer,
    where: Where,
    out: str | os.PathLike[str],
    *,
    output: str = "probs",
    reading: ReadOptions = DEFAULT_READING,
) -> LiftSummary:
    """Apply a layer to predictions and write the result to a file, block by block; see `classlift apply`.

    Parameters
    ----------
    layer : OutputLayer
        What to apply.
    where : path, mapping of arrays, or DataFrame
        Predictions, with or without labels.
    out : path
        File to write; its suffix chooses the format.
    output : {'probs', 'scores', 'labels'}
        What to write of each row besides the predicted class.
    reading : ReadOptions
        How to read, where it is ambiguous.

    Returns
    -------
    LiftSummary

    Examples
    --------
    >>> import numpy as np, pathlib, tempfile
    >>> from classlift.layer import OutputLayer
    >>> out = pathlib.Path(tempfile.mkdtemp()) / "out.npz"
    >>> apply(OutputLayer((), 2), {"probs": np.array([[0.9, 0.1]])}, out).n_changed
    0
    """
    return apply_source(layer, open_predictions(where, reading), out, output=Output(output))


def apply_source(
    layer: OutputLayer, source: PredictionSource, out: str | os.PathLike[str], *, output: Output
) -> LiftSummary:
    """Apply a layer to an open source and write the file `out`, whole or not at all."""
    layer.check_fits(source.name, source.kind, source.n_classes, source.classes)
    with open_writer(
        out,
        classes=source.classes or layer.classes,
        n_classes=source.n_classes,
        n_samples=source.n_samples,
        score_name=None if output is Output.LABELS else str(output),
    ) as writer:
        return lift(source, layer, writer.write, output=output)


def lift_array(
    layer: OutputLayer, scores: NDArray[np.floating], *, kind: str = "probabilities"
) -> NDArray[np.floating]:
    """Apply a layer to an array in memory.

    Parameters
    ----------
    layer : OutputLayer
        What to apply.
    scores : ndarray of float16, float32 or float64, shape (n_samples, n_classes)
        Probabilities or logits.
    kind : {'probabilities', 'logits'}
        What they are.

    Returns
    -------
    ndarray of float32 or float64, shape (n_samples, n_classes)
        Probabilities, as `classlift apply` writes them.
    """
    array = np.asarray(scores)
    array = array.astype(np.float32) if array.dtype == np.float16 else array
    return layer.apply(Predictions(array, Kind(kind))).probabilities()

"""Judge predictions."""

from __future__ import annotations

from typing import TYPE_CHECKING, overload

from classlift import evaluation, judging, metrics
from classlift.api.where import DEFAULT_READING
from classlift.storage import ReadOptions, open_predictions

if TYPE_CHECKING:
    from classlift.api.where import Where
    from classlift.layer import OutputLayer

DEFAULT_RESAMPLING = evaluation.Resampling()


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
    id_column: str | None = ...,
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
    id_column: str | None = None,
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
    id_column : str, optional
        Column that holds the ids, where its name is not a usual one.
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
        id_column=id_column,
    )

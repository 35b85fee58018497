"""Evaluate predictions."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, overload

from classlift.api.arguments import check_arguments, the_costs, the_layer, the_shares
from classlift.api.where import DEFAULT_READING, opened
from classlift.data import metrics
from classlift.errors import ClassliftError
from classlift.evaluation import evaluate as here
from classlift.evaluation.options import EvaluationOptions, Resampling
from classlift.storage import ReadOptions

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike

    from classlift.api.arguments import CostsLike, LayerLike, SharesLike
    from classlift.api.progress import Progress
    from classlift.api.where import Where
    from classlift.data.pieces import Pieces
    from classlift.data.source import PredictionSource
    from classlift.evaluation.comparison import Comparison
    from classlift.evaluation.result import Evaluation
    from classlift.layer.layer import OutputLayer

DEFAULT_RESAMPLING = Resampling()


@overload
def evaluate(
    where: Where,
    labels: ArrayLike | None = ...,
    *,
    logits: bool | None = ...,
    low_fraction: float = ...,
    resampling: Resampling = ...,
    confusion: bool = ...,
    coverage: bool = ...,
    by: Sequence[str] = ...,
    shares: SharesLike | None = ...,
    costs: CostsLike | None = ...,
    engine: str | None = ...,
    scheduler: str | None = ...,
    reading: ReadOptions = ...,
    progress: Progress | None = ...,
) -> Evaluation: ...
@overload
def evaluate(
    where: Where,
    labels: ArrayLike | None = ...,
    *,
    logits: bool | None = ...,
    layer: LayerLike,
    low_fraction: float = ...,
    resampling: Resampling = ...,
    confusion: bool = ...,
    coverage: bool = ...,
    by: Sequence[str] = ...,
    shares: SharesLike | None = ...,
    costs: CostsLike | None = ...,
    engine: str | None = ...,
    scheduler: str | None = ...,
    reading: ReadOptions = ...,
    progress: Progress | None = ...,
) -> Comparison: ...
@overload
def evaluate(
    where: Where,
    labels: ArrayLike | None = ...,
    *,
    logits: bool | None = ...,
    against: Where,
    low_fraction: float = ...,
    resampling: Resampling = ...,
    confusion: bool = ...,
    coverage: bool = ...,
    by: Sequence[str] = ...,
    shares: SharesLike | None = ...,
    costs: CostsLike | None = ...,
    engine: str | None = ...,
    scheduler: str | None = ...,
    reading: ReadOptions = ...,
    progress: Progress | None = ...,
) -> Comparison: ...
@overload
def evaluate(
    where: Where,
    labels: ArrayLike | None = ...,
    *,
    logits: bool | None = ...,
    layer: LayerLike | None = ...,
    against: Where | LayerLike | None = ...,
    low_fraction: float = ...,
    resampling: Resampling = ...,
    confusion: bool = ...,
    coverage: bool = ...,
    by: Sequence[str] = ...,
    shares: SharesLike | None = ...,
    costs: CostsLike | None = ...,
    engine: str | None = ...,
    scheduler: str | None = ...,
    reading: ReadOptions = ...,
    progress: Progress | None = ...,
) -> Evaluation | Comparison: ...
def evaluate(
    where: Where,
    labels: ArrayLike | None = None,
    *,
    logits: bool | None = None,
    layer: LayerLike | None = None,
    against: Where | LayerLike | None = None,
    low_fraction: float = metrics.LOW_FRACTION,
    resampling: Resampling = DEFAULT_RESAMPLING,
    confusion: bool = False,
    coverage: bool = False,
    by: Sequence[str] = (),
    shares: SharesLike | None = None,
    costs: CostsLike | None = None,
    engine: str | None = None,
    scheduler: str | None = None,
    reading: ReadOptions = DEFAULT_READING,
    progress: Progress | None = None,
) -> Evaluation | Comparison:
    """Evaluate predictions; see `classlift evaluate`.

    Parameters
    ----------
    where : path, mapping of arrays, frame, or array of scores
        Labelled predictions.
    labels : array-like, optional
        Labels of the rows, where `where` is an array of scores.
    logits : bool, optional
        Whether the scores are logits; False: probabilities. Without it names and values tell.
    layer : OutputLayer or path, optional
        Compare them raw against adjusted.
    against : path, mapping of arrays, or DataFrame, optional
        Compare them against another result on the same rows, by a column of ids where both have one
        (`reading` names it where its name is not a usual one). With `layer` another layer: what it makes of the rows
        is before.
    low_fraction : float
        Share of the classes that the low figures are about.
    resampling : Resampling
        How the intervals of the lowest classes are drawn.
    confusion : bool
        Whether to count which class is taken for which.
    coverage : bool
        Whether to keep how sure each row is (4 to 12 bytes a row and result), for ``coverage()`` of the result.
    by : sequence of str
        Carried columns whose values part the rows into groups; see ``groups`` and ``group()`` of the result.
    shares : mapping of str to float, or path, optional
        Class shares, by class name, under which figures are shown; those of the rows by default.
    costs : path, mapping of names, frame or array, optional
        What mistakes cost, row the true class, column the predicted one (`classlift help costs`); by default that of
        the layer, where it decides by costs.
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
    Evaluation or Comparison
        The latter with `layer` or `against`; both have ``to_frame()``, ``interval(figure)`` and ``details``.

    Examples
    --------
    >>> import numpy as np
    >>> p = np.array([[0.9, 0.1], [0.2, 0.8], [0.6, 0.4]])
    >>> evaluate({"probs": p, "labels": np.array([0, 1, 1])}).to_frame()["recall"].tolist()
    [1.0, 0.5]
    """
    check_arguments(
        low_fraction=low_fraction, resampling=resampling, confusion=confusion, coverage=coverage, engine=engine,
        scheduler=scheduler, by=by, reading=reading,
    )  # fmt: skip
    layer = None if layer is None else the_layer(layer)
    old = None if layer is None or against is None else _old_layer(against)
    options = EvaluationOptions(
        low_fraction, resampling, confusion, tuple(by), the_shares(shares), the_costs(costs), coverage
    )
    if engine is not None:
        from classlift.api.engine import both_in_pieces, pieces_of  # noqa: PLC0415  (not everybody's way)

        if against is not None and old is None:
            from classlift.evaluation.two_sources import compare_sources  # noqa: PLC0415

            before = _beside(against, replace(reading, cluster=None), labels, logits)
            with both_in_pieces(before, where, reading, engine=engine, scheduler=scheduler) as both:
                return compare_sources(*both, options, id=reading.id)
        with pieces_of(where, reading, engine=engine, scheduler=scheduler) as cut:
            return _evaluated(cut, layer, old, options)
    source = opened(where, reading, labels=labels, logits=logits, progress=progress)
    if against is not None and layer is None:
        from classlift.evaluation.two_sources import compare_sources  # noqa: PLC0415  (not everybody's way)

        before = _beside(against, replace(reading, cluster=None), labels, logits)
        return compare_sources(before, source, options, id=reading.id)
    return _evaluated(source, layer, old, options)


def _evaluated(
    rows: PredictionSource | Pieces, layer: OutputLayer | None, old: OutputLayer | None, options: EvaluationOptions
) -> Evaluation | Comparison:
    """Evaluate rows as they are, or raw (by an old layer) against adjusted where there is a layer."""
    if layer is None:
        return here.evaluate(rows, options)
    from classlift.evaluation.compare import evaluate_layer  # noqa: PLC0415  (not everybody's way)

    return evaluate_layer(rows, layer, options, old=old)


def _old_layer(against: object) -> OutputLayer:
    """The layer that another one is compared with; ClassliftError where it is something else."""
    try:
        return the_layer(against)  # type: ignore[arg-type]
    except ClassliftError as error:
        raise ClassliftError(
            "--against",
            f"with --layer is another layer; {error.where}: {error.problem}",
            fix="name a layer file, or give --layer or --against on its own.",
        ) from None


def _beside(
    against: Any,  # noqa: ANN401  (whatever can be opened)
    reading: ReadOptions,
    labels: ArrayLike | None,
    logits: bool | None,
) -> PredictionSource:
    """Open the other result; an array of scores has the same labels."""
    named = isinstance(against, str | os.PathLike | Mapping) or hasattr(against, "columns")
    if named or hasattr(against, "blocks"):
        return opened(against, reading)
    return opened(against, reading, labels=labels, logits=logits)

"""Find a layer by cross-validation."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from classlift.api.arguments import check_arguments, the_costs, the_shares
from classlift.api.progress import unwatched
from classlift.api.where import DEFAULT_READING, opened
from classlift.data import metrics
from classlift.data.pieces import as_pieces
from classlift.fitting.tuning import judging
from classlift.fitting.tuning import tune as here
from classlift.fitting.tuning.wishes import allowed_fall
from classlift.gates.settings import GateSet
from classlift.storage import ReadOptions

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike

    from classlift.api.arguments import CostsLike, SharesLike
    from classlift.api.progress import Progress
    from classlift.api.where import Where
    from classlift.data.pieces import Pieces
    from classlift.data.source import PredictionSource
    from classlift.fitting.tuning.result import TuneResult


def tune(
    where: Where,
    labels: ArrayLike | None = None,
    *,
    test: Where | None = None,
    logits: bool | None = None,
    objective: str | None = None,
    methods: tuple[str, ...] | None = None,
    costs: CostsLike | None = None,
    max_total_drop: float | str | None = None,
    require: Sequence[str] = (),
    confidence: float | None = None,
    best_effort: bool = False,
    choose: str | int | None = None,
    by: Sequence[str] = (),
    low_fraction: float = metrics.LOW_FRACTION,
    sample: int | None = None,
    shares: SharesLike | None = None,
    seed: int = 0,
    jobs: int = 1,
    engine: str | None = None,
    scheduler: str | None = None,
    reading: ReadOptions = DEFAULT_READING,
    progress: Progress | None = None,
) -> TuneResult:
    """Find the layer that lifts the lowest classes most within an allowed loss of total accuracy; see `classlift tune`.

    Parameters
    ----------
    where : path, mapping of arrays, frame, or array of scores
        Labelled validation predictions.
    labels : array-like, optional
        Labels of the rows, where `where` is an array of scores.
    test : path, mapping of arrays or frame, optional
        Labelled predictions of other rows, on which the layer is judged at once.
    logits : bool, optional
        Whether the scores are logits; False: probabilities. Without it names and values tell.
    objective : str, optional
        Figure to lift, as gates name it: ``low20``, ``macro_f1``, ``class["cat"].recall``; by default ``low20``, or
        ``cost`` where there are costs.
    methods : tuple of str, optional
        Methods whose first steps are tried.
    costs : path, mapping of names, frame or array, optional
        What mistakes cost; the layer then predicts the class of least expected cost (`classlift help costs`).
    max_total_drop : float or str, optional
        How far the out-of-fold total accuracy may fall below raw, as a fraction or as points (``"5pp"``): 0.001
        (0.1 points) by default, or as far as what is required makes it fall.
    require : sequence of str
        Conditions that the layer has to hold out of fold, in the grammar of gates.
    confidence : float, optional
        Ask them of one-sided bounds, too, that hold with this confidence.
    best_effort : bool
        Whether to give the layer that comes nearest where nothing holds what is required; the identity otherwise.
    choose : str or int, optional
        Name or number of the candidate to take, whatever the guard says of it.
    by : sequence of str
        Carried columns whose values part the rows into groups, for requirements such as
        ``every group.total.change >= -1pp``.
    low_fraction : float
        Share of the classes that the low figures are about.
    sample : int, optional
        Tune on about this many rows at most, chosen evenly from every class; without it on what 64 MB hold in float32.
    shares : mapping of str to float, or path, optional
        Class shares, by class name, under which total accuracy is guarded; those of the rows by default.
    seed : int
        Seed of the folds.
    jobs : int
        Threads to work in.
    engine : {'processes', 'dask'}, optional
        Where rows are read and first steps are fitted: in this process, in one for each core, or on a dask cluster. An
        engine takes a path that all workers see.
    scheduler : str, optional
        Address of a dask cluster that runs already; one of this machine by default.
    reading : ReadOptions
        How to read, where it is ambiguous.
    progress : callable, optional
        Takes what is being done and gives a context whose value is called with the share that is done.

    Returns
    -------
    TuneResult
        ``.layer`` is the identity where nothing is better; ``.promise`` is what it is expected to do in a new sample,
        corrected for the choice; ``.effect`` is the out-of-fold comparison as counted. ``.requirements`` holds what
        became of each requirement, ``.met`` whether all are met, ``.test`` the comparison on `test`.

    Examples
    --------
    >>> import numpy as np
    >>> p = np.array([[0.9, 0.1], [0.2, 0.8]] * 20)
    >>> result = tune({"probs": p, "labels": np.array([0, 1] * 20)})
    >>> result.layer.steps, result.notes[0][:26]
    ((), '40 labelled rows are too f')
    """
    check_arguments(
        confidence=confidence, best_effort=best_effort, low_fraction=low_fraction, sample=sample, seed=seed,
        jobs=jobs, engine=engine, scheduler=scheduler,
        by=by, reading=reading,
    )  # fmt: skip
    rows: PredictionSource | Pieces
    with contextlib.ExitStack() as stack:
        if engine is None:
            rows = opened(where, reading, labels=labels, logits=logits, passes=True, carried=by, progress=progress)
        else:
            from classlift.api.engine import pieces_of  # noqa: PLC0415  (not everybody's way)

            cut = pieces_of(where, reading, labels=labels, logits=logits, engine=engine, scheduler=scheduler)
            rows = stack.enter_context(cut)
        judge = None if test is None else opened(test, reading, logits=logits, passes=True, progress=progress)
        if judge is not None:
            judging.check_test(judge, as_pieces(rows).source)
        watch = stack.enter_context((progress or unwatched)("tuning"))
        result = here.tune(
            rows,
            objective=objective,
            methods=methods,
            costs=the_costs(costs),
            max_total_drop=allowed_fall(max_total_drop),
            require=GateSet.from_texts(require, "require").with_confidence(confidence),
            best_effort=best_effort,
            choose=None if choose is None else str(choose),
            by=tuple(by),
            low_fraction=low_fraction,
            sample=sample,
            shares=the_shares(shares),
            seed=seed,
            jobs=jobs,
            watch=watch,
        )
    return result if judge is None else judging.judged(result, judge)

"""Fit a layer with fixed settings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from classlift.api.arguments import check_arguments, one_of, the_costs
from classlift.api.where import DEFAULT_READING, opened
from classlift.data import metrics
from classlift.errors import ClassliftError
from classlift.fitting import fit as here
from classlift.fitting.partials.partial import Partials
from classlift.fitting.partials.summing import fit_partials
from classlift.fitting.result import EffectKind, FitResult
from classlift.methods import make_settings
from classlift.storage import ReadOptions

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from classlift.api.arguments import CostsLike
    from classlift.api.progress import Progress
    from classlift.api.where import Where


def fit(
    where: Where | Partials,
    labels: ArrayLike | None = None,
    *,
    logits: bool | None = None,
    method: str = "elaborated",
    settings: Mapping[str, Any] | None = None,
    effect: str = "out-of-fold",
    costs: CostsLike | None = None,
    low_fraction: float = metrics.LOW_FRACTION,
    seed: int = 0,
    engine: str | None = None,
    scheduler: str | None = None,
    reading: ReadOptions = DEFAULT_READING,
    progress: Progress | None = None,
) -> FitResult:
    """Fit a layer with fixed settings; see `classlift fit`.

    Parameters
    ----------
    where : path, mapping of arrays, frame, or array of scores; or Partials
        Labelled validation predictions, for example ``{"probs": p, "labels": y}``; or the merged sums of their shards.
    labels : array-like, optional
        Labels of the rows, where `where` is an array of scores.
    logits : bool, optional
        Whether the scores are logits; False: probabilities. Without it names and values tell.
    method : str
        Name of a method.
    settings : mapping, optional
        Settings by name, for example ``{"beta": 0.5}``; the others keep their defaults.
    effect : {'out-of-fold', 'in-sample', 'none'}
        Which effect on the validation rows to find out.
    costs : path, mapping of names, frame or array, optional
        What mistakes cost; the layer then predicts the class of least expected cost (`classlift help costs`).
    low_fraction : float
        Share of the classes that the low figures are about.
    seed : int
        Seed of the folds.
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
    check_arguments(
        method=method, settings=settings, low_fraction=low_fraction, seed=seed, engine=engine, scheduler=scheduler,
        reading=reading,
    )  # fmt: skip
    how: dict[str, Any] = {
        "method": method,
        "settings": make_settings(method, settings or {}),
        "effect": one_of(EffectKind, "effect", effect),
        "low_fraction": low_fraction,
        "seed": seed,
        "costs": the_costs(costs),
    }
    if isinstance(where, Partials):
        found = fit_partials("the sums", where, at_solve=settings or {}, low_fraction=low_fraction)
        return replace(found, layer=here.decided_by(the_costs(costs), found.layer, found.layer.classes))
    if engine is None:
        source = opened(where, reading, labels=labels, logits=logits, passes=True, progress=progress)
        return here.fit(source, **how)
    from classlift.api.engine import pieces_of  # noqa: PLC0415  (not everybody's way)

    if reading.cluster is not None:
        raise ClassliftError(
            "--engine", "cannot keep clusters together in its folds: --cluster works in one process",
            fix="leave out --engine.",
        )  # fmt: skip
    with pieces_of(where, reading, labels=labels, logits=logits, engine=engine, scheduler=scheduler) as cut:
        return here.fit(cut, **how)

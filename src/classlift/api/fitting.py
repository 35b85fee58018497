"""Fit and tune."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from classlift import fitting, metrics, tuning
from classlift.api.where import DEFAULT_READING
from classlift.methods import make_settings
from classlift.storage import ReadOptions, open_validation

if TYPE_CHECKING:
    from classlift.api.where import Where


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

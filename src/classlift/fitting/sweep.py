"""One setting at a time around the chosen values, out of fold [Choi 2017, Fig. 3]."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING

import numpy as np

from classlift.data import metrics
from classlift.data.notebook import Shown, frame_of
from classlift.evaluation.compare import evaluate_layer
from classlift.evaluation.options import EvaluationOptions
from classlift.fitting.fit import fit

if TYPE_CHECKING:
    import pandas as pd

    from classlift.data.source import PredictionSource
    from classlift.evaluation.comparison import Comparison
    from classlift.methods import Settings

GRIDS: dict[str, tuple[float, ...]] = {
    "rlow": (0.0, 0.05, 0.1, 0.15, 0.2, 0.3),
    "rhigh": (0.5, 0.6, 0.7, 0.8, 0.9, 1.0),
    "alpha": (0.0, 1.0, 3.0, 10.0, 30.0, 100.0),
    "beta": (0.0, 0.5, 1.0, 1.5, 2.0, 3.0),
    "accuracy_floor": (0.01, 0.05, 0.1, 0.2, 0.4),
    "strength": (0.0, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8),
    "tau": (0.0, 0.25, 0.5, 0.75, 1.0, 1.5, 2.0),
    "ridge": (0.1, 1.0, 3.0, 10.0, 30.0, 100.0),
    "scale": (0.5, 0.7, 0.8, 0.9, 1.0, 1.2),
}
"""Values that are tried of each setting; others keep theirs."""


@dataclass(frozen=True, eq=False)
class SweepPoint:
    """One value of one setting.

    Parameters
    ----------
    setting : str
        Its name.
    value : float
        Its value; all other settings are the chosen ones.
    chosen : bool
        Whether this is the chosen value.
    out_of_fold : Comparison
        Effect on rows of the validation file that the fit has not seen.
    test : Comparison or None
        Effect on the test file: a look at the test set.
    """

    setting: str
    value: float
    chosen: bool
    out_of_fold: Comparison
    test: Comparison | None


@dataclass(frozen=True, eq=False, repr=False)
class Sweep(Shown):
    """What became of one setting at a time.

    Parameters
    ----------
    name : str
        The validation file.
    method : str
        The method whose settings were varied.
    points : tuple of SweepPoint
        By setting, then by value; the chosen value is among those of every setting.
    """

    name: str
    method: str
    points: tuple[SweepPoint, ...]

    def to_frame(self) -> pd.DataFrame:
        """One row per value: the figures out of fold, and on the test file where there is one, with the word test."""
        return frame_of([_point_row(point) for point in self.points])

    def _lines(self) -> tuple[str, str]:
        names = dict.fromkeys(point.setting for point in self.points)
        return f"Sweep of {self.method} on {self.name}", f"{len(self.points)} values of {', '.join(names)}"

    def _frame(self) -> pd.DataFrame:
        return self.to_frame()


def _point_row(point: SweepPoint) -> dict[str, object]:
    sides = {"": point.out_of_fold, "test_": point.test}
    figures = {
        f"{prefix}{figure}_{side}": value
        for prefix, result in sides.items()
        if result is not None
        for figure in ("total", "low20")
        for side, value in zip(("before", "after", "change"), result.moved(figure), strict=True)
    }
    return {"setting": point.setting, "value": point.value, "chosen": point.chosen, **figures}


def sweep(
    val: PredictionSource,
    *,
    method: str,
    settings: Settings,
    test: PredictionSource | None = None,
    low_fraction: float = metrics.LOW_FRACTION,
    seed: int = 0,
    watch: Callable[[float], None] = lambda share: None,
) -> Sweep:
    """Vary one setting at a time.

    Parameters
    ----------
    val : PredictionSource
        Labelled validation predictions.
    method : str
        Name of a method.
    settings : Settings
        The chosen values.
    test : PredictionSource, optional
        Labelled test predictions, evaluated too.
    low_fraction : float
        Share of the classes that the low figures are about.
    seed : int
        Seed of the folds.
    watch : callable
        Called with the share of the work that is done.

    Returns
    -------
    Sweep
    """
    plan = [
        (entry.name, value)
        for entry in fields(settings)
        if entry.name in GRIDS
        for value in sorted({*GRIDS[entry.name], getattr(settings, entry.name)})
    ]
    points = []
    for i, (name, value) in enumerate(plan):
        varied = replace(settings, **{name: value})
        result = fit(val, method=method, settings=varied, low_fraction=low_fraction, seed=seed)
        on_test = None if test is None else evaluate_layer(test, result.layer, EvaluationOptions(low_fraction))
        assert result.out_of_fold is not None
        chosen = bool(np.isclose(value, getattr(settings, name)))
        points.append(SweepPoint(name, value, chosen, result.out_of_fold, on_test))
        watch((i + 1) / len(plan))
    return Sweep(val.name, method, tuple(points))

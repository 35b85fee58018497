"""Every method with its defaults, and the tuned layer, on the same two files."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from classlift.data import metrics
from classlift.data.reading import Reading, reading_of
from classlift.errors import ClassliftError
from classlift.evaluation import EvaluationOptions
from classlift.evaluation.evaluate import evaluate_layer
from classlift.fitting.fit import fit
from classlift.fitting.result import EffectKind
from classlift.fitting.tuning import tune
from classlift.methods import METHODS

if TYPE_CHECKING:
    from classlift.data.source import PredictionSource
    from classlift.evaluation import Comparison
    from classlift.layer.layer import OutputLayer

TUNED = "tuned"


@dataclass(frozen=True, eq=False)
class Entry:
    """One method on the test file.

    Parameters
    ----------
    method : str
        Name of the method, or ``tuned``.
    layer : OutputLayer
        What it fitted on the validation file.
    result : Comparison
        Raw against adjusted on the test file.
    seconds : float
        How long the fit took.
    """

    method: str
    layer: OutputLayer
    result: Comparison
    seconds: float


@dataclass(frozen=True, eq=False)
class Benchmark:
    """All methods on the same files.

    Parameters
    ----------
    name : str
        The test file.
    entries : tuple of Entry
        Best mean accuracy of the lowest classes (low20) first.
    notes : tuple of str
        Methods that could not take part, and why.
    reading : Reading, optional
        What was taken for what.
    """

    name: str
    entries: tuple[Entry, ...]
    notes: tuple[str, ...]
    reading: Reading | None = None


def compare(
    val: PredictionSource,
    test: PredictionSource,
    *,
    low_fraction: float = metrics.LOW_FRACTION,
    seed: int = 0,
    jobs: int = 1,
) -> Benchmark:
    """Fit every method on `val` with its defaults, tune, and evaluate all of them on `test`.

    Parameters
    ----------
    val, test : PredictionSource
        Labelled predictions of the same model.
    low_fraction : float
        Share of the classes that the low figures are about.
    seed : int
        Seed of the folds of tuning.
    jobs : int
        Processes that tuning works in.

    Returns
    -------
    Benchmark
    """
    found, notes = [], []
    for method in (name for name, entry in METHODS.items() if not entry.by_hand):
        start = time.perf_counter()
        try:
            layer = fit(val, method=method, effect=EffectKind.NONE, low_fraction=low_fraction).layer
        except ClassliftError as error:
            notes.append(f"{method} took no part: {error.problem}")
            continue
        found.append(_evaluated(method, layer, test, time.perf_counter() - start, low_fraction))
    start = time.perf_counter()
    tuned = tune(val, low_fraction=low_fraction, seed=seed, jobs=jobs)
    found.append(_evaluated(TUNED, tuned.layer, test, time.perf_counter() - start, low_fraction))
    found.sort(key=lambda one: -one.result.after.value("low20"))
    return Benchmark(test.name, tuple(found), tuple(notes), reading_of(test))


def _evaluated(method: str, layer: OutputLayer, test: PredictionSource, seconds: float, low_fraction: float) -> Entry:
    return Entry(method, layer, evaluate_layer(test, layer, EvaluationOptions(low_fraction)), seconds)

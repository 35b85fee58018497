"""Every method with its defaults, the tuned layer, and layers that are given, on the same test file."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from classlift.data import metrics
from classlift.data.notebook import Shown, frame_of
from classlift.data.reading import Reading, reading_of
from classlift.errors import ClassliftError
from classlift.evaluation.options import EvaluationOptions
from classlift.evaluation.several import evaluate_layers
from classlift.evaluation.words import RAW
from classlift.fitting.fit import fit
from classlift.fitting.result import EffectKind
from classlift.fitting.tuning.aim import DEFAULT_DROP
from classlift.fitting.tuning.tune import tune
from classlift.methods import METHODS

if TYPE_CHECKING:
    import pandas as pd

    from classlift.data.costs import Costs
    from classlift.data.source import PredictionSource
    from classlift.evaluation.comparison import Comparison
    from classlift.evaluation.result import Evaluation
    from classlift.layer.layer import OutputLayer

TUNED = "tuned"
FIGURES = ("total", "low20")
"""What the methods are compared by."""


@dataclass(frozen=True, eq=False)
class Entry:
    """One method, or one layer that was given, on the test file.

    Parameters
    ----------
    method : str
        Name of the method, ``tuned``, or the name of the layer.
    layer : OutputLayer
        What it fitted on the validation file, or what was given.
    result : Comparison
        Raw against adjusted on the test file.
    seconds : float
        How long the fit took; NaN of a layer that was given.
    """

    method: str
    layer: OutputLayer
    result: Comparison
    seconds: float


@dataclass(frozen=True, eq=False, repr=False)
class Benchmark(Shown):
    """All methods on the same files.

    Parameters
    ----------
    name : str
        The test file.
    entries : tuple of Entry
        Those that hold the guard first, then the others; of either, the best on the test file by `figure` first, of
        equal ones the best total accuracy.
    max_total_drop : float
        Guard: how far total accuracy may fall on the test file.
    notes : tuple of str
        Methods that could not take part, and why.
    reading : Reading, optional
        What was taken for what.
    between : mapping
        The comparison of every two results, by their names before and after: raw is before all others, and layers
        that were given stand in the order in which they were.
    given : tuple of str
        Names of layers that were given.
    figure : str
        What the order goes by.
    """

    name: str
    entries: tuple[Entry, ...]
    max_total_drop: float
    notes: tuple[str, ...]
    reading: Reading | None = None
    between: Mapping[tuple[str, str], Comparison] = field(default_factory=dict)
    given: tuple[str, ...] = ()
    figure: str = "low20"

    @property
    def ranked(self) -> tuple[Entry, ...]:
        """Entries that hold the guard, best first."""
        return tuple(one for one in self.entries if _holds(one, self.max_total_drop))

    @property
    def raw(self) -> Evaluation:
        """The test file without a layer."""
        return self.entries[0].result.before

    @property
    def place_of_raw(self) -> int:
        """Before which of the ranked entries the raw predictions stand: those before it are better."""
        raw = _level(self.raw, self.figure)
        return sum(_level(one.result.after, self.figure) > raw for one in self.ranked)

    @property
    def _figures(self) -> tuple[str, ...]:
        return FIGURES if self.figure in FIGURES else (self.figure, *FIGURES)

    def to_frame(self) -> pd.DataFrame:
        """One row per method, in this order, and raw: figures on the test file, with the intervals of the changes."""
        rows = {one.method: self._row(one) for one in self.entries}
        names, raw = list(rows), {name: self.raw.value(name) for name in self._figures}
        names.insert(self.place_of_raw, RAW)
        levels = {f"{name}_{side}": raw[name] for name in self._figures for side in ("before", "after")}
        changes = {f"{name}_change{end}": 0.0 for name in self._figures for end in ("", "_low", "_high")}
        rows[RAW] = {**levels, **changes, "holds_guard": True, "n_parameters": 0, "seconds": 0.0}
        return frame_of([rows[name] for name in names], names, "method")

    def negative_flips(self) -> pd.DataFrame:
        """Share of the rows that the result of the row has right and that of the column wrong, for every two."""
        names = list(dict.fromkeys(name for pair in self.between for name in pair))
        flips = [{to: self.flips(name, to) for to in names} for name in names]
        return frame_of(flips, names, "before")

    def flips(self, before: str, after: str) -> float:
        """Share of the rows that one result has right and another one wrong, by their names."""
        if before == after:
            return 0.0
        forward = self.between.get((before, after))
        pair = self.between[after, before] if forward is None else forward
        return (pair.fixed if forward is None else pair.broken) / pair.counts.before.n_samples

    def to_dict(self) -> dict[str, float]:
        """Every figure of every method in one flat dictionary: ``tuned.total.change``."""
        return {f"{one.method}.{name}": value for one in self.entries for name, value in one.result.to_dict().items()}

    def _row(self, entry: Entry) -> dict[str, object]:
        found: dict[str, object] = {}
        for figure in self._figures:
            moved = entry.result.moved(figure)._asdict()
            found |= {f"{figure}_{side}": value for side, value in moved.items()}
            low, high = entry.result.interval(f"{figure}.change")
            found |= {f"{figure}_change_low": low, f"{figure}_change_high": high}
        holds = _holds(entry, self.max_total_drop)
        return {**found, "holds_guard": holds, "n_parameters": entry.layer.n_parameters, "seconds": entry.seconds}

    def _lines(self) -> tuple[str, str]:
        head = f"Benchmark on {self.name}: {len(self.ranked)} of {len(self.entries)} methods hold the guard"
        if not self.ranked:
            return head, "none of them can be taken"
        best = self.ranked[0]
        return head, f"first: {best.method}: total accuracy {best.result.total}; low20 {best.result.low20}"

    def _frame(self) -> pd.DataFrame:
        return self.to_frame()


def compare(
    val: PredictionSource | None,
    test: PredictionSource,
    layers: Mapping[str, OutputLayer] | None = None,
    *,
    max_total_drop: float | None = None,
    low_fraction: float = metrics.LOW_FRACTION,
    seed: int = 0,
    jobs: int = 1,
    costs: Costs | None = None,
) -> Benchmark:
    """Fit every method on `val` with its defaults, tune, and evaluate all of them, and given layers, on `test`.

    The order is made on `test`, so the first of it looks better than it is.

    Parameters
    ----------
    val : PredictionSource, optional
        Labelled predictions of the same model as `test`; without them no method is fitted.
    test : PredictionSource
        Labelled predictions to judge on.
    layers : mapping of str to OutputLayer, optional
        Layers to evaluate, too, by name.
    max_total_drop : float
        How far total accuracy may fall, as a fraction: for tuning, and to have a rank. By default 0.001, with costs as
        far as these make it fall.
    low_fraction : float
        Share of the classes that the low figures are about.
    seed : int
        Seed of the folds of tuning.
    jobs : int
        Threads that tuning works in.
    costs : Costs, optional
        What mistakes cost: all layers decide by them, and the lowest mean cost comes first.

    Returns
    -------
    Benchmark
    """
    given = dict(layers or {})
    if max_total_drop is None:
        max_total_drop = DEFAULT_DROP if costs is None else 1.0
    fitted, notes = ({}, []) if val is None else _every_method(val, low_fraction, costs)
    if val is not None:
        start = time.perf_counter()
        tuned = tune(val, costs=costs, max_total_drop=max_total_drop, low_fraction=low_fraction, seed=seed, jobs=jobs)
        fitted[TUNED] = (tuned.layer, time.perf_counter() - start)
    every = given | {name: layer for name, (layer, _) in fitted.items()}
    between = evaluate_layers(test, every, EvaluationOptions(low_fraction, costs=costs))
    found = [
        Entry(name, layer, between[RAW, name], fitted[name][1] if name in fitted else float("nan"))
        for name, layer in every.items()
    ]
    figure = "low20" if costs is None else "cost"
    found.sort(key=lambda one: _level(one.result.after, figure), reverse=True)
    found.sort(key=lambda one: not _holds(one, max_total_drop))
    return Benchmark(
        test.name, tuple(found), max_total_drop, tuple(notes), reading_of(test), between, tuple(given), figure
    )


def _every_method(
    val: PredictionSource, low_fraction: float, costs: Costs | None
) -> tuple[dict[str, tuple[OutputLayer, float]], list[str]]:
    """Fit every method with its defaults: the layers with the seconds that it took, and what took no part."""
    found: dict[str, tuple[OutputLayer, float]] = {}
    notes = []
    for method in (name for name, entry in METHODS.items() if not entry.by_hand):
        start = time.perf_counter()
        try:
            layer = fit(val, method=method, effect=EffectKind.NONE, low_fraction=low_fraction, costs=costs).layer
        except ClassliftError as error:
            notes.append(f"{method} took no part: {error.problem}")
            continue
        found[method] = (layer, time.perf_counter() - start)
    return found, notes


def _level(result: Evaluation, figure: str) -> tuple[float, float]:
    return metrics.METRICS[figure].better * result.value(figure), result.total


def _holds(entry: Entry, max_total_drop: float) -> bool:
    return entry.result.change("total") >= -max_total_drop - 1e-12

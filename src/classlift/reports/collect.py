"""Find out everything that a report says about a layer, in a few passes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from classlift.data import metrics
from classlift.data.class_order import in_order_of
from classlift.data.fingerprint import Fingerprint
from classlift.data.source import SourceView
from classlift.errors import ClassliftError
from classlift.evaluation.compare import evaluate_layer
from classlift.evaluation.flips import find_flips
from classlift.evaluation.options import DEFAULT_RESAMPLING, EvaluationOptions, Resampling
from classlift.evaluation.pairs import layer_pairs
from classlift.fitting.inspection import inspect
from classlift.fitting.sweep import sweep
from classlift.methods import METHODS, make_settings
from classlift.reports.data import ReportData
from classlift.reports.unhelped_classes import not_helped

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from classlift.data.costs import Costs
    from classlift.data.predictions import Predictions
    from classlift.data.shares import Shares
    from classlift.data.source import PredictionSource
    from classlift.fitting.inspection import Inspection
    from classlift.fitting.sweep import Sweep
    from classlift.layer.layer import OutputLayer
    from classlift.methods import Settings

    Columns = Mapping[str, NDArray[Any]]

MOST_EXAMPLES = 8
"""Of rows fixed, and of rows broken."""

MOST_SWEEP_WORK = 2e7
"""Sweeps are made unasked where rows times squared classes is at most this: a few seconds on one core."""


@dataclass(frozen=True)
class Collecting:
    """How report_data are gathered.

    Parameters
    ----------
    low_fraction : float
        Share of the classes that the low figures are about.
    seed : int
        Seed of folds.
    sweeps : bool, optional
        Whether settings are swept; None: where it is quick.
    resampling : Resampling
        How the intervals of the lowest classes are drawn.
    by : tuple of str
        Columns of the test file whose values part its rows into groups.
    costs : Costs, optional
        What mistakes cost; those of the layer by default, where it has some.
    shares : Shares, optional
        Class shares that figures are shown under; those of the rows by default.
    """

    low_fraction: float = metrics.LOW_FRACTION
    seed: int = 0
    sweeps: bool | None = None
    resampling: Resampling = field(default=DEFAULT_RESAMPLING)
    by: tuple[str, ...] = ()
    costs: Costs | None = None
    shares: Shares | None = None


DEFAULT_COLLECTING = Collecting()


def collect(
    val: PredictionSource,
    test: PredictionSource,
    layer: OutputLayer,
    collecting: Collecting = DEFAULT_COLLECTING,
    *,
    watch: Callable[[float], None] = lambda share: None,
) -> ReportData:
    """Find out everything that a report says about a layer.

    Parameters
    ----------
    val : PredictionSource
        Labelled validation predictions, those that the layer was fitted on.
    test : PredictionSource
        Labelled predictions that it is checked on.
    layer : OutputLayer
        The layer.
    collecting : Collecting
        How.
    watch : callable
        Called with the share of the sweeps that is done.

    Returns
    -------
    ReportData

    Raises
    ------
    ClassliftError
        If files and layer do not fit together, or a file has no labels.
    """
    val, test = (in_order_of(rows, layer.classes, layer.n_classes, "the layer") for rows in (val, test))
    marked = _Marked(val)
    validation = inspect(marked)
    options = EvaluationOptions(
        collecting.low_fraction,
        collecting.resampling,
        confusion=True,
        by=collecting.by,
        shares=collecting.shares,
        costs=collecting.costs,
        coverage=True,
    )
    comparison = evaluate_layer(test, layer, options)
    kept: list[Columns] = []
    counts = find_flips(layer_pairs(test, layer), comparison.classes, kept.append)
    return ReportData(
        comparison,
        layer,
        validation,
        marked.digest == layer.provenance.get("fingerprint"),
        _sweep(val, test, layer, collecting, validation, watch),
        _examples(kept[0]),
        counts,
        not_helped(comparison, validation, by_range=layer.method == "elaborated"),
    )


def _examples(changes: Columns) -> Columns:
    """Keep the largest moves of either kind."""
    kinds = [np.flatnonzero(changes["change"] == kind)[:MOST_EXAMPLES] for kind in ("fixed", "broken")]
    rows = np.concatenate(kinds)
    return {name: column[rows] for name, column in changes.items()}


@dataclass(frozen=True)
class _Marked(SourceView):
    """A source that takes the fingerprint of its rows as it is read."""

    digests: list[str] = field(default_factory=list)

    @property
    def digest(self) -> str:
        return self.digests[-1]

    def blocks(self) -> Iterator[Predictions]:
        fingerprint = Fingerprint(self.n_classes, self.kind)
        for block in self.source.blocks():
            fingerprint += Fingerprint.of(block)
            yield block
        self.digests.append(fingerprint.hexdigest())


def _sweep(
    val: PredictionSource,
    test: PredictionSource,
    layer: OutputLayer,
    collecting: Collecting,
    validation: Inspection,
    watch: Callable[[float], None],
) -> Sweep | str:
    work = validation.n_labelled * val.n_classes**2
    if collecting.sweeps is False:
        return "sweeps were left out, as was asked"
    if collecting.shares is not None:
        return "a sweep goes by the class shares of the file, so it was left out"
    if collecting.sweeps is None and work > MOST_SWEEP_WORK:
        size = f"{validation.n_samples:,} rows of {val.n_classes:,} classes"
        return f"sweeps of {size} take long, so they were left out"
    if layer.method not in METHODS:
        return "a tuned layer has no single setting to vary: the trade-off above shows what was tried"
    method, settings = layer.method, _settings(layer)
    try:
        return sweep(
            val,
            method=method,
            settings=settings,
            test=test,
            low_fraction=collecting.low_fraction,
            seed=collecting.seed,
            watch=watch,
        )
    except ClassliftError as error:
        return f"settings of {method} cannot be swept on this file: {error.problem}"


def _settings(layer: OutputLayer) -> Settings:
    """Settings of a layer with fixed numbers; the method's defaults where another version wrote its file."""
    names = METHODS[layer.method].settings.names()
    given = {name: value for name, value in layer.settings.items() if name in names and value is not None}
    try:
        return make_settings(layer.method, given)
    except (ClassliftError, TypeError, ValueError):
        return make_settings(layer.method, {})

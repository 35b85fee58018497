"""A tuned layer judged on rows that neither model nor tuning has seen."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from classlift.evaluation.compare import evaluate_layer
from classlift.evaluation.options import EvaluationOptions
from classlift.layer.layer import OutputLayer

if TYPE_CHECKING:
    from classlift.data.source import PredictionSource
    from classlift.fitting.tuning.result import TuneResult


def check_test(test: PredictionSource, val: PredictionSource) -> None:
    """Read a test file once, so that what is wrong with it is said before the search, which may take long."""
    evaluate_layer(test, OutputLayer((), val.n_classes, val.classes))


def judged(result: TuneResult, test: PredictionSource) -> TuneResult:
    """The result with the effect of its layer on the test file; nothing was chosen there."""
    options = EvaluationOptions(result.effect.low_fraction, shares=result.shares)
    return replace(result, test=evaluate_layer(test, result.layer, options))

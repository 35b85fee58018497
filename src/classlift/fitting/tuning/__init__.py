"""Tuning: search by cross-validation, a guard on total accuracy, a choice that allows for noise, and its promise."""

from classlift.evaluation.comparison import Expected
from classlift.fitting.tuning.judging import check_test, judged
from classlift.fitting.tuning.promise import Promise
from classlift.fitting.tuning.result import TuneResult
from classlift.fitting.tuning.search import Search
from classlift.fitting.tuning.tune import tune
from classlift.fitting.tuning.wishes import check_objective, parse_drop

__all__ = [
    "Expected",
    "Promise",
    "Search",
    "TuneResult",
    "check_objective",
    "check_test",
    "judged",
    "parse_drop",
    "tune",
]

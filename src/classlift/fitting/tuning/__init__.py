"""Tuning that does no harm: search by cross-validation, a guard on total accuracy, a choice that allows for noise."""

from classlift.fitting.tuning.search import Search
from classlift.fitting.tuning.selection import check_objective, parse_drop
from classlift.fitting.tuning.tune import TuneResult, tune

__all__ = ["Search", "TuneResult", "check_objective", "parse_drop", "tune"]

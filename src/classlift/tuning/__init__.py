"""Tuning that does no harm: search by cross-validation, a guard on total accuracy, a choice that allows for noise."""

from classlift.tuning.search import Search
from classlift.tuning.selection import OBJECTIVES, parse_drop
from classlift.tuning.tune import TuneResult, tune

__all__ = ["OBJECTIVES", "Search", "TuneResult", "parse_drop", "tune"]

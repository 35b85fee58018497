"""Intervals and tests, from counts per class only: their cost does not depend on the number of rows."""

from classlift.intervals.bounded import bounded_mean
from classlift.intervals.clustered import design_effects, few_clusters
from classlift.intervals.draws import Draws
from classlift.intervals.homogeneity import same_shares
from classlift.intervals.low_floor import low_share_floor, low_share_move_draws
from classlift.intervals.low_share import LowShare, low_share_change_draws, low_share_draws
from classlift.intervals.many import clopper_pearson, false_discoveries
from classlift.intervals.proportions import (
    Interval,
    mean_proportion,
    tango_difference,
    wilson,
)
from classlift.intervals.significance import mcnemar_exact, sign_flip_test
from classlift.intervals.stratified import weighted_change, weighted_share

__all__ = [
    "Draws",
    "Interval",
    "LowShare",
    "bounded_mean",
    "clopper_pearson",
    "design_effects",
    "false_discoveries",
    "few_clusters",
    "low_share_change_draws",
    "low_share_draws",
    "low_share_floor",
    "low_share_move_draws",
    "mcnemar_exact",
    "mean_proportion",
    "same_shares",
    "sign_flip_test",
    "tango_difference",
    "weighted_change",
    "weighted_share",
    "wilson",
]

"""Fits from pieces: sums of shards, which add up wherever and in whatever order they were made."""

from classlift.fitting.partials.partial import Partials, Stage
from classlift.fitting.partials.summing import fit_partials, merge_partials, shard_partials

__all__ = ["Partials", "Stage", "fit_partials", "merge_partials", "shard_partials"]

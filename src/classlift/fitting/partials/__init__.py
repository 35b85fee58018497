"""Fits from pieces: sums of shards, which add up wherever and in whatever order they were made."""

from classlift.fitting.partials.summing import fit_sums, merge_sums, sum_shard
from classlift.fitting.partials.sums import ShardSums, Stage

__all__ = ["ShardSums", "Stage", "fit_sums", "merge_sums", "sum_shard"]

"""Fits from pieces: sums of shards, which add up wherever and in whatever order they were made."""

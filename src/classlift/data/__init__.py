"""What predictions are, in memory: blocks, sources, counts and other sums over rows."""

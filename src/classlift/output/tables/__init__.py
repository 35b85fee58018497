"""From results to tables of raw values."""

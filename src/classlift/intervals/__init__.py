"""Intervals and tests, from counts per class only: their cost does not depend on the number of rows."""

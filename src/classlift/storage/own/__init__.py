"""Files of classlift: layers, partial sums, settings."""

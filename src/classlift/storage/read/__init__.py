"""Files to named columns, chunk after chunk: one file a format."""

"""Named columns to files: one file a format."""

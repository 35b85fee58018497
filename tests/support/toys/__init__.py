"""One small entry for each family: the file that a new one is, and the line that puts it into its dictionary."""

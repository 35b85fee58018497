"""From labelled predictions to a layer: fits, cross-validation, tuning, shards."""

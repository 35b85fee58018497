"""The output layer: its steps, and what it makes of predictions."""

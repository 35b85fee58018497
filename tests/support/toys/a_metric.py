"""A metric: the share of classes that are predicted at all. It would be a function in `data/metrics.py`."""

import numpy as np

from classlift.data.metrics import METRICS


def predicted_classes(counts):
    """Share of the classes that are predicted at least once."""
    return float(np.mean(counts.predicted > 0))


METRICS["predicted_classes"] = predicted_classes

"""A metric: the share of classes that are predicted at all. It would be an entry in `data/metrics`."""

import numpy as np

from classlift.data.metrics import METRICS, Metric

METRICS["predicted_classes"] = Metric(
    "share of the classes that are predicted", lambda result: np.mean(result.counts.predicted > 0, axis=-1)
)

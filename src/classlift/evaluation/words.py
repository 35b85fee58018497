"""Words by which results are known again."""

from __future__ import annotations

RAW = "raw"
"""What the predictions are called as they came."""

TWO_LAYERS = "before is what the old layer makes of the rows, after what the new one does"
IN_SAMPLE = "in-sample: the layer was fitted on these very rows, so the figures after it are too good"

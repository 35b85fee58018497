"""Real prediction files for tests: the sample, and the folder beside the checkout where it exists."""

import os
from functools import lru_cache
from pathlib import Path

import numpy as np
import pytest

from classlift.data.kind import Kind

ROOT = Path(__file__).parents[2]
SAMPLE = ROOT / "sample_data"
SHARED = Path(os.environ.get("CLASSLIFT_SHARED", ROOT.parent / "shared"))
MISSING = "the folder `shared` is not beside the checkout, and CLASSLIFT_SHARED names no other"

PREDICTION_FILES = [
    pytest.param(path, id=path.stem, marks=pytest.mark.shared)
    for path in sorted((SHARED / "predictions").glob("*.npz"))
] or [pytest.param(None, marks=[pytest.mark.shared, pytest.mark.skip(reason=MISSING)])]


@lru_cache(maxsize=4)
def load(path):
    """Scores, labels (int64), kind."""
    with np.load(path, allow_pickle=False) as arrays:
        kind = Kind.PROBABILITIES if "probs" in arrays else Kind.LOGITS
        scores = arrays["probs" if kind is Kind.PROBABILITIES else "logits"]
        labels = arrays["labels"].astype(np.int64)
    scores.flags.writeable = labels.flags.writeable = False
    return scores, labels, kind


def load_sample():
    """{"val": (probs, labels), "test": (probs, labels)}, from the repository or from beside it."""
    for folder in (SAMPLE, SHARED / "sample"):
        if (folder / "val.npz").is_file() and (folder / "test.npz").is_file():
            return {name: load(folder / f"{name}.npz")[:2] for name in ("val", "test")}
    pytest.skip(f"no sample_data/val.npz in the repository, and {MISSING}")

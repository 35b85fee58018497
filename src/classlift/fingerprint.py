"""A hash of the content of predictions: the same for the same values and labels in any file format."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import numpy as np

from classlift.kinds import Kind
from classlift.predictions import Predictions

if TYPE_CHECKING:
    from numpy.typing import NDArray


class Fingerprint:
    """SHA-256 of scores (as little-endian float32) and labels, fed block by block.

    Parameters
    ----------
    n_classes : int
        Number of classes.
    kind : Kind
        What the scores are.

    Notes
    -----
    Scores are rounded to float32, so that a csv file of float32 values has the fingerprint of the npz file. How the
    rows were cut into blocks does not matter; their order does.
    """

    def __init__(self, n_classes: int, kind: Kind) -> None:
        self._scores = hashlib.sha256(f"{kind} {n_classes}".encode())
        self._labels = hashlib.sha256()

    def update(self, block: Predictions) -> None:
        """Add the rows of a block."""
        with np.errstate(over="ignore"):  # float64 logits beyond float32 hash as infinity
            self._scores.update(_bytes(block.scores, "<f4"))
        if block.labels is not None:
            self._labels.update(_bytes(block.labels, "<i8"))

    def hexdigest(self) -> str:
        """Digest of all rows so far, 64 hexadecimal digits."""
        return hashlib.sha256(self._scores.digest() + self._labels.digest()).hexdigest()


def _bytes(values: NDArray[np.generic], dtype: str) -> memoryview:
    return np.ascontiguousarray(values, dtype=dtype).reshape(-1).view(np.uint8).data

"""A fingerprint of the content of predictions: the same for the same rows in any file format, and it adds up."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import numpy as np

from classlift.errors import ClassliftError
from classlift.kernels.folding import GOLDEN, SPLITMIX, mix

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from classlift.data.kind import Kind
    from classlift.data.predictions import Predictions

    Words = NDArray[np.uint64]

MODULUS = 2**64
MIXERS = (SPLITMIX, (0xFF51AFD7ED558CCD, 0xC4CEB9FE1A85EC53))
"""Factors of two 64-bit finalizers, of splitmix64 and of MurmurHash3."""


@dataclass(frozen=True)
class Fingerprint:
    """Sum of a hash of each row: of its scores (as little-endian float32) and its label.

    Parameters
    ----------
    n_classes : int
        Number of classes.
    kind : Kind
        What the scores are.
    n_samples : int
        Rows so far.
    sums : tuple of two int
        Sums of two 64-bit hashes of the rows, modulo 2**64.

    Notes
    -----
    Scores are rounded to float32, so that a csv file of float32 values has the fingerprint of the npz file. Neither
    the order of the rows nor how they are cut into blocks, shards or files matters. It recognises content; it does
    not guard against somebody who looks for two contents with one fingerprint.
    """

    n_classes: int
    kind: Kind
    n_samples: int = 0
    sums: tuple[int, int] = (0, 0)

    @classmethod
    def of(cls, block: Predictions) -> Self:
        """Fingerprint of the rows of a block."""
        with np.errstate(over="ignore"):  # float64 logits beyond float32 hash as infinity; products wrap around
            rows = row_words(block.scores)
            if block.labels is not None:
                rows += (block.labels + 2).astype(np.uint64) * np.uint64(GOLDEN)
            first, second = (int(mix(rows, *factors).sum(dtype=np.uint64)) for factors in MIXERS)
        return cls(block.n_classes, block.kind, block.n_samples, (first, second))

    def __add__(self, other: Self) -> Self:
        if (self.n_classes, self.kind) != (other.n_classes, other.kind):
            raise ClassliftError(
                "shards",
                f"{self.n_classes} classes as {self.kind} cannot be added to {other.n_classes} classes as {other.kind}",
                fix="give shards of the same model.",
            )
        first, second = ((a + b) % MODULUS for a, b in zip(self.sums, other.sums, strict=True))
        return type(self)(self.n_classes, self.kind, self.n_samples + other.n_samples, (first, second))

    def hexdigest(self) -> str:
        """64 hexadecimal digits."""
        text = f"{self.kind} {self.n_classes} {self.n_samples} {self.sums[0]} {self.sums[1]}"
        return hashlib.sha256(text.encode()).hexdigest()


def row_words(scores: NDArray[np.floating]) -> Words:
    """A word for each row, of all its scores as float32, shape (n_samples,)."""
    return np.asarray(_row_words(scores) @ _keys(scores.shape[1]))


def _row_words(scores: NDArray[np.floating]) -> Words:
    """Rows of float32 as 64-bit words, two values in each, shape (n_samples, (n_classes + 1) // 2)."""
    n_samples, n_classes = scores.shape
    if n_classes % 2 == 0:
        return np.ascontiguousarray(scores, dtype="<f4").view("<u8")
    even = np.zeros((n_samples, n_classes + 1), "<f4")
    even[:, :n_classes] = scores
    return even.view("<u8")


def _keys(n_classes: int) -> Words:
    """One odd factor for each word of a row: no change of a single value is lost."""
    counter = np.arange(1, (n_classes + 1) // 2 + 1, dtype=np.uint64) * np.uint64(GOLDEN)
    return np.asarray(mix(counter, *MIXERS[0]) | np.uint64(1))

"""Scores as they would be where classes have other shares than in the validation file of a layer."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from classlift import kernels
from classlift.data.classes import class_names
from classlift.data.kind import Kind
from classlift.errors import ClassliftError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from classlift.data.predictions import Predictions
    from classlift.data.shares import Shares
    from classlift.layer.layer import OutputLayer

    Floats = NDArray[np.float64]

LEAST = 1e-9
"""A new share of 0 counts as this, so that every row keeps a class."""


@dataclass(frozen=True, eq=False)
class Shift:
    """``log new / old`` on the scores, before a layer.

    Parameters
    ----------
    old, new : ndarray of float64, shape (n_classes,)
        Class shares of the validation labels, and those of the rows to come.
    name : str
        Where the new ones come from.
    low, high : ndarray of float64, shape (n_classes,), optional
        95 % interval of each new one, where they were estimated.
    n_samples : int, optional
        Rows that they were estimated from.
    """

    old: Floats
    new: Floats
    name: str
    low: Floats | None = None
    high: Floats | None = None
    n_samples: int | None = None

    @property
    def bias(self) -> Floats:
        """What is added to logits, shape (n_classes,)."""
        return np.asarray(np.log(np.maximum(self.new, LEAST) / self.old))

    def __call__(self, block: Predictions) -> Predictions:
        """Shift a block; it is left as it is."""
        if block.kind is Kind.LOGITS:
            return replace(block, scores=block.scores + self.bias.astype(block.scores.dtype))
        scores = block.probabilities.astype(np.float64) * np.exp(self.bias)
        kernels.normalize_rows(scores)
        return replace(block, scores=scores.astype(block.scores.dtype))


def old_shares(layer: OutputLayer, classes: tuple[str, ...] | None) -> Floats:
    """Class shares of the labels that a layer was fitted on, shape (n_classes,).

    Raises
    ------
    ClassliftError
        If the layer does not keep them, a class has none, or it was tuned under other shares.
    """
    if layer.provenance.get("shares") is not None:
        raise ClassliftError(
            "--shares",
            "the layer was tuned under class shares of its own: a second shift would count them twice",
            fix="leave out --shares, or tune a layer without --shares.",
        )
    support, names = layer.provenance.get("support"), class_names(layer.classes or classes, layer.n_classes)
    counts = np.array(support if isinstance(support, list) else [], np.float64)
    fix = "fit or tune a layer on a validation file with labelled rows of every class."
    if counts.shape != (layer.n_classes,) or not counts.any() or not np.isfinite(counts).all():
        raise ClassliftError("--shares", "the layer does not say which class shares it was fitted on", fix=fix)
    lacking = np.flatnonzero(counts <= 0)
    if len(lacking):
        problem = f"class {names[lacking[0]]!r} has no labelled row in the validation file of the layer"
        raise ClassliftError("--shares", f"{problem}, so its share there is not known", fix=fix)
    return np.asarray(counts / counts.sum())


def shift_to(shares: Shares, layer: OutputLayer, classes: tuple[str, ...] | None) -> Shift:
    """Shift from the shares of the validation labels of a layer to others."""
    old, names = old_shares(layer, classes), class_names(layer.classes or classes, layer.n_classes)
    return Shift(old, shares.in_order(names, "the layer"), shares.name)

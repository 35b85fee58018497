"""Classes that `apply` wrote beside probabilities which are not the most probable ones: a layer decided by costs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from classlift.errors import ClassliftError

if TYPE_CHECKING:
    from numpy.typing import NDArray

WRITTEN = ("adjusted", "changed", "predicted")
"""Columns of `apply` by which its files are known, the last one the predicted class."""


def decided_in(columns: Mapping[str, NDArray], scores: NDArray[np.floating], name: str) -> NDArray[np.int64] | None:
    """Predicted classes of rows that `apply` wrote; None where these are the most probable ones, or others wrote them.

    Rows that `apply` left without one have the most probable one.

    Raises
    ------
    ClassliftError
        If one of them is not the number of a class.
    """
    if not all(column in columns for column in WRITTEN):
        return None
    try:
        classes = columns[WRITTEN[-1]].astype(np.int64)
    except (TypeError, ValueError):
        classes = np.array([-2])
    if classes.min(initial=0) < -1 or classes.max(initial=0) >= scores.shape[1]:
        problem = f"its column 'predicted' does not hold class numbers from 0 to {scores.shape[1] - 1}"
        raise ClassliftError(name, problem, fix="give the file as classlift apply wrote it, or leave that column out.")
    probable = scores.argmax(axis=1)
    classes = np.where(classes < 0, probable, classes)
    return None if np.array_equal(classes, probable) else classes

"""Which class labels may mean: classes that changed places."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


def assigned(
    label: NDArray[np.int64], predicted: NDArray[np.int64], counts: NDArray[np.int64], n_classes: int
) -> NDArray[np.int64]:
    """Predicted class of each label, the most frequent pairs first; -1: none."""
    order = np.argsort(-counts, kind="stable")
    to = np.full(n_classes, -1)
    used: set[int] = set()
    for one, other in zip(label[order].tolist(), predicted[order].tolist(), strict=True):
        if to[one] < 0 and other not in used:
            to[one] = other
            used.add(other)
    return to


def rings(to: NDArray[np.int64]) -> list[list[int]]:
    """Classes that change places among themselves, each ring once."""
    found, seen = [], set()
    for start in range(len(to)):
        ring, at = [start], int(to[start])
        while at >= 0 and at != start and at not in seen and len(ring) < len(to):
            ring.append(at)
            at = int(to[at])
        if at == start and len(ring) > 1:
            found.append(ring)
        seen.update(ring)
    return found


def chains(to: NDArray[np.int64], support: NDArray) -> list[list[int]]:
    """Two or more classes that each moved to the next, the last one to a class without labels.

    Examples
    --------
    >>> chains(np.array([0, 2, 3, -1]), np.array([9, 9, 9, 0]))
    [[1, 2]]
    """
    before = {int(to[label]): label for label in np.flatnonzero(support).tolist() if to[label] >= 0}
    found = []
    for end in np.flatnonzero(np.asarray(support) == 0).tolist():
        chain: list[int] = []
        at = before.get(end)
        while at is not None and at not in chain and to[at] != at:
            chain.insert(0, at)
            at = before.get(at)
        if len(chain) > 1:
            found.append(chain)
    return found

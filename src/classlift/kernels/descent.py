"""L-BFGS for convex functions, in coordinates in which their curvature is near 1."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from classlift.kernels.minimize import MEMORY, two_loops

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Objective = Callable[[Floats], tuple[float, Floats]]


def descend(function: Objective, point: Floats, least: float, rounds: int) -> Floats:
    """Minimise a convex function by L-BFGS in coordinates in which its curvature is near 1.

    Parameters
    ----------
    function : callable
        Gives value and gradient at a point.
    point : ndarray of float64
        Where to begin.
    least : float
        Ends where the squared gradient is at most this.
    rounds : int
        Most steps taken.
    """
    value, gradient = function(point)
    pairs: deque[tuple[Floats, Floats]] = deque(maxlen=MEMORY)
    for _ in range(rounds):
        if float(np.vdot(gradient, gradient)) <= least:
            break
        direction = two_loops(gradient, pairs, _scaled(pairs))
        step = _backtrack(function, point, value, gradient, direction)
        if step is None:
            break
        new, new_value, new_gradient = step
        moved, bent = new - point, new_gradient - gradient
        if np.vdot(moved, bent) > 1e-10 * np.vdot(bent, bent):
            pairs.append((moved, bent))
        point, value, gradient = new, new_value, new_gradient
    return point


def _scaled(pairs: deque[tuple[Floats, Floats]]) -> Callable[[Floats], Floats]:
    """The identity, scaled to the curvature along the latest step."""
    if not pairs:
        return lambda gradient: gradient
    moved, bent = pairs[-1]
    return lambda gradient: gradient * (np.vdot(moved, bent) / np.vdot(bent, bent))


def _backtrack(
    function: Objective, point: Floats, value: float, gradient: Floats, direction: Floats
) -> tuple[Floats, float, Floats] | None:
    """Shorten the step until the value falls enough (Armijo); None where it does not."""
    slope, length = float(np.vdot(gradient, direction)), 1.0
    while length > 1e-4:
        new = point - length * direction
        new_value, new_gradient = function(new)
        if new_value <= value - 1e-4 * length * slope:
            return new, new_value, new_gradient
        length *= 0.4
    return None

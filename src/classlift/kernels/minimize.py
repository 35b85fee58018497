"""L-BFGS for convex functions of a gain and a shift per class, preconditioned by Newton's method for each class."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

MEMORY = 10
"""Steps that L-BFGS remembers."""

REFRESH = 5
"""Iterations after which second derivatives are found again."""

MOST_ITERATIONS = 500
PATIENCE = 20
"""Iterations without half the expected gain: rounding is all that is left."""

COUPLING = 0.999
"""Largest correlation of gain and shift of one class in its 2 x 2 matrix, so that it stays regular."""


@dataclass(frozen=True, eq=False)
class Value:
    """A convex function at one point.

    Parameters
    ----------
    value : float
        The function.
    gradient : ndarray of float64, shape (2, n_classes)
        By gain and by shift.
    curvature : ndarray of float64, shape (3, n_classes), optional
        Second derivatives within each class: gain-gain, gain-shift, shift-shift, the first and the last above 0.
    """

    value: float
    gradient: Floats
    curvature: Floats | None


class Minimum(NamedTuple):
    """Where the search ended.

    Parameters
    ----------
    parameters : ndarray of float64, shape (2, n_classes)
        Gain and shift.
    value : float
        The function there.
    gap : float
        Twice the decrease that the next step expected.
    iterations : int
        Steps taken.
    """

    parameters: Floats
    value: float
    gap: float
    iterations: int


def minimize(function: Callable[[Floats, bool], Value], start: Floats, *, tolerance: float, noise: float) -> Minimum:
    """Minimise a convex function of a gain and a shift per class.

    Parameters
    ----------
    function : callable
        ``function(parameters, curvature) -> Value``; the second argument asks for the second derivatives.
    start : ndarray of float64, shape (2, n_classes)
        Where to begin.
    tolerance : float
        Ends when the next step would gain less than half of this.
    noise : float
        Rounding error of a value: a step may seem to lose as much.

    Returns
    -------
    Minimum

    Notes
    -----
    The two-loop recursion of L-BFGS (Nocedal and Wright 2006, Algorithm 7.4) around the inverse of the 2 x 2 second
    derivatives of each class. A class's gain and shift depend on each other strongly, and curvature differs by
    orders of magnitude between frequent and rare classes, so this takes a third of the passes of plain L-BFGS.
    """
    point, here = start, function(start, True)
    newton = _Newton(here)
    steps: deque[tuple[Floats, Floats]] = deque(maxlen=MEMORY)
    best, best_at, gap = np.inf, 0, np.inf
    for iteration in range(MOST_ITERATIONS):
        direction = -two_loops(here.gradient, steps, newton)
        gap = -float(np.vdot(direction, here.gradient))
        if gap < best / 2:
            best, best_at = gap, iteration
        if gap <= tolerance or iteration - best_at > PATIENCE:
            return Minimum(point, here.value, gap, iteration)
        length, there = _search(function, point, direction, here.value, gap, noise, iteration % REFRESH == 0)
        step, change = length * direction, there.gradient - here.gradient
        if np.vdot(step, change) > 0:
            steps.append((step, change))
        point, here = point + step, there
        newton = newton if here.curvature is None else _Newton(here)
    return Minimum(point, here.value, gap, MOST_ITERATIONS)


def _search(
    function: Callable[[Floats, bool], Value],
    point: Floats,
    direction: Floats,
    value: float,
    gap: float,
    noise: float,
    curvature: bool,
) -> tuple[float, Value]:
    """Shorten a step until the value falls enough (Armijo), by the parabola through what is known."""
    length, there = 1.0, function(point + direction, curvature)
    while there.value > value - 1e-4 * length * gap + noise:
        bend = there.value - value + length * gap
        length = float(np.clip(gap * length**2 / (2 * bend), length / 10, length / 2))
        there = function(point + length * direction, False)
    return length, there


class _Newton:
    """Inverse of the 2 x 2 second derivatives of every class."""

    def __init__(self, value: Value) -> None:
        assert value.curvature is not None
        gain, both, shift = value.curvature
        most = COUPLING * np.sqrt(gain * shift)
        both = np.clip(both, -most, most)
        self._inverse = np.array([shift, -both, gain]) / (gain * shift - both**2)

    def __call__(self, gradient: Floats) -> Floats:
        gain, both, shift = self._inverse
        return np.array([gain * gradient[0] + both * gradient[1], both * gradient[0] + shift * gradient[1]])


def two_loops(gradient: Floats, steps: Iterable[tuple[Floats, Floats]], inverse: Callable[[Floats], Floats]) -> Floats:
    """Inverse Hessian of L-BFGS times a gradient (Nocedal and Wright 2006, Algorithm 7.4).

    Parameters
    ----------
    gradient : ndarray of float64
        What to multiply.
    steps : iterable of (ndarray, ndarray)
        Latest steps and the changes of the gradient that they made, the oldest first.
    inverse : callable
        Inverse Hessian to begin with, times an array.
    """
    out, shares, known = gradient.copy(), [], list(steps)
    for step, change in reversed(known):
        share = float(np.vdot(step, out) / np.vdot(step, change))
        shares.append(share)
        out -= share * change
    out = inverse(out)
    for (step, change), share in zip(known, reversed(shares), strict=True):
        out += (share - float(np.vdot(change, out) / np.vdot(step, change))) * step
    return out

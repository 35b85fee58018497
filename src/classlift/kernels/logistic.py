"""Penalised multinomial logistic regression on arrays: temperature, and a full matrix close to the identity."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from classlift.kernels.minimize import MEMORY, two_loops
from classlift.kernels.rows import softmax_in_place

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Labels = NDArray[np.int64]

TEMPERATURE_RANGE = (0.02, 50.0)
"""Inverse temperatures are sought between these."""


def fit_inverse_temperature(log_scores: Floats, labels: Labels, weights: Floats | None = None) -> float:
    """Inverse temperature t that minimises the cross-entropy of ``softmax(t x)`` [Guo 2017], by Newton's method.

    Parameters
    ----------
    log_scores : ndarray of float64, shape (n_samples, n_classes)
        x, such as log-probabilities or logits.
    labels : ndarray of int64, shape (n_samples,)
        True classes, none unlabelled.
    weights : ndarray of float64, shape (n_samples,), optional
        Weight of each row.

    Returns
    -------
    float
        t, to a relative step below 1e-3, within 0.02..50; the problem is convex.
    """
    n = len(labels)
    w = np.ones(n) if weights is None else weights
    true = log_scores[np.arange(n), labels]
    low, high = TEMPERATURE_RANGE
    t = 1.0
    for _ in range(30):
        p = softmax_in_place(t * log_scores)
        mean = np.einsum("ij,ij->i", p, log_scores)
        variance = np.einsum("ij,ij,ij->i", p, log_scores, log_scores) - mean**2
        slope, curvature = float(w @ (mean - true)), float(w @ variance)
        low, high = (low, t) if slope > 0 else (t, high)
        new = t - slope / max(curvature, 1e-12)
        if not low < new < high:
            new = float(np.sqrt(low * high))
        if abs(new - t) < 1e-3 * t:
            return new
        t = new
    return t


@dataclass(frozen=True, eq=False)
class Whitening:
    """Coordinates in which the Hessian of the cross-entropy is close to the identity.

    The Hessian of ``sum w CE(base + V x)`` is approximated by the Kronecker product of its two factors
    ``A = sum w (diag p - p p^T)``, divided by its trace, and ``B = sum w (1 - |p|^2) x x^T`` [Martens & Grosse 2015].

    Parameters
    ----------
    outputs, features : ndarray of float64, shape (n_classes, n_classes), (width, width)
        Eigenvectors of A and of B.
    scale : ndarray of float64, shape (n_classes, width)
        One over the square root of the curvature, ridge included.
    """

    outputs: Floats
    features: Floats
    scale: Floats

    @classmethod
    def of(cls, base: Floats, features: Floats, weights: Floats, ridge: float) -> Whitening:
        """Whiten at V = 0; `base` are log-probabilities, shape (n_samples, n_classes)."""
        p = np.exp(base)
        a = np.diag(weights @ p) - (p * weights[:, None]).T @ p
        spread = weights * (1 - np.einsum("ij,ij->i", p, p))
        b = (features * spread[:, None]).T @ features
        a_values, a_vectors = np.linalg.eigh(a / max(float(np.trace(a)), 1e-12))
        b_values, b_vectors = np.linalg.eigh(b)
        curvature = np.outer(np.maximum(a_values, 0), np.maximum(b_values, 0)) + ridge
        return cls(a_vectors, b_vectors, 1 / np.sqrt(curvature))

    def to_matrix(self, m: Floats) -> Floats:
        """Matrix V of the whitened coordinates m."""
        return np.asarray(self.outputs @ (self.scale * m) @ self.features.T)

    def from_matrix(self, v: Floats) -> Floats:
        """Whitened coordinates of a matrix V."""
        return np.asarray((self.outputs.T @ v @ self.features) / self.scale)


class Problem(NamedTuple):
    """``sum w CE(base + V x, label) + ridge / 2 |V|^2``; base are log-probabilities."""

    base: Floats
    features: Floats
    labels: Labels
    weights: Floats
    ridge: float


def fit_matrix(problem: Problem, start: Floats | None = None, *, tolerance: float = 1e-2, rounds: int = 40) -> Floats:
    """Minimise a penalised cross-entropy over V, shape (n_classes, width), by L-BFGS in whitened coordinates.

    Parameters
    ----------
    problem : Problem
        Arrays of n_samples rows.
    start : ndarray of float64, shape (n_classes, width), optional
        First V; zero by default.
    tolerance : float
        Stops where the norm of the whitened gradient is at most this times the root of n_samples.
    rounds : int
        Most steps taken.

    Returns
    -------
    ndarray of float64, shape (n_classes, width)
    """
    space = Whitening.of(problem.base, problem.features, problem.weights, problem.ridge)
    rotated = problem.features @ space.features
    m = np.zeros_like(space.scale) if start is None else space.from_matrix(start)
    value, gradient = _value_and_gradient(problem, space, rotated, m)
    pairs: deque[tuple[Floats, Floats]] = deque(maxlen=MEMORY)
    for _ in range(rounds):
        if float(np.vdot(gradient, gradient)) <= tolerance**2 * len(problem.labels):
            break
        direction = two_loops(gradient, pairs, _scaled(pairs))
        step = _backtrack(problem, space, rotated, m, value, gradient, direction)
        if step is None:
            break
        new, new_value, new_gradient = step
        moved, bent = new - m, new_gradient - gradient
        if np.vdot(moved, bent) > 1e-10 * np.vdot(bent, bent):
            pairs.append((moved, bent))
        m, value, gradient = new, new_value, new_gradient
    return space.to_matrix(m)


def _value_and_gradient(problem: Problem, space: Whitening, rotated: Floats, m: Floats) -> tuple[float, Floats]:
    rows = np.arange(len(problem.labels))
    inner = space.scale * m
    z = rotated @ (space.outputs @ inner).T
    z += problem.base
    z -= z.max(axis=1, keepdims=True)
    true = z[rows, problem.labels]
    np.exp(z, out=z)
    sums = z.sum(axis=1)
    value = float(problem.weights @ (np.log(sums) - true)) + 0.5 * problem.ridge * float(np.vdot(inner, inner))
    z *= (problem.weights / sums)[:, None]
    z[rows, problem.labels] -= problem.weights
    return value, space.scale * (space.outputs.T @ (z.T @ rotated) + problem.ridge * inner)


def _scaled(pairs: deque[tuple[Floats, Floats]]) -> Callable[[Floats], Floats]:
    """The identity, scaled to the curvature along the latest step."""
    if not pairs:
        return lambda gradient: gradient
    moved, bent = pairs[-1]
    return lambda gradient: gradient * (np.vdot(moved, bent) / np.vdot(bent, bent))


def _backtrack(
    problem: Problem, space: Whitening, rotated: Floats, m: Floats, value: float, gradient: Floats, direction: Floats
) -> tuple[Floats, float, Floats] | None:
    """Shorten the step until the value falls enough (Armijo); None where it does not."""
    slope, length = float(np.vdot(gradient, direction)), 1.0
    while length > 1e-4:
        new = m - length * direction
        new_value, new_gradient = _value_and_gradient(problem, space, rotated, new)
        if new_value <= value - 1e-4 * length * slope:
            return new, new_value, new_gradient
        length *= 0.4
    return None

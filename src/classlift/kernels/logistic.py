"""Penalised multinomial logistic regression on arrays: temperature, and a full matrix close to the identity.

Large arrays are worked on in their own type, float32 or float64, in blocks of rows that fit the cache; sums over rows
are float64.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, Self

import numpy as np

from classlift.kernels.descent import descend
from classlift.kernels.rows import LOG_FLOOR, row_blocks, row_maxima, row_sums

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Working = NDArray[np.floating]
    Labels = NDArray[np.int64]

TEMPERATURE_RANGE = (0.02, 50.0)
"""Inverse temperatures are sought between these."""


def fit_inverse_temperature(
    log_scores: Working, labels: Labels, weights: Floats | None = None, *, start: float = 1.0
) -> float:
    """Inverse temperature t that minimises the cross-entropy of ``softmax(t x)`` [Guo 2017], by Newton's method.

    Parameters
    ----------
    log_scores : ndarray of float32 or float64, shape (n_samples, n_classes)
        x, such as log-probabilities or logits.
    labels : ndarray of int64, shape (n_samples,)
        True classes, none unlabelled.
    weights : ndarray of float64, shape (n_samples,), optional
        Weight of each row.
    start : float
        First t.

    Returns
    -------
    float
        t, within 0.02..50, to about 1e-3 of its size: the last step of Newton's method was below 2 %.
    """
    w = np.ones(len(labels)) if weights is None else weights
    highest = _highest(log_scores)
    true = log_scores[np.arange(len(labels)), labels] - highest
    low, high = TEMPERATURE_RANGE
    t = float(np.clip(start, low, high))
    for _ in range(30):
        _, mean, square = _moments(log_scores, highest, t)
        slope, curvature = float(w @ (mean - true)), float(w @ (square - mean**2))
        low, high = (low, t) if slope > 0 else (t, high)
        new = t - slope / max(curvature, 1e-12)
        if not low < new < high:
            new = float(np.sqrt(low * high))
        if abs(new - t) < 0.02 * t:
            return new
        t = new
    return t


def cross_entropy(log_scores: Working, labels: Labels, inverse: float) -> float:
    """Mean cross-entropy of ``softmax(inverse x)``, with no row above that of a probability of 1e-12."""
    highest = _highest(log_scores)
    sums, _, _ = _moments(log_scores, highest, inverse)
    losses = np.log(sums) - inverse * (log_scores[np.arange(len(labels)), labels] - highest)
    return float(np.minimum(losses, -np.log(LOG_FLOOR)).mean())


def spread(log_scores: Working, inverse: float) -> float:
    """Sum over rows of the variance of x under ``softmax(inverse x)``."""
    _, mean, square = _moments(log_scores, _highest(log_scores), inverse)
    return float((square - mean**2).sum())


def _highest(rows: Working) -> Working:
    return np.concatenate([row_maxima(rows[part]) for part in row_blocks(*rows.shape)] or [rows[:, 0]])


def _moments(log_scores: Working, highest: Working, t: float) -> tuple[Floats, Floats, Floats]:
    """Sum of ``exp(t x)`` of each row, and mean and mean square of x under ``softmax(t x)``; x: below the highest."""
    out = np.empty((3, len(log_scores)))
    for rows in row_blocks(*log_scores.shape):
        x = log_scores[rows] - highest[rows, None]
        weight = np.exp(x * x.dtype.type(t))
        out[0, rows] = row_sums(weight)
        weight *= x
        out[1, rows] = row_sums(weight)
        out[2, rows] = np.einsum("ij,ij->i", weight, x)
    out[1:] /= out[0]
    return out[0], out[1], out[2]


class Curvature(NamedTuple):
    """Second derivatives of ``sum w CE(base)`` in the scores.

    values, vectors : eigenvalues, shape (n_classes,), and eigenvectors of ``A = sum w (diag p - p p^T)``, at least 0;
    spread : ``w (1 - |p|^2)`` of each row, shape (n_samples,).
    """

    values: Floats
    vectors: Floats
    spread: Floats

    @classmethod
    def of(cls, base: Working, weights: Floats) -> Self:
        """Take it at V = 0; `base` are log-probabilities, shape (n_samples, n_classes)."""
        n_samples, n_classes = base.shape
        products, sums, spread = np.zeros((n_classes, n_classes)), np.zeros(n_classes), np.empty(n_samples)
        for rows in row_blocks(n_samples, n_classes, least=n_classes):
            p, w = np.exp(base[rows]), weights[rows]
            sums += w @ p
            spread[rows] = w * (1 - np.einsum("ij,ij->i", p, p))
            p *= np.sqrt(w).astype(p.dtype)[:, None]
            products += p.T @ p  # of one array numpy computes one half only (BLAS syrk)
        values, vectors = np.linalg.eigh(np.diag(sums) - products)
        return cls(np.maximum(values, 0), vectors, spread)


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
    def of(cls, curvature: Curvature, features: Working, ridge: float) -> Whitening:
        """Whiten at V = 0."""
        n_samples, width = features.shape
        products = np.zeros((width, width))
        for rows in row_blocks(n_samples, width, least=width):
            x = features[rows] * np.sqrt(curvature.spread[rows]).astype(features.dtype)[:, None]
            products += x.T @ x
        values, vectors = np.linalg.eigh(products)
        outer = np.outer(curvature.values / max(curvature.values.sum(), 1e-12), np.maximum(values, 0))
        return cls(curvature.vectors, vectors, 1 / np.sqrt(outer + ridge))

    def to_matrix(self, m: Floats) -> Floats:
        """Matrix V of the whitened coordinates m."""
        return np.asarray(self.outputs @ (self.scale * m) @ self.features.T)

    def from_matrix(self, v: Floats) -> Floats:
        """Whitened coordinates of a matrix V."""
        return np.asarray((self.outputs.T @ v @ self.features) / self.scale)


class Problem(NamedTuple):
    """``sum w CE(base + V x, label) + ridge / 2 |V|^2``; base are log-probabilities, with their curvature at V = 0."""

    base: Working
    features: Working
    labels: Labels
    weights: Floats
    ridge: float
    curvature: Curvature


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
    space = Whitening.of(problem.curvature, problem.features, problem.ridge)
    rotated = problem.features @ space.features.astype(problem.features.dtype)
    m = np.zeros_like(space.scale) if start is None else space.from_matrix(start)
    return space.to_matrix(
        descend(
            lambda at: _value_and_gradient(problem, space, rotated, at), m, tolerance**2 * len(problem.labels), rounds
        )
    )


def _value_and_gradient(problem: Problem, space: Whitening, rotated: Working, m: Floats) -> tuple[float, Floats]:
    inner = space.scale * m
    matrix = (space.outputs @ inner).astype(rotated.dtype)
    value, products = 0.5 * problem.ridge * float(np.vdot(inner, inner)), np.zeros_like(inner)
    for rows in row_blocks(*problem.base.shape):
        x, labels, weights = rotated[rows], problem.labels[rows], problem.weights[rows]
        at = np.arange(len(labels)), labels
        z = x @ matrix.T if x.shape[1] > 1 else x * matrix.T  # BLAS takes 6 times as long for one feature
        z += problem.base[rows]
        z -= row_maxima(z)[:, None]
        true = z[at]
        np.exp(z, out=z)
        sums = row_sums(z)
        value += float(weights @ (np.log(sums) - true))
        z *= (weights / sums).astype(z.dtype)[:, None]
        z[at] -= weights
        products += z.T @ x
    return value, space.scale * (space.outputs.T @ products + problem.ridge * inner)

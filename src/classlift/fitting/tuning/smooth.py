"""The expected mean recall of the lowest classes of a new sample, and its derivative: arrays only."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

TRUSTED_ROWS = 100.0
"""A class with this many rows has its recall estimated half by its labels, half by the calibrated probabilities."""

FEW_LOW = 3
"""Up to this many lowest classes, the expectation is taken over draws, beyond by a bound in closed form."""

NEWTON_ROUNDS = 40


def normal_cdf(x: Floats) -> Floats:
    """Give the normal distribution function, within 1.4e-4 (logistic with a cubic term)."""
    x = np.clip(x, -6, 6)
    return np.asarray(1 / (1 + np.exp(-x * (1.5976 + 0.07056 * x * x))))


def level(recall: Floats, error: Floats, m: int) -> Floats:
    """Find c with ``sum_k Phi((c - r_k) / s_k) = m``, by Newton steps inside a bracket; (..., K) -> (..., 1)."""
    low = (recall - 6 * error).min(-1, keepdims=True)
    high = (recall + 6 * error).max(-1, keepdims=True)
    c = np.partition(recall, m - 1, -1)[..., m - 1 : m]
    for _ in range(NEWTON_ROUNDS):
        u = (c - recall) / error
        over = normal_cdf(u).sum(-1, keepdims=True) - m
        if np.abs(over).max() < 1e-3:
            break
        low, high = np.where(over > 0, low, c), np.where(over > 0, c, high)
        slope = (np.exp(-0.5 * u * u) / error).sum(-1, keepdims=True) / np.sqrt(2 * np.pi)
        step = c - over / np.maximum(slope, 1e-12)
        c = np.where((step > low) & (step < high), step, (low + high) / 2)
    return np.asarray(c)


def smooth_weights(recall: Floats, error: Floats, m: int) -> Floats:
    """Weights ``Phi((c - r_k) / s_k) / m`` of sum 1: the derivative of the expected mean of the m lowest."""
    weights = normal_cdf((level(recall, error, m) - recall) / error)
    return np.asarray(weights / weights.sum(-1, keepdims=True))


def recall_error(recall: Floats, support: Floats) -> Floats:
    """Standard error of a recall over this many rows, never 0."""
    share = (support * recall + 1) / (support + 2)
    return np.asarray(np.sqrt(share * (1 - share) / np.maximum(support, 1)))


def blended_recall(right: Floats, support: Floats, expected: Floats) -> Floats:
    """Recall by counts and by calibrated probabilities, counts weighing ``n_k / (n_k + 100)``."""
    trust = support / (support + TRUSTED_ROWS)
    return np.asarray(np.clip(trust * right / np.maximum(support, 1) + (1 - trust) * expected, 0, 1))


def expected_low(recall: Floats, error: Floats, m: int, noise: Floats) -> Floats:
    """Expected mean of the m lowest of ``r + z s``, (..., K) -> (...); `noise` holds draws of z, shape (D, K)."""
    if m <= FEW_LOW:
        drawn = np.clip(recall[..., None, :] + noise * error[..., None, :], 0, 1)
        drawn = np.partition(drawn, m - 1, -1)[..., :m] if m < recall.shape[-1] else drawn
        return np.asarray(drawn.mean((-1, -2)))
    c = level(recall, error, m)
    u = (c - recall) / error
    short = (c - recall) * normal_cdf(u) + error * np.exp(-u * u / 2) / np.sqrt(2 * np.pi)
    return np.asarray(c[..., 0] - short.sum(-1) / m)

"""A temperature and a bias for each class that calibrate probabilities."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from classlift.kernels.descent import descend
from classlift.kernels.logistic import TEMPERATURE_RANGE, fit_inverse_temperature
from classlift.kernels.rows import softmax

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

RIDGE = 1.0
"""Strength of the penalty on squared biases: that of a class without rows stays finite."""

CLOSE, ROUNDS = 0.01, 100
"""The search ends where about half of CLOSE is left to gain, in nats of all rows, or after ROUNDS steps."""


class Calibration(NamedTuple):
    """Probabilities are calibrated by ``softmax(inverse x + bias)``.

    inverse : inverse temperature; bias : shape (n_classes,).
    """

    inverse: float
    bias: Floats

    def __call__(self, log_p: Floats) -> Floats:
        """Calibrated scores before the softmax, shape (n_samples, n_classes)."""
        return np.asarray(self.inverse * log_p + self.bias)


def fit_calibration(log_p: NDArray[np.floating], labels: NDArray[np.int64]) -> Calibration:
    """Minimise ``sum CE(softmax(t x + b), label) + |b|^2 / 2`` over t and b, by L-BFGS.

    Parameters
    ----------
    log_p : ndarray, shape (n_samples, n_classes)
        x, log-probabilities.
    labels : ndarray of int64, shape (n_samples,)
        True classes, none unlabelled.

    Notes
    -----
    Bias-corrected temperature scaling, Alexandari, Kundaje and Shrikumar 2020, Maximum Likelihood with Bias-Corrected
    Calibration is Hard-To-Beat at Label Shift Adaptation.
    """
    rows, (n, k) = np.arange(len(labels)), log_p.shape
    counts = np.bincount(labels, minlength=k)
    x = log_p.astype(np.float64)
    true, inverse = float(x[rows, labels].sum()), fit_inverse_temperature(x, labels)
    scale = np.sqrt(np.append(_curvature(inverse * x) / inverse**2, counts * (1 - counts / n) + RIDGE))

    def value(point: Floats) -> tuple[float, Floats]:
        t, bias = (point / scale)[0], (point / scale)[1:]
        z = t * x
        z += bias
        most = z.max(axis=1, keepdims=True)
        z -= most
        np.exp(z, out=z)
        sums = z.sum(axis=1)
        loss = float((np.log(sums) + most[:, 0]).sum() - t * true - bias @ counts) + RIDGE / 2 * float(bias @ bias)
        z /= sums[:, None]
        slope = np.append(float(np.vdot(z, x)) - true, z.sum(axis=0) - counts + RIDGE * bias)
        return loss, slope / scale

    found = descend(value, np.append(inverse, np.zeros(k)) * scale, CLOSE, ROUNDS) / scale
    return Calibration(float(np.clip(found[0], *TEMPERATURE_RANGE)), found[1:])


def _curvature(scores: Floats) -> float:
    """Sum over rows of the variance of the scores, at least 1."""
    p = softmax(scores)
    return max(1.0, float(np.vdot(p, scores**2) - ((p * scores).sum(axis=1) ** 2).sum()))

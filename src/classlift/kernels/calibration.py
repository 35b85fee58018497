"""A temperature and a bias for each class that calibrate probabilities."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from classlift.kernels.descent import descend
from classlift.kernels.logistic import TEMPERATURE_RANGE, fit_inverse_temperature, spread
from classlift.kernels.rows import row_blocks, row_maxima, row_sums

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
    n, k = log_p.shape
    counts = np.bincount(labels, minlength=k)
    inverse = fit_inverse_temperature(log_p, labels)
    true = float(log_p[np.arange(n), labels].sum(dtype=np.float64))
    scale = np.sqrt(np.append(max(1.0, spread(log_p, inverse)), counts * (1 - counts / n) + RIDGE))

    def value(point: Floats) -> tuple[float, Floats]:
        t, bias = (point / scale)[0], (point / scale)[1:]
        loss, slope = RIDGE / 2 * float(bias @ bias) - t * true - bias @ counts, np.append(-true, RIDGE * bias - counts)
        for rows in row_blocks(n, k):
            x = log_p[rows]
            z = x * x.dtype.type(t) + bias.astype(x.dtype)
            most = row_maxima(z)
            z -= most[:, None]
            np.exp(z, out=z)
            sums = row_sums(z)
            loss += float((np.log(sums) + most).sum(dtype=np.float64))
            z /= sums[:, None]
            slope[0] += np.vdot(z, x)
            slope[1:] += z.sum(axis=0)
        return loss, slope / scale

    found = descend(value, np.append(inverse, np.zeros(k)) * scale, CLOSE, ROUNDS) / scale
    return Calibration(float(np.clip(found[0], *TEMPERATURE_RANGE)), found[1:])

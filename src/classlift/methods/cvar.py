"""cvar: biases that lift the mean accuracy of the lowest classes directly.

The mean accuracy of the m lowest classes is one minus the conditional value at risk of the class errors [Xu 2020].
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from classlift import kernels
from classlift.data import metrics
from classlift.kernels import logistic
from classlift.layer.layer import log_probabilities
from classlift.layer.step import AffineStep, Domain
from classlift.methods.base import NOTHING, Fitted, Method, Needs, Settings, number
from classlift.methods.shared.labelled_rows import collect

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from classlift.data.counts import ClassCounts
    from classlift.data.source import PredictionSource

    Floats = NDArray[np.float64]
    Labels = NDArray[np.int64]

ROUNDS = 40
STEP = 4.0
TRUSTED_ROWS = 100.0
"""A class with this many rows has its recall estimated half by its labels, half by the calibrated probabilities."""

WIDEST = 16
"""Most classes per row that are looked at: those that some bias could still bring to the top."""


@dataclass(frozen=True)
class CvarSettings(Settings):
    """How much total accuracy is traded for the lowest classes."""

    strength: float = number(0.1, "share of the weight that goes to the lowest classes", low=0, high=0.99)


def fit(source: PredictionSource, counts: ClassCounts, settings: CvarSettings) -> Fitted:
    """Fit one step of domain log-probability: a temperature, then a bias per class [Xu 2020; Menon 2021].

    The best classifier for class weights mu is ``argmax mu_k p_k / pi_k``; mu is sought as
    ``(1 - strength) pi + strength q`` with q in the set of the conditional value at risk, see `biases`.
    """
    rows = collect(source, counts)
    if not rows.n_samples:
        return NOTHING
    step = lift_low_classes(log_probabilities((), rows.block), rows.labels, settings.strength)
    return Fitted((step,), notes=rows.notes)


def lift_low_classes(
    log_p: NDArray[np.floating], labels: Labels, strength: float, fraction: float = metrics.LOW_FRACTION
) -> AffineStep:
    """Make the step for one strength from log-probabilities, shape (n_samples, n_classes)."""
    inverse = logistic.fit_inverse_temperature(log_p, labels)
    bias = biases(kernels.tempered(log_p, inverse), labels, [strength], fraction)[0]
    return AffineStep(Domain.LOG_PROBABILITY, bias=bias, temperature=1 / inverse)


def biases(log_p: NDArray[np.floating], labels: Labels, strengths: Sequence[float], fraction: float) -> list[Floats]:
    """Bias of each class for each strength, by mirror ascent on the class errors.

    With u = 0, in round t the bias is ``log((1 - s) + s q / pi)``, ``u += 4 / sqrt(t + 1) (1 - recall)`` and
    ``q_k = min(c exp(u_k), 1/m)``, c so that q sums to 1; the mean q of the second half of the rounds is the answer.

    Parameters
    ----------
    log_p : ndarray of float64, shape (n_samples, n_classes)
        Calibrated log-probabilities.
    labels : ndarray of int64, shape (n_samples,)
        True classes, none unlabelled.
    strengths : sequence of float
        Values s in 0..1.
    fraction : float
        Share of the classes that count as the lowest.

    Returns
    -------
    list of ndarray of float64, shape (n_classes,)
        One bias per strength.

    Notes
    -----
    The recall of a class is estimated by ``v`` times its label counts and ``1 - v`` times what the calibrated
    probabilities expect, ``v = n_k / (n_k + 100)``: label counts by themselves over-fit badly at 50 rows a class.
    """
    n_samples, n_classes = log_p.shape
    support = np.bincount(labels, minlength=n_classes).astype(np.float64)
    m = metrics.low_size(int((support > 0).sum()), fraction)
    prior = np.maximum(support, 0.5) / n_samples
    game = _Recall(log_p, labels, support)
    return [_ascend(game, support > 0, prior, m, s) for s in strengths]


def _ascend(recall: _Recall, seen: NDArray[np.bool_], prior: Floats, m: int, strength: float) -> Floats:
    reach = np.log1p(strength / (1 - strength) / (m * prior))
    recall.narrow(reach)
    u, total = np.zeros(len(prior)), np.zeros(len(prior))
    q = seen / seen.sum()
    for t in range(ROUNDS):
        u += STEP / np.sqrt(t + 1) * (1 - recall(np.log((1 - strength) + strength * q / prior)))
        u[~seen] = -1e3
        q = project(u, m)
        total += q if t >= ROUNDS // 2 else 0
    return np.asarray(np.log((1 - strength) + strength * total / (ROUNDS - ROUNDS // 2) / prior))


def project(u: Floats, m: int) -> Floats:
    """Find q with ``q_k = min(c exp(u_k), 1/m)`` and sum 1, shape (n_classes,); m is at most n_classes."""
    weights = np.exp(u - u.max())
    falling = np.sort(weights)[::-1]
    rest = np.cumsum(falling[::-1])[::-1]
    for capped in range(m):
        c = (1 - capped / m) / max(rest[capped], 1e-300)
        if c * falling[capped] <= 1 / m + 1e-15:
            break
    return np.asarray(np.minimum(c * weights, 1 / m))


class _Recall:
    """Estimated class recalls under a bias; a row counts only the classes that a bias within reach could choose."""

    def __init__(self, log_p: NDArray[np.floating], labels: Labels, support: Floats) -> None:
        self.log_p, self.labels = log_p, labels
        self.top = log_p.argmax(axis=1)
        self.highest = log_p[np.arange(len(labels)), self.top]
        expected = np.maximum(np.exp(log_p).sum(axis=0), 1e-9)
        trust = support / (support + TRUSTED_ROWS)
        self.per_label = trust / np.maximum(support, 1)
        self.per_probability = (1 - trust) / expected

    def narrow(self, reach: Floats) -> None:
        """Prepare for biases between 0 and `reach`, up to a common constant."""
        n_classes = self.log_p.shape[1]
        raised = self.log_p + reach
        raised[np.arange(len(raised)), self.top] = self.highest
        rivals = (raised >= self.highest[:, None]).sum(axis=1)
        open_rows = np.flatnonzero(rivals > 1)
        width = int(np.clip(rivals.max(initial=2), 2, min(n_classes, max(WIDEST, 2))))
        raised[np.arange(len(raised)), self.top] = np.inf
        chosen = np.argpartition(-raised[open_rows], width - 1, axis=1)[:, :width]
        self.choices = np.sort(chosen, axis=1)  # ascending, so that a tie goes to the first class
        self.values = np.take_along_axis(self.log_p[open_rows], self.choices, axis=1)
        self.gains = self._gain(self.choices, self.values, self.labels[open_rows, None])
        settled = np.flatnonzero(rivals <= 1)
        gains = self._gain(self.top[settled], self.highest[settled], self.labels[settled])
        self.settled = np.bincount(self.top[settled], gains, minlength=n_classes)

    def __call__(self, bias: Floats) -> Floats:
        best = (self.values + bias[self.choices]).argmax(axis=1)
        rows = np.arange(len(best))
        won = np.bincount(self.choices[rows, best], self.gains[rows, best], minlength=len(bias))
        return np.asarray(self.settled + won, np.float64)

    def _gain(self, classes: NDArray[np.intp], log_p: NDArray[np.floating], labels: Labels) -> Floats:
        """What a row adds to the recall of a class when it is predicted so."""
        gain = self.per_probability[classes] * np.exp(log_p) + self.per_label[classes] * (classes == labels)
        return np.asarray(gain)


METHOD = Method(
    CvarSettings,
    fit,
    "temperature and biases that lift the lowest classes directly",
    "Xu 2020, label CVaR; Menon 2021",
    needs=Needs.HELD,
)

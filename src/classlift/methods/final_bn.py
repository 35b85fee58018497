"""final-bn: a batch normalisation of the logits, its gain and shift fitted by cross-entropy [Kocaman 2021]."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from classlift import kernels
from classlift.data.pieces import as_pieces
from classlift.errors import ClassliftError
from classlift.kernels.minimize import Minimum, Value, minimize
from classlift.layer.step import AffineStep
from classlift.methods.base import Fitted, Method, Settings, choice, flag, number
from classlift.methods.elaborated import ElaboratedSettings, class_weights
from classlift.methods.shared.normal_rows import NormalRows
from classlift.methods.shared.rows import FROM_PROBABILITIES, Part, logit_domain, zeros_note

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from classlift.data.counts import ClassCounts
    from classlift.data.source import PredictionSource

    Floats = NDArray[np.float64]

TOLERANCE = {np.dtype(np.float64): 1e-20, np.dtype(np.float32): 1e-9}
"""Twice the gain of the next step at which the search ends, by the floating type of the work."""

COOLING = 2.0
"""Factor by which hot logits are cooled again and again before the search."""

CONVERGED = 1e-6
"""Twice the gain that may be left before a note says so."""

FAR_OFF = 1e-2
"""Twice the gain that may be left before the fit is refused."""


@dataclass(frozen=True)
class FinalBnSettings(Settings):
    """Class weights of the cross-entropy, the ridge, and the small number under the root."""

    class_weight: str = choice(
        "none",
        "weights of the classes in the cross-entropy: equal rows, equal classes, or accuracy^-beta",
        choices=("none", "balanced", "accuracy"),
    )
    ridge: float = number(0.1, "pull towards the logits as they are", low=1e-9, high=1e9)
    epsilon: float = number(1e-5, "added to the variance of a logit under the root", low=1e-12, high=1e6)
    beta: float = number(1.5, "class weights are accuracy^-beta", high=20)
    accuracy_floor: float = number(0.1, "class weights use at least this accuracy", high=1)
    from_probabilities: bool = flag(FROM_PROBABILITIES)


def fit(source: PredictionSource, counts: ClassCounts, settings: FinalBnSettings) -> Fitted:
    """Fit ``z' = gamma (z - E[z]) / sqrt(Var[z] + epsilon) + beta`` for every class [Kocaman 2021].

    Parameters
    ----------
    source : PredictionSource
        Labelled logits, or probabilities where the settings allow them; or pieces of them.
    counts : ClassCounts
        Raw counts of the same rows, for the class weights.
    settings : FinalBnSettings
        Class weights, ridge and epsilon.

    Returns
    -------
    Fitted
        One diagonal step of domain logit (log-probability where the settings made it so), for every row; the
        identity where there is no labelled row.

    Raises
    ------
    ClassliftError
        If the source holds probabilities and the settings do not allow them, a weight would be infinite, or the search
        stops far from its end.

    Notes
    -----
    gamma and beta minimise `CrossEntropy`, which is convex. In the paper they are trained with the network.
    """
    domain = logit_domain(source, from_probabilities=settings.from_probabilities)
    weights = loss_weights(counts, settings)
    rows = NormalRows(as_pieces(source), domain, settings.epsilon, counts.n_samples)
    if not rows.found.entries:
        return Fitted((), notes=("no labelled row: the layer is the identity",))
    loss = CrossEntropy(rows, weights, settings.ridge)
    noise = 4 * float(np.finfo(rows.dtype).eps)
    found = minimize(loss, _start(loss), tolerance=TOLERANCE[rows.dtype], noise=noise)
    if not found.gap <= FAR_OFF:
        raise ClassliftError(
            source.name,
            f"the search for final-bn stopped far from its end (next gain {found.gap / 2:.1e} nats per row)",
            fix="give a larger --ridge, or logits divided by their temperature.",
        )
    gain, shift = found.parameters
    weight = gain / rows.scale
    step = AffineStep(domain, bias=shift + loss.level - weight * rows.mean, weight=weight)
    zeros = zeros_note(domain, rows.found.zeros, rows.found.entries)
    return Fitted((step,), notes=(*zeros, *_notes(rows.found.support, found)))


def _start(loss: CrossEntropy) -> Floats:
    """Where to begin: at the logits as they were, cooled while they do worse than guessing and cooling helps.

    Logits many times too hot saturate the softmax, and the second derivatives there say nothing of the way.
    """
    start, value = loss.centre, loss(loss.centre, False).value
    while value > np.log(loss.centre.shape[1]):
        cooler = loss(start / COOLING, False).value
        if not cooler < value:
            break
        start, value = start / COOLING, cooler
    return start


def loss_weights(counts: ClassCounts, settings: FinalBnSettings) -> Floats:
    """Weight of a row of each class, shape (n_classes,): 1, 1 / support, or ``max(Acc_k, floor)^-beta``."""
    if settings.class_weight == "balanced":
        return np.asarray(1 / np.maximum(counts.support, 1))
    if settings.class_weight == "accuracy":
        return class_weights(
            counts.recall, ElaboratedSettings(beta=settings.beta, accuracy_floor=settings.accuracy_floor)
        )
    return np.ones(counts.n_classes)


class CrossEntropy:
    """Mean weighted cross-entropy of ``softmax(gamma x + beta)`` with a ridge, as a function of gamma and beta.

    ``sum_n w_n (-log p_n,c_n) / sum_n w_n + ridge / (2 K) sum_k [(gamma_k - s_k)^2 + (beta_k - m_k)^2] / s_k^2``
    with the deviation s and the mean m of each class's logit, m less its mean over the classes.

    Parameters
    ----------
    rows : NormalRows
        Rows x = (z - E[z]) / s with their labels, at least one.
    class_weights : ndarray of float64, shape (n_classes,)
        w of the rows of each class, above 0.
    ridge : float
        Strength of the ridge, above 0.

    Attributes
    ----------
    centre : ndarray of float64, shape (2, n_classes)
        gamma = s and beta = m, where the ridge is 0: there ``gamma x + beta`` are the logits as they were.
    level : float
        Mean over the classes that m leaves out; it moves no probability.

    Notes
    -----
    The ridge is a mean over the classes in units of each class's deviation: its strength means the same for any
    number of classes and any temperature. It gives absent and separable classes a finite optimum. A ridge around the
    paper's start (gamma 1, beta 0) would pull to logits without level and spread, as `scaled-bn` gives them; on real
    files a strong one then costs accuracy, where a strong one around the logits gives the raw result.
    """

    def __init__(self, rows: NormalRows, class_weights: Floats, ridge: float) -> None:
        self._rows = rows
        self._row_weights = class_weights / float(rows.found.support @ class_weights)
        self._strength = ridge / len(class_weights)
        self.level = float(rows.mean.mean())
        self.centre = np.array([rows.scale, rows.mean - self.level])
        self._targets = rows.sum(_target_sums, self._row_weights)

    def __call__(self, parameters: Floats, curvature: bool) -> Value:
        """Value and gradient at gamma and beta, shape (2, n_classes), and each class's second derivatives."""
        rounded = parameters.astype(self._rows.dtype)
        total: kernels.SoftmaxSums = self._rows.sum(_softmax_sums, self._row_weights, rounded, curvature)
        scale, away = self._rows.scale, (rounded - self.centre) / self._rows.scale
        return Value(
            total.loss + self._strength / 2 * float(np.vdot(away, away)),
            total.first - self._targets + self._strength * away / scale,
            None if total.second is None else _convex(total.second, self._strength / scale**2),
        )


def _target_sums(part: Part, row_weights: Floats) -> Floats:
    """Sums of w x_c and of w over the rows of each class c, shape (2, n_classes)."""
    labelled = part.rows[np.arange(len(part.labels)), part.labels]
    weights = row_weights[part.labels]
    return np.array([np.bincount(part.labels, values, len(row_weights)) for values in (weights * labelled, weights)])


def _softmax_sums(part: Part, row_weights: Floats, parameters: Floats, curvature: bool) -> kernels.SoftmaxSums:
    weights = row_weights[part.labels].astype(part.rows.dtype)
    return kernels.softmax_sums(part.rows, part.labels, weights, parameters, curvature=curvature)


def _convex(second: Floats, ridge: Floats) -> Floats:
    """Second derivatives with those of the ridge; rounding left them below 0 at the most by its size."""
    gain, both, shift = second
    return np.array([np.maximum(gain, 0) + ridge, both, np.maximum(shift, 0) + ridge])


def _notes(support: NDArray[np.int64], found: Minimum) -> tuple[str, ...]:
    absent = int((support == 0).sum())
    notes = [f"{absent} classes have no labelled row: only the ridge keeps them in play"] if absent else []
    if not found.gap <= CONVERGED:
        notes.append(
            f"the search stopped after {found.iterations} steps before its end (next gain {found.gap / 2:.1e}): "
            "a larger --ridge makes it easier"
        )
    return tuple(notes)


METHOD = Method(
    FinalBnSettings,
    fit,
    "gain and shift of every class's normalised logit by cross-entropy; plain or class-weighted",
    "Kocaman 2021 (its after-training form)",
)

"""matrix-scaling: a full matrix of log-probabilities, close to a multiple of the identity [Kull 2019, our priors]."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from classlift import kernels
from classlift.kernels import logistic
from classlift.layer.layer import log_probabilities
from classlift.layer.step import AffineStep, Domain
from classlift.methods.base import NOTHING, Fitted, Method, Needs, Settings, number
from classlift.methods.shared.labelled_rows import LabelledRows, collect

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from classlift.data.counts import ClassCounts
    from classlift.data.source import PredictionSource

    Floats = NDArray[np.float64]
    Working = NDArray[np.floating]
    Labels = NDArray[np.int64]
    Steps = tuple[AffineStep, ...]

BIAS_ONLY = 1e6
"""A ridge from which on the matrix stays at a multiple of the identity."""

OFFSETS = (0.0, 1e-3, 1e-2, 1e-1)
"""Offsets, times 1 / n_classes, that are tried against exact zeros: log 0 would rule the temperature otherwise."""


@dataclass(frozen=True)
class MatrixScalingSettings(Settings):
    """How far the matrix may go from a multiple of the identity."""

    ridge: float = number(10.0, "penalty on the matrix per class; 1e6 and more: only biases")
    bias_ridge: float = number(0.0, "penalty on the biases; 0: by empirical Bayes")
    offset: float = number(0.0, "offset, times 1 / classes, against exact zeros; 0: by cross-entropy")
    softening: float = number(0.01, "offset, times 1 / classes, of the tempered probabilities before their log")
    focus: float = number(0.5, "rows weigh (1 - largest probability) to this power")


@dataclass(frozen=True, eq=False)
class _Start:
    """What all ridges share: the first steps, the features behind them, and the weights of the rows."""

    steps: Steps
    features: Working
    inverse_temperature: float
    base: Working
    weights: Floats
    curvature: logistic.Curvature
    bias_ridge: float


def fit(source: PredictionSource, counts: ClassCounts, settings: MatrixScalingSettings) -> Fitted:
    """Fit steps that end in one full step of domain log-probability.

    With F the centred log-probabilities after an offset against zeros, a temperature and a softening, the
    cross-entropy of ``softmax((u I + D) F + b)`` is minimised, rows weighted by ``(1 - largest probability)^0.5``,
    with the penalty ``ridge K / 2 |D|^2 + r / 2 |b|^2``; u is a second temperature, r comes from the data.
    """
    rows = collect(source, counts)
    if not rows.n_samples:
        return NOTHING
    steps = next(fit_path(rows, [settings.ridge], settings))
    return Fitted(steps, notes=rows.notes)


def fit_path(rows: LabelledRows, ridges: Sequence[float], settings: MatrixScalingSettings) -> Iterator[Steps]:
    """Yield the steps for each ridge, each fit starting at the one before (falling ridges are quickest).

    Parameters
    ----------
    rows : LabelledRows
        Labelled rows.
    ridges : sequence of float
        Penalties per class, in place of that of the settings; from 1e6 on only biases.
    settings : MatrixScalingSettings
        The other settings.

    Yields
    ------
    tuple of AffineStep
        Three or four steps.
    """
    start = _start(rows, settings)
    n_classes = rows.block.n_classes
    centring = np.eye(n_classes) - 1 / n_classes
    matrix, bias = np.zeros((n_classes, n_classes)), np.zeros(n_classes)
    for ridge in ridges:
        matrix, bias = _solve(start, rows.labels, ridge, matrix, bias)
        weight = (start.inverse_temperature * np.eye(n_classes) + matrix) @ centring
        last = AffineStep(Domain.LOG_PROBABILITY, bias=bias, weight=weight)
        if ridge >= BIAS_ONLY:
            last = AffineStep(Domain.LOG_PROBABILITY, bias=bias, temperature=1 / start.inverse_temperature)
        yield (*start.steps, last)


def _start(rows: LabelledRows, settings: MatrixScalingSettings) -> _Start:
    labels, n_classes = rows.labels, rows.block.n_classes
    steps = _without_zeros(rows, (settings.offset,) if settings.offset else OFFSETS)
    steps = (*steps, _shift(n_classes, settings.softening / n_classes)) if settings.softening else steps
    features = log_probabilities(steps, rows.block)
    features -= (kernels.row_sums(features) / n_classes)[:, None]
    balance = _balance(labels, n_classes)
    inverse = logistic.fit_inverse_temperature(features, labels, balance)
    base = kernels.tempered(features, inverse)
    weights = balance * (1 - np.exp(kernels.row_maxima(base)).astype(np.float64)) ** settings.focus
    curvature = logistic.Curvature.of(base, weights)
    balanced = bool((balance != 1).any())
    ridge = settings.bias_ridge or _bias_ridge(base, labels, weights, curvature, balanced=balanced)
    return _Start(steps, features, inverse, base, weights, curvature, ridge)


def _without_zeros(rows: LabelledRows, offsets: Sequence[float]) -> Steps:
    """Offset and temperature of the least cross-entropy; a larger offset must gain 1e-4 nats a row."""
    n_classes, labels = rows.block.n_classes, rows.labels
    best: tuple[float, Steps] = (np.inf, ())
    inverse = 1.0
    for offset in offsets:
        log_p = _lifted(rows.block.probabilities, offset / n_classes) if offset else log_probabilities((), rows.block)
        inverse = logistic.fit_inverse_temperature(log_p, labels, start=inverse)
        loss = logistic.cross_entropy(log_p, labels, inverse)
        if loss < best[0] - 1e-4:
            shift = (_shift(n_classes, offset / n_classes),) if offset else ()
            best = loss, (*shift, _temper(n_classes, inverse))
    return best[1]


def _lifted(probabilities: Working, offset: float) -> Working:
    """What `_shift` makes of them in logarithms, but for a constant of each row."""
    out = probabilities + probabilities.dtype.type(offset)
    np.maximum(out, kernels.STEP_FLOOR, out=out)
    return np.asarray(np.log(out, out=out))


def _solve(start: _Start, labels: Labels, ridge: float, matrix: Floats, bias: Floats) -> tuple[Floats, Floats]:
    """Matrix D and bias b for one ridge; one common penalty, as the bias belongs to a constant feature c."""
    if ridge >= BIAS_ONLY:
        scale = 1 / np.sqrt(start.bias_ridge)
        constant = np.full((len(labels), 1), scale, start.base.dtype)
        problem = logistic.Problem(start.base, constant, labels, start.weights, 1.0, start.curvature)
        return matrix, logistic.fit_matrix(problem, bias[:, None] / scale)[:, 0] * scale
    penalty = ridge * len(bias)
    scale = np.sqrt(penalty / start.bias_ridge)
    features = np.column_stack([start.features, np.full(len(labels), scale, start.features.dtype)])
    problem = logistic.Problem(start.base, features, labels, start.weights, penalty, start.curvature)
    found = logistic.fit_matrix(problem, np.column_stack([matrix, bias / scale]))
    return found[:, :-1], found[:, -1] * scale


def _balance(labels: Labels, n_classes: int) -> Floats:
    """Weights that make all classes equal where their counts are what equal shares give by chance, else 1.

    Equal by chance: chi-square within two standard deviations of its mean. This takes the noise of the shares out of
    balanced files and does not change imbalanced ones.
    """
    counts = np.bincount(labels, minlength=n_classes)
    expected = len(labels) / n_classes
    chi_square = float(((counts - expected) ** 2 / expected).sum())
    if chi_square >= n_classes - 1 + 2 * np.sqrt(2 * (n_classes - 1)):
        return np.ones(len(labels))
    return np.asarray((expected / np.maximum(counts, 1))[labels])


def _bias_ridge(
    base: Working, labels: Labels, weights: Floats, curvature: logistic.Curvature, *, balanced: bool
) -> float:
    """Penalty on the biases by empirical Bayes: one over the variance that their gradient at zero speaks for.

    In the eigenvectors of the Hessian the gradient g is normal with variance ``v + h^2 s``, v its noise, h the
    curvature, s the variance of the biases; the s of the largest marginal likelihood is taken.
    """
    n_classes = base.shape[1]
    gradient, products = np.zeros(n_classes), np.zeros((n_classes, n_classes))
    for rows in kernels.row_blocks(len(base), n_classes, least=n_classes):
        residual = np.exp(base[rows])
        residual[np.arange(len(residual)), labels[rows]] -= 1
        residual *= weights[rows].astype(residual.dtype)[:, None]
        gradient += residual.sum(axis=0)
        products += residual.T @ residual
    noise = np.einsum("ij,ij->j", curvature.vectors, products @ curvature.vectors)
    if balanced:
        counts = np.bincount(labels, minlength=n_classes)
        sums = kernels.class_sums(np.exp(base) * weights.astype(base.dtype)[:, None], labels, n_classes)
        sums -= np.diag(np.bincount(labels, weights, n_classes))
        noise -= ((sums @ curvature.vectors) ** 2 / np.maximum(counts, 1)[:, None]).sum(axis=0)
    smallest = max(1e-9, 100 * float(np.finfo(base.dtype).eps))
    return max(1 / _prior_variance(gradient @ curvature.vectors, curvature.values, noise, smallest), 0.1)


def _prior_variance(gradient: Floats, curvature: Floats, noise: Floats, smallest: float) -> float:
    """Variance of the biases on a grid; directions of less than `smallest` times the largest curvature say nothing."""
    known = curvature > smallest * curvature.max()
    if not known.any():
        return 1e-6
    gradient, curvature, noise = gradient[known], curvature[known], np.maximum(noise[known], 1e-12)
    grid = np.geomspace(1e-6, 10.0, 57)
    spread = noise + curvature**2 * grid[:, None]
    likelihood = -0.5 * (np.log(spread) + gradient**2 / spread).sum(axis=1)
    return float(grid[likelihood.argmax()])


def _shift(n_classes: int, offset: float) -> AffineStep:
    return AffineStep(Domain.PROBABILITY, bias=np.full(n_classes, offset))


def _temper(n_classes: int, inverse: float) -> AffineStep:
    return AffineStep(Domain.LOG_PROBABILITY, bias=np.zeros(n_classes), temperature=1 / inverse)


METHOD = Method(
    MatrixScalingSettings,
    fit,
    "a full matrix of log-probabilities near the identity; raises total accuracy",
    "after Kull 2019 and Guo 2017",
    needs=Needs.HELD,
)

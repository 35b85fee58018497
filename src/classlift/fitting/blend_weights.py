"""Weights of a blend: the most likely ones on labelled rows, taken where they help on rows left out of the fit."""

from __future__ import annotations

import math
from collections.abc import Callable, Generator, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from classlift import kernels
from classlift.data.folds import assign_folds
from classlift.errors import ClassliftError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Rows = Iterable[tuple[Floats, NDArray[np.int64]]]

N_FOLDS = 5
FEWEST = 10 * N_FOLDS
"""Labelled rows that a fit of weights needs."""

NOISE = 1.96
"""Standard errors by which a gain must exceed 0 to be taken."""

GAP = 1e-7
"""The fit ends where no weights can be more likely by more than this, in nats per row."""

ROUNDS = 60
DIGITS = 4
"""Places of fitted weights: who types what is shown gets the same blend."""


@dataclass(frozen=True, eq=False)
class FittedWeights:
    """Weights, and how they were found.

    Parameters
    ----------
    weights : ndarray of float64, shape (n_inputs,)
        The most likely ones, or equal ones where these are not better beyond noise; their sum is 1.
    most_likely : ndarray of float64, shape (n_inputs,)
        The most likely ones on all labelled rows.
    gain, error : float
        Log-likelihood gained over equal weights, in nats per row, each fold with weights fitted on the others; and its
        standard error.
    taken : bool
        Whether the gain is beyond noise.
    """

    weights: Floats
    most_likely: Floats
    gain: float
    error: float
    taken: bool


class Moments(NamedTuple):
    """Negative log-likelihood per row at a point, its gradient and its curvature."""

    value: float
    gradient: Floats
    curvature: Floats


def fit_weights(passes: Callable[[], Rows], n_inputs: int, n_classes: int, name: str) -> FittedWeights:
    r"""Fit weights that are not negative and sum to 1, as those of a logarithmic opinion pool.

    They minimise :math:`-\sum_i \log q_{i y_i}` with :math:`q_{ik} \propto \prod_m p_{mik}^{w_m}`, a convex function
    of w [Heskes 1998, Selecting weighting factors in logarithmic opinion pools], by Newton steps on the simplex.

    Parameters
    ----------
    passes : callable
        Gives the rows in blocks, the same in every pass: log-probabilities of shape (n_inputs, n_rows, n_classes), and
        labels, -1 where unlabelled.
    n_inputs, n_classes : int
        Their numbers.
    name : str
        What messages call the rows.

    Returns
    -------
    FittedWeights

    Raises
    ------
    ClassliftError
        If there are too few labelled rows.
    """
    points = _descend_together(passes, n_inputs, n_classes, name)
    equal = np.full(n_inputs, 1 / n_inputs)
    gains = _Gains()
    for logs, labels, folds in _folded(passes, n_classes):
        every = np.arange(len(labels))
        for fold in range(N_FOLDS):
            rows = np.flatnonzero(folds == fold)
            part, right = logs[:, rows], (every[: len(rows)], labels[rows])
            ours, before = (pooled(part, point)[right] for point in (points[fold], equal))
            gains.add(ours - before)
    best = np.round(points[-1], DIGITS)
    best[best.argmax()] += 1 - best.sum()
    taken = gains.mean > NOISE * gains.error
    return FittedWeights(best if taken else equal, best, gains.mean, gains.error, taken)


def pooled(logs: Floats, weights: Floats) -> Floats:
    """Logarithm of the blend of log-probabilities, shape (n_inputs, n_rows, n_classes)."""
    return kernels.log_softmax(np.tensordot(weights, logs, 1))


class _Gains:
    """Mean of numbers and its standard error."""

    def __init__(self) -> None:
        self.n, self.total, self.squares = 0, 0.0, 0.0

    def add(self, values: Floats) -> None:
        self.n += len(values)
        self.total += float(values.sum())
        self.squares += float(values @ values)

    @property
    def mean(self) -> float:
        return self.total / self.n

    @property
    def error(self) -> float:
        return math.sqrt(max(0.0, self.squares / self.n - self.mean**2) / (self.n - 1))


def _folded(passes: Callable[[], Rows], n_classes: int) -> Iterable[tuple[Floats, NDArray[np.int64], NDArray[np.int8]]]:
    """Labelled rows with their folds, the same in every pass."""
    seen = np.zeros(n_classes, np.int64)
    for logs, labels in passes():
        known = np.flatnonzero(labels >= 0)
        yield logs[:, known], labels[known], assign_folds(labels[known], seen, N_FOLDS, seed=0)


def _descend_together(passes: Callable[[], Rows], n_inputs: int, n_classes: int, name: str) -> list[Floats]:
    """Most likely weights on the rows outside of each fold, and on all rows; a pass asks about one point of each."""
    walks = [_descend(n_inputs) for _ in range(N_FOLDS + 1)]
    points, done = [next(walk) for walk in walks], [False] * len(walks)
    while not all(done):
        found = _moments(_folded(passes, n_classes), points, name)
        for j, walk in enumerate(walks):
            try:
                points[j] = points[j] if done[j] else walk.send(found[j])
            except StopIteration as ended:
                points[j], done[j] = ended.value, True
    return points


def _moments(rows: Iterable[tuple[Floats, NDArray, NDArray]], points: Sequence[Floats], name: str) -> list[Moments]:
    """Moments at one point on the rows outside of each fold, and at the last on all rows."""
    m = len(points[0])
    sums = [Moments(0.0, np.zeros(m), np.zeros((m, m))) for _ in points]
    counts = np.zeros(len(points), np.int64)
    for logs, labels, folds in rows:
        for j, point in enumerate(points):
            part = np.flatnonzero(folds != j)
            counts[j] += len(part)
            value, gradient, curvature = _sums(logs[:, part], labels[part], point)
            sums[j] = Moments(sums[j].value + value, sums[j].gradient + gradient, sums[j].curvature + curvature)
    if counts[-1] < FEWEST:
        raise ClassliftError(
            name,
            f"has {counts[-1]} labelled rows, expected at least {FEWEST} to fit weights on",
            fix="leave out --fit-weights, or say the weights with --weights.",
        )
    return [Moments(v / n, g / n, h / n) for (v, g, h), n in zip(sums, counts.tolist(), strict=True)]


def _sums(logs: Floats, labels: NDArray[np.int64], point: Floats) -> Moments:
    """Sums over rows of the negative log-likelihood, its gradient and its curvature, the covariance under the blend."""
    every = np.arange(len(labels))
    mixed = pooled(logs, point)
    q = np.exp(mixed)
    mean = np.einsum("nk,mnk->mn", q, logs)
    flat = (logs * np.sqrt(q)).reshape(len(logs), -1)
    gradient = (mean - logs[:, every, labels]).sum(axis=1)
    return Moments(-float(mixed[every, labels].sum()), gradient, flat @ flat.T - mean @ mean.T)


def _descend(n_inputs: int) -> Generator[Floats, Moments, Floats]:
    """Newton steps on the simplex: yields points, gets the moments there, and returns the lowest point."""
    point = np.full(n_inputs, 1 / n_inputs)
    here = yield point
    for _ in range(ROUNDS):
        step = least_on_simplex(point, here.gradient, here.curvature) - point
        slope = float(here.gradient @ step)
        if float(here.gradient @ point - here.gradient.min()) <= GAP or slope >= 0:
            break  # by convexity no point is lower by more than that
        length = 1.0
        while length > 1e-6:
            there = yield point + length * step
            if there.value <= here.value + 1e-4 * length * slope:
                break
            length /= 2
        else:
            break
        point, here = point + length * step, there
    return point


def least_on_simplex(start: Floats, gradient: Floats, curvature: Floats) -> Floats:
    """Lowest point of a quadratic function on the simplex: weight goes from the steepest input to the flattest."""
    point, slope = start.copy(), gradient.copy()
    for _ in range(1000):
        to, out = int(slope.argmin()), int(np.where(point > 0, slope, -np.inf).argmax())
        if slope[out] - slope[to] <= GAP / 10:
            break
        bend = curvature[to, to] + curvature[out, out] - 2 * curvature[to, out]
        moved = min(float(point[out]), float(slope[out] - slope[to]) / max(float(bend), 1e-300))
        point[to] += moved
        point[out] = point[out] - moved
        slope += moved * (curvature[:, to] - curvature[:, out])
    return point

"""Array kernels: the sums, the solve, softmax. They check nothing; docstrings state what must hold."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

SINGULAR = 1e-12
"""An eigenvalue below this share of the largest counts as zero."""

LOG_FLOOR = 1e-12
"""Probabilities are floored here before their logarithm is taken."""

STEP_FLOOR = 1e-6
"""Probabilities are floored here between the steps of a layer."""

LARGEST_LOGIT = 1e15
"""Logits beyond this, which mask classes out, are cut off for fits and steps: what is made of them stays finite."""


def softmax(logits: NDArray[np.floating]) -> Floats:
    """Softmax of each row in float64.

    Parameters
    ----------
    logits : ndarray, shape (n_samples, n_classes)
        Finite values.

    Returns
    -------
    ndarray of float64, shape (n_samples, n_classes)
        Rows sum to 1.
    """
    out = logits.astype(np.float64)
    with np.errstate(over="ignore"):  # two logits near the ends of float64: the lower class gets 0
        out -= out.max(axis=1, keepdims=True)
    np.exp(out, out=out)
    out /= out.sum(axis=1, keepdims=True)
    return out


def bounded_logits(logits: NDArray[np.floating]) -> NDArray[np.floating]:
    """Cut off logits at LARGEST_LOGIT, in place, and hand them on."""
    return np.clip(logits, -LARGEST_LOGIT, LARGEST_LOGIT, out=logits)


def log_softmax(logits: NDArray[np.floating]) -> Floats:
    """Logarithm of the softmax of each row in float64, shape (n_samples, n_classes)."""
    out = logits.astype(np.float64)
    out -= out.max(axis=1, keepdims=True)
    out -= np.log(np.exp(out).sum(axis=1, keepdims=True))
    return out


def normalize_rows(rows: NDArray[np.floating]) -> None:
    """Divide each row by its float64 sum, in place; sums must not be zero."""
    rows /= rows.sum(axis=1, dtype=np.float64, keepdims=True).astype(rows.dtype)


def augmented_gram(rows: Floats, squared_weight: Floats) -> Floats:
    """Weighted Gram matrix of augmented rows, sum of ``w^2 [p; 1] [p; 1]^T`` [Choi 2017, Eq. 12].

    Parameters
    ----------
    rows : ndarray of float64, shape (n_samples, n_classes + 1)
        Rows ``[p; 1]``, overwritten with ``w [p; 1]``.
    squared_weight : ndarray of float64, shape (n_samples,)
        ``w^2`` of each row, not negative.

    Returns
    -------
    ndarray of float64, shape (n_classes + 1, n_classes + 1)
        Symmetric to the bit: numpy computes one half (BLAS syrk).
    """
    rows *= np.sqrt(squared_weight)[:, None]
    return np.asarray(rows.T @ rows)


def class_sums(rows: Floats, labels: NDArray[np.int64], n_classes: int) -> Floats:
    """Sum of the rows of each class, shape (n_classes, width); n K work where a product costs n K^2."""
    out = np.zeros((n_classes, rows.shape[1]))
    order = np.argsort(labels, kind="stable")
    ends = np.cumsum(np.bincount(labels, minlength=n_classes))
    for k, (start, end) in enumerate(zip([0, *ends[:-1]], ends, strict=True)):
        if end > start:  # one sum per class: measured 5 x faster than np.add.reduceat at K = 1000
            out[k] = rows[order[start:end]].sum(axis=0)
    return out


class Solution(NamedTuple):
    """Correction D, shape (n_targets, n), and whether the system was singular."""

    correction: Floats
    singular: bool


def solve_symmetric(gram: Floats, right: Floats) -> Solution:
    """Minimum-norm D with ``D G = R`` for a symmetric positive semi-definite G.

    Parameters
    ----------
    gram : ndarray of float64, shape (n, n)
        G, symmetric, finite.
    right : ndarray of float64, shape (n_targets, n)
        R; its rows lie in the range of G up to rounding.

    Returns
    -------
    Solution

    Notes
    -----
    G is scaled to unit diagonal and inverted: the error then follows the condition of the scaled matrix, which is far
    smaller where classes are rare. The norm of the inverse bounds the smallest eigenvalue from below, the trace the
    largest from above; eigenvalues are worked out only where these bounds leave open whether one is below 1e-12 of
    the largest. Then the system is singular, and solved by its eigenvectors without those below.
    """
    diagonal = np.diag(gram)
    if (diagonal > 0).all():
        scale = 1 / np.sqrt(diagonal)
        inverse = _inverse(gram * scale[:, None] * scale)
        if inverse is not None:
            least = 1 / float(np.linalg.norm(inverse * scale[:, None] * scale))
            if least >= SINGULAR * float(diagonal.sum()) or not _is_singular(gram):
                return Solution((right * scale) @ inverse * scale, False)
    values, vectors = np.linalg.eigh(gram)
    kept = values >= SINGULAR * max(float(values[-1]), np.finfo(float).tiny)
    basis = vectors[:, kept]
    return Solution((right @ basis / values[kept]) @ basis.T, True)


def condition_number(gram: Floats) -> float:
    """Ratio of the largest eigenvalue to the smallest one that counts (at least 1e-12 of the largest)."""
    values = np.linalg.eigvalsh(gram)
    largest = float(values[-1])
    return largest / float(values[values >= SINGULAR * largest][0]) if largest > 0 else 1.0


def _is_singular(gram: Floats) -> bool:
    values = np.linalg.eigvalsh(gram)
    return bool(values[0] < SINGULAR * values[-1])


def _inverse(matrix: Floats) -> Floats | None:
    try:
        return np.asarray(np.linalg.inv(matrix))
    except np.linalg.LinAlgError:
        return None


def fold_of(occurrence: NDArray[np.int64], labels: NDArray[np.int64], n_folds: int, seed: int) -> NDArray[np.int64]:
    """Fold of each row, stratified by class, from counts alone (no row order is stored).

    Every run of `n_folds` rows of one class is spread over all folds in an order drawn from a hash of
    (seed, class, run): folds are balanced within one row per class, reproducible, and need no pass of their own.

    Parameters
    ----------
    occurrence : ndarray of int64, shape (n_samples,)
        How many rows of the same class came before.
    labels : ndarray of int64, shape (n_samples,)
        Class of each row.
    n_folds : int
        Number of folds.
    seed : int
        Seed of the hash.

    Returns
    -------
    ndarray of int64, shape (n_samples,)
        Values in 0..n_folds-1.
    """
    run, place = np.divmod(occurrence, n_folds)
    key = _mix(_mix(run.astype(np.uint64) + np.uint64(seed)) ^ labels.astype(np.uint64))
    ranks = np.stack([_mix(key + np.uint64(f)) for f in range(n_folds)], axis=1).argsort(axis=1)
    return np.asarray(ranks[np.arange(len(place)), place])


def rank_within_class(labels: NDArray[np.int64]) -> NDArray[np.int64]:
    """Number of earlier rows of the same class, shape (n_samples,)."""
    order = np.argsort(labels, kind="stable")
    sorted_labels = labels[order]
    starts = np.flatnonzero(np.diff(sorted_labels, prepend=-1))
    ranks = np.arange(len(labels)) - np.repeat(starts, np.diff(starts, append=len(labels)))
    out = np.empty(len(labels), np.int64)
    out[order] = ranks
    return out


def _mix(x: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Mix 64 bits (the finaliser of splitmix64, Steele et al. 2014)."""
    x = x + np.uint64(0x9E3779B97F4A7C15)
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return x ^ (x >> np.uint64(31))


@dataclass(frozen=True, eq=False)
class SoftmaxSums:
    """Sums over rows with softmax p of ``gain x + shift``, weight w and label c.

    Parameters
    ----------
    loss : float
        Sum of ``-w log p_c``.
    first : ndarray of float64, shape (2, n_classes)
        Sums of ``w p x`` and of ``w p``.
    second : ndarray of float64, shape (3, n_classes), optional
        Sums of ``w p (1 - p) x^2``, of ``w p (1 - p) x`` and of ``w p (1 - p)``.
    """

    loss: float
    first: Floats
    second: Floats | None

    def __add__(self, other: SoftmaxSums) -> SoftmaxSums:
        second = None if self.second is None or other.second is None else self.second + other.second
        return SoftmaxSums(self.loss + other.loss, self.first + other.first, second)


def softmax_sums(
    rows: NDArray[np.floating],
    labels: NDArray[np.int64],
    weights: NDArray[np.floating],
    parameters: NDArray[np.floating],
    *,
    curvature: bool,
) -> SoftmaxSums:
    """Cross-entropy of a diagonal affine layer over some rows, and the sums that its derivatives are made of.

    Parameters
    ----------
    rows : ndarray of float32 or float64, shape (n_samples, n_classes)
        x; the work is done in this type.
    labels : ndarray of int64, shape (n_samples,)
        c, in 0..n_classes-1.
    weights : ndarray of the type of `rows`, shape (n_samples,)
        w, not negative.
    parameters : ndarray of the type of `rows`, shape (2, n_classes)
        Gain and shift.
    curvature : bool
        Whether to give the second sums (they double the work).
    """
    gain, shift = parameters
    e = rows * gain
    e += shift
    e -= e.max(axis=1, keepdims=True)
    labelled = e[np.arange(len(rows)), labels]
    np.exp(e, out=e)
    total = e @ np.ones(e.shape[1], e.dtype)
    loss = float(np.dot(weights, np.log(total) - labelled))
    share = weights / total
    squares = e * e if curvature else None
    shift_sum = share @ e
    shift_square = (share / total) @ squares if squares is not None else None
    e *= rows
    first = np.array([share @ e, shift_sum], np.float64)
    if squares is None:
        return SoftmaxSums(loss, first, None)
    squares *= rows
    both_square = (share / total) @ squares
    e *= rows
    squares *= rows
    gain_sum, gain_square = share @ e, (share / total) @ squares
    second = np.array([gain_sum - gain_square, first[0] - both_square, first[1] - shift_square], np.float64)
    return SoftmaxSums(loss, first, second)

"""The symmetric system of a least-squares fit: its solution, and its condition."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

SINGULAR = 1e-12
"""An eigenvalue below this share of the largest counts as zero."""

LARGE = 2000
"""From this size on LAPACK is called through scipy, in place: less time than its import takes (0.2 s) is lost below."""


class Solution(NamedTuple):
    """Correction D, shape (n_targets, n), and whether the system was singular."""

    correction: Floats
    singular: bool


def solve_symmetric(gram: Floats, right: Floats) -> Solution:
    """Minimum-norm D with ``D G = R`` for a symmetric positive semi-definite G.

    Parameters
    ----------
    gram : ndarray of float64, shape (n, n)
        G, symmetric, finite; overwritten.
    right : ndarray of float64, shape (n_targets, n)
        R; its rows lie in the range of G up to rounding; overwritten.

    Returns
    -------
    Solution

    Notes
    -----
    G is scaled to a diagonal near 1 (by powers of two, so without rounding), and its Cholesky factor L inverted: the
    error then follows the condition of the scaled matrix, which is far smaller where classes are rare. The trace of
    the inverse, which is the sum of the squares in L^-1, bounds the smallest eigenvalue of G from below, the trace of
    G the largest from above; eigenvalues are worked out only where these bounds leave open whether one is below 1e-12
    of the largest. Then the system is singular, and solved by its eigenvectors without those below.
    """
    diagonal = np.diag(gram).copy()
    scale = np.ones(len(gram))
    if (diagonal > 0).all():
        scale = np.exp2(-np.round(np.log2(diagonal) / 2))
        _scale(gram, scale)
        factor = _inverse_factor(gram)
        if factor is not None:
            inverse_trace = sum((column @ column) * s**2 for column, s in zip(_columns(factor), scale, strict=True))
            certain = inverse_trace * SINGULAR * diagonal.sum() <= 1
            if certain or not _is_singular(_unscaled(gram, scale, diagonal)):
                right *= scale
                solution = _times_inverse(right, factor)
                solution *= scale
                return Solution(solution, False)
    values, vectors = np.linalg.eigh(_unscaled(gram, scale, diagonal))
    kept = values >= SINGULAR * max(float(values[-1]), np.finfo(float).tiny)
    basis = vectors[:, kept]
    return Solution((right @ basis / values[kept]) @ basis.T, True)


def condition_number(gram: Floats) -> float:
    """Ratio of the largest eigenvalue to the smallest one that counts (at least 1e-12 of the largest).

    Parameters
    ----------
    gram : ndarray of float64, shape (n, n)
        Symmetric positive semi-definite, finite; overwritten.
    """
    if len(gram) >= LARGE:
        condition = _condition_of_factor(gram)
        if condition < 1e-3 / SINGULAR:
            return condition
    values = np.linalg.eigvalsh(gram)
    largest = float(values[-1])
    return largest / float(values[values >= SINGULAR * largest][0]) if largest > 0 else 1.0


def _is_singular(gram: Floats) -> bool:
    values = np.linalg.eigvalsh(gram)
    return bool(values[0] < SINGULAR * values[-1])


def _scale(gram: Floats, scale: Floats) -> None:
    gram *= scale
    gram *= scale[:, None]


def _unscaled(gram: Floats, scale: Floats, diagonal: Floats) -> Floats:
    """G again, from its lower triangle: what was factored in place lies in the upper one, and on the diagonal."""
    whole = np.tril(gram)
    _scale(whole, 1 / scale)
    np.fill_diagonal(whole, diagonal)
    return whole


def _inverse_factor(gram: Floats) -> Floats | None:
    """Inverse of the lower Cholesky factor of G, or None; a large one in the upper triangle of `gram` itself."""
    if len(gram) < LARGE:
        try:
            return np.tril(np.linalg.inv(np.linalg.cholesky(gram)))
        except np.linalg.LinAlgError:
            return None
    from scipy.linalg import lapack  # noqa: PLC0415  (takes longer to import than most fits take)

    factor, failed = lapack.dpotrf(gram.T, lower=1, clean=0, overwrite_a=1)
    if not failed:
        factor, failed = lapack.dtrtri(factor, lower=1, overwrite_c=1)
    return None if failed else factor


def _columns(lower: Floats) -> list[Floats]:
    """Columns of a lower triangle, from the diagonal down."""
    return [lower[k:, k] for k in range(len(lower))]


def _times_inverse(right: Floats, factor: Floats) -> Floats:
    """Give ``R L^-T L^-1``, of which `factor` is the last; a large R is overwritten."""
    if len(factor) < LARGE:
        return np.asarray(right @ factor.T @ factor)
    from scipy.linalg import blas  # noqa: PLC0415

    product = blas.dtrmm(1.0, factor, right.T, lower=1, overwrite_b=1)
    product = blas.dtrmm(1.0, factor, product, lower=1, trans_a=1, overwrite_b=1)
    return np.asarray(product.T)


def _condition_of_factor(gram: Floats) -> float:
    """Condition by Lanczos iterations with the Cholesky factor, infinite where there is none.

    The factor takes the place of the upper triangle for as long as this works; the lower one and the diagonal stay.
    """
    from scipy.linalg import blas, lapack  # noqa: PLC0415
    from scipy.sparse.linalg import LinearOperator, eigsh  # noqa: PLC0415

    n, diagonal = len(gram), np.diag(gram).copy()
    factor, failed = lapack.dpotrf(gram.T, lower=1, clean=0, overwrite_a=1)

    def largest(product: Callable[[Floats], Floats]) -> float:
        operator = LinearOperator((n, n), matvec=product, dtype=np.float64)
        start = np.random.default_rng(0).random(n)
        return float(eigsh(operator, 1, which="LA", v0=start, tol=1e-9, return_eigenvectors=False)[0])

    condition = np.inf
    if not failed:
        condition = largest(lambda v: blas.dtrmv(factor, blas.dtrmv(factor, v.ravel(), lower=1, trans=1), lower=1))
        condition *= largest(lambda v: lapack.dpotrs(factor, v.reshape(n, 1), lower=1)[0].ravel())
    np.fill_diagonal(gram, diagonal)
    return condition

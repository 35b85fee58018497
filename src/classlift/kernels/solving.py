"""The symmetric system of a least-squares fit: its solution, and its condition."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

SINGULAR = 1e-12
"""An eigenvalue below this share of the largest counts as zero."""


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

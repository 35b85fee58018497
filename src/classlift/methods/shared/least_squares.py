"""The closed form that `naive` and `elaborated` share: moments in, one full step out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from classlift import kernels
from classlift.data.moments import MomentSum, System, padded_gram
from classlift.layer.step import AffineStep, Domain
from classlift.methods.base import Fitted

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from classlift.data.counts import ClassCounts
    from classlift.data.moments import Moments
    from classlift.data.source import PredictionSource
    from classlift.methods.base import Additive, Settings


def moments_of(source: PredictionSource, counts: ClassCounts, settings: Settings, additive: Additive) -> Moments:
    """Sums over the rows of `source` that a fit uses, weighted by what `counts` (of all shards) say."""
    sums = MomentSum(additive.squared_weights(counts, settings))
    for block in source.blocks():
        sums.add(block, additive.rows(block, settings))
    return sums.total()


def solve(moments: Moments, alpha: float | None, maximum_probability: float | None) -> Fitted:
    """Weighted least squares of the rows in `moments` and of the padding rows [Choi 2017, Eq. 6 and 12].

    Parameters
    ----------
    moments : Moments
        Sums over the fitted rows.
    alpha : float or None
        Stabiliser; None: no padding rows.
    maximum_probability : float or None
        Gate of the step.

    Returns
    -------
    Fitted
        One step of domain probability, with its squared errors and the system that was solved.

    Notes
    -----
    The solution is written H = [I | 0] + D. A padding row has the input [alpha e_k; 1] and the target alpha e_k,
    which [I | 0] meets exactly, so padding adds to the left side of ``D (G + G_alpha) = R`` only, and no rows
    give D = 0.
    """
    n = moments.n_classes
    right = moments.cross - moments.gram[:n]
    correction, singular = kernels.solve_symmetric(padded_gram(moments, alpha), right)
    # the targets t - p sum to 0, so the columns of D do; rounding may leave a trace where the condition is high
    correction -= correction.mean(axis=0)
    errors = _squared_errors(moments, correction, alpha)
    correction[np.arange(n), np.arange(n)] += 1
    bias, weight = correction[:, n].copy(), correction[:, :n].copy()
    step = AffineStep(Domain.PROBABILITY, bias=bias, weight=weight, maximum_probability=maximum_probability)
    return Fitted((step,), System(moments, alpha, singular), errors, _singular_note(singular))


def _squared_errors(moments: Moments, correction: NDArray[np.float64], alpha: float | None) -> tuple[float, float]:
    """Squared error ``||H P̄ - T||_F^2`` of the rows for [I | 0] and for H = [I | 0] + D [Choi 2017, Eq. 5].

    As ``D (G + G_alpha) = R``, the second is the first minus ``<D, R> + <D, D G_alpha>``: no further product of
    matrices.
    """
    n, gram, cross = moments.n_classes, moments.gram, moments.cross
    before = float(np.trace(gram[:n, :n]) - 2 * np.trace(cross[:, :n])) + moments.weight
    gained = float(np.einsum("ij,ij", correction, cross) - np.einsum("ij,ij", correction, gram[:n]))
    if alpha is not None:
        weight, bias = correction[:, :n], correction[:, n]
        gained += alpha**2 * float(np.einsum("ij,ij", weight, weight))
        gained += float(2 * alpha * (bias @ weight.sum(axis=1)) + n * (bias @ bias))
    return max(0.0, before), max(0.0, before - gained)


def _singular_note(singular: bool) -> tuple[str, ...]:
    if not singular:
        return ()
    return (
        "the least-squares system is singular: many layers fit these rows equally well, and the one nearest to the "
        "identity was taken",
    )

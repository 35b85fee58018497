"""The closed form that `naive` and `elaborated` share: moments in, one full step out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from classlift import kernels
from classlift.data.moments import MomentSum
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
        One step of domain probability, with condition, singularity and the moments of the rows.

    Notes
    -----
    The solution is written H = [I | 0] + D. A padding row has the input [alpha e_k; 1] and the target alpha e_k,
    which [I | 0] meets exactly, so padding adds to the left side of ``D (G + G_alpha) = R`` only, and no rows
    give D = 0.
    """
    n = moments.n_classes
    right = moments.cross - moments.gram[:n]
    system = moments.gram if alpha is None else moments.gram + padding_gram(n, alpha)
    solution = kernels.solve_symmetric(system, right)
    # the targets t - p sum to 0, so the columns of D do; rounding may leave a trace where the condition is high
    correction = solution.correction - solution.correction.mean(axis=0)
    parameters = np.eye(n, n + 1) + correction
    step = AffineStep(
        Domain.PROBABILITY,
        bias=parameters[:, n].copy(),
        weight=parameters[:, :n].copy(),
        maximum_probability=maximum_probability,
    )
    return Fitted((step,), system, solution.singular, moments, _singular_note(solution.singular))


def padding_gram(n_classes: int, alpha: float) -> NDArray[np.float64]:
    """Gram matrix of the padding rows [alpha e_k; 1], k = 1..K."""
    gram = np.zeros((n_classes + 1, n_classes + 1))
    gram[np.arange(n_classes), np.arange(n_classes)] = alpha**2
    gram[:n_classes, n_classes] = gram[n_classes, :n_classes] = alpha
    gram[n_classes, n_classes] = n_classes
    return gram


def _singular_note(singular: bool) -> tuple[str, ...]:
    if not singular:
        return ()
    return (
        "the least-squares system is singular: many layers fit these rows equally well, and the one nearest to the "
        "identity was taken",
    )

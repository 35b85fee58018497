"""What the recalls of all classes say of each: ensembles of classes, and their doubt."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

RHO = np.concatenate([[0.0], np.geomspace(1e-6, 0.99, 95)])
"""Grid of within-class correlations; 0 is an ensemble of equal classes."""

STRONGEST = 1e6
"""Largest strength of a prior, in rows."""

EQUAL_FACTOR, EQUAL_CAP = 5.0, 0.6
"""Draws of equal classes, a share p of all, weigh up to 5 p, at most 0.6, where the ends are found [simulation]."""

ALONE = 2
"""Group of the classes with the prior beta(1/2, 1/2); 0 and 1 are clusters."""

SMALLEST_CLUSTER = 4
"""A cluster has at least this many classes."""

FEW = 5.0
"""With fewer right rows (or wrong ones) the logit of their share is too far from normal."""

ASIDE_MARGIN, FIRST_TURN = 0.5, 0.6
"""A class is set aside beyond ``sqrt(2 ln K) + 0.5`` deviations, in the first turn beyond 0.6 of it [simulation]."""


class Priors(NamedTuple):
    """Draws of the beta priors of groups of classes.

    Parameters
    ----------
    strength, mean : ndarray of float32, shape (n_draws, n_groups)
        Prior beta(mean strength, (1 - mean) strength).
    group : ndarray of intp, shape (n_classes,)
        Group of each class.
    weight : ndarray of float64, shape (n_draws,)
        Weights by which draws of equal classes count more.
    equal_share : float
        Their share under these weights.
    """

    strength: NDArray[np.float32]
    mean: NDArray[np.float32]
    group: NDArray[np.intp]
    weight: Floats
    equal_share: float

    def of(self, draws: slice) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Strength and mean for each class, shape (n_draws, n_classes)."""
        return self.strength[draws][:, self.group], self.mean[draws][:, self.group]


class _Fit(NamedTuple):
    """Weighted mean, its weight and Q on the grid of rho; freedom and variance of Q."""

    mean: Floats
    weight: Floats
    q: Floats
    freedom: int
    variance: float


def clusters(right: Floats, support: Floats) -> NDArray[np.intp]:
    """Cluster of each class: 0 for all, or 0 and 1 where recalls plainly form two.

    Angles ``2 asin sqrt(p)`` are cut where the two parts differ most (Otsu); the parts are clusters if their means
    lie ``2 + 3 / sqrt(K)`` sums of their standard deviations apart (a uniform spread gives 1.7, a normal one 1.3),
    each at least that of counting, ``1 / sqrt(n)``: shares near 1 have few values.

    Parameters
    ----------
    right, support : ndarray of float64, shape (n_classes,)
        Right rows and rows, support above 0.

    Returns
    -------
    ndarray of intp, shape (n_classes,)
        0 in the lower cluster and 1 in the upper one.
    """
    n_classes = len(support)
    angle = _angle(right, support)
    order = np.argsort(angle)
    group = np.zeros(n_classes, np.intp)
    if n_classes < 2 * SMALLEST_CLUSTER:
        return group
    lower = np.arange(1, n_classes)
    sums = np.cumsum(angle[order])
    between = (sums[:-1] - lower * sums[-1] / n_classes) ** 2 / (lower * (n_classes - lower))
    cut = SMALLEST_CLUSTER + int(between[SMALLEST_CLUSTER - 1 : n_classes - SMALLEST_CLUSTER].argmax())
    parts = order[:cut], order[cut:]
    spread = sum(max(angle[part].std(), float(np.sqrt((1 / support[part]).mean()))) for part in parts)
    if angle[parts[1]].mean() - angle[parts[0]].mean() > (2 + 3 / np.sqrt(n_classes)) * spread:
        group[parts[1]] = 1
    return group


def draw_priors(right: Floats, support: Floats, cluster: NDArray[np.intp], normals: Floats) -> Priors:
    """Draw the priors of the classes' recalls from all classes together.

    Recalls are beta with mean mu and within-class correlation rho (strength ``1 / rho - 1``), so a share x/n has the
    variance ``mu (1 - mu) (1 + (n - 1) rho) / n``. rho comes from its confidence distribution: ``Q(rho) = chi^2`` is
    solved for each draw of chi^2, with ``Q(rho) = sum W (x/n - mu)^2 / (mu (1 - mu))``,
    ``W = n / (1 + (n - 1) rho)``. Each cluster has its own ensemble. Classes far outside are set aside, with prior
    beta(1/2, 1/2).

    Parameters
    ----------
    right, support : ndarray of float64, shape (n_classes,)
        Right rows and rows, support above 0; together they hold a right and a wrong row at least in part.
    cluster : ndarray of intp, shape (n_classes,)
        Cluster of each class; see `clusters`.
    normals : ndarray of float64, shape (2, 2, n_draws)
        Standard normal numbers behind the draws of rho and of mu, for the lower cluster (or all) and the upper one.

    Returns
    -------
    Priors

    Notes
    -----
    Source: Q profile: Viechtbauer (2007), Statistics in Medicine 26, 37-52; Q: DerSimonian and Kacker (2007),
    Contemporary Clinical Trials 28, 105-114; variance of Q at rho = 0: Haldane (1937), Biometrika 29, 133-143.
    """
    n_draws = normals.shape[2]
    group = cluster.copy()
    strength = np.ones((n_draws, ALONE + 1), np.float32)
    mean = np.full_like(strength, 0.5)
    weight, equal_share = np.ones(n_draws), 0.0
    for k in range(int(cluster.max()), -1, -1):  # the lower cluster last: the lowest classes are its
        members = np.flatnonzero(cluster == k)
        aside = _set_aside(right[members], support[members])
        group[members[aside]] = ALONE
        members = members[~aside]
        if len(members):
            fit = _fit(right[members], support[members])
            strength[:, k], mean[:, k], weight, equal_share = _draw(fit, *normals[k])
    return Priors(strength, mean, group, weight, equal_share)


def _angle(right: Floats, support: Floats) -> Floats:
    """Angles of shares, of variance near 1/n whatever the share (Anscombe 1948, Biometrika 35, 246-254)."""
    return np.asarray(2 * np.arcsin(np.sqrt((right + 0.375) / (support + 0.75))))


def _fit(right: Floats, support: Floats) -> _Fit:
    p, more = right / support, np.maximum(support - 1, 0)
    weights = support / (1 + more * RHO[:, None])
    weight = weights.sum(axis=1)
    mean = weights @ p / weight
    q = (weights * (p - mean[:, None]) ** 2).sum(axis=1) / (mean * (1 - mean))
    freedom = len(p) - 1
    rho, mu = _moments(mean, q, freedom)
    kurtosis = ((1 / (mu * (1 - mu)) - 6) / support).sum() / (1 + more.mean() * rho)
    return _Fit(mean, weight, q, freedom, max(2 * freedom + kurtosis, 0.5 * freedom, 1e-3))


def _moments(mean: Floats, q: Floats, freedom: int) -> tuple[float, float]:
    """Rho at which Q is what it should be, and the mean there."""
    rho = float(np.interp(-freedom, -q, RHO)) if q[0] > freedom else 0.0
    return rho, float(np.interp(rho, RHO, mean))


def _set_aside(right: Floats, support: Floats) -> NDArray[np.bool_]:
    """Classes that the others' ensemble does not explain; none if they are more than a quarter."""
    n_classes = len(support)
    if n_classes == 1:
        return np.ones(1, bool)
    angle = _angle(right, support)
    limit = np.sqrt(2 * np.log(n_classes)) + ASIDE_MARGIN
    aside = np.zeros(n_classes, bool)
    for turn in range(5):
        fit = _fit(right[~aside], support[~aside])
        rho, mu = _moments(fit.mean, fit.q, fit.freedom)
        distance = np.abs(angle - 2 * np.arcsin(np.sqrt(mu)))
        distance *= np.sqrt(support / (1 + np.maximum(support - 1, 0) * rho))
        far = distance > (limit if turn else FIRST_TURN * limit)
        if far.mean() > 0.25 or n_classes - far.sum() < 3:
            far[:] = False
        if (far == aside).all():
            break
        aside = far
    return aside


def _draw(fit: _Fit, z_rho: Floats, z_mean: Floats) -> tuple[Floats, Floats, Floats, float]:
    """Strengths, means, weights by which equal classes count more, and their share then."""
    shape = fit.freedom**2 / fit.variance
    chi = fit.freedom * np.maximum(1 - 1 / (9 * shape) + z_rho / (3 * np.sqrt(shape)), 0) ** 3  # Wilson-Hilferty
    equal = chi >= fit.q[0]
    rho = np.where(equal, 0.0, np.interp(-chi, -fit.q, RHO))
    found = float(equal.mean())
    share = max(found, min(EQUAL_CAP, EQUAL_FACTOR * found))
    weight = np.ones(len(chi))
    if 0 < found < 1:
        weight = np.where(equal, share / found, (1 - share) / (1 - found))
    mean = np.clip(np.interp(rho, RHO, fit.mean), 1e-6, 1 - 1e-6)
    mean = _around(mean, np.interp(rho, RHO, fit.weight), z_mean)
    return np.minimum(1 / np.maximum(rho, 1e-9) - 1, STRONGEST), mean, weight, share


def _around(mean: Floats, weight: Floats, z: Floats) -> Floats:
    """Draw shares around those of so many rows: by their logits, which need some right and some wrong rows, or angles.

    By angles none right of n draws up to 2.5 rows (97.5 %), as the posterior beta(1/2, n + 1/2) does.
    """
    few = weight * mean * (1 - mean) < FEW
    spread = np.sqrt(np.where(few, 1.0, weight * mean * (1 - mean)))
    by_logit = 1 / (1 + np.exp(-(np.log(mean / (1 - mean)) + z / spread)))
    angle = _angle(weight * mean, weight) + z / np.sqrt(weight + 0.5)
    by_angle = np.clip(np.sin(np.clip(angle, 0, np.pi) / 2) ** 2, 1e-6, 1 - 1e-6)
    return np.where(few, by_angle, by_logit)

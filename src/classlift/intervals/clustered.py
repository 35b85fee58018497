"""Rows that come in clusters, such as images of one patient: how many independent rows they are worth."""

from __future__ import annotations

from functools import cache
from statistics import NormalDist
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Numbers = NDArray[np.integer]


def design_effects(group: Numbers, rows: NDArray[np.number], value: NDArray[np.number], squares: Floats) -> Floats:
    """How many times larger the variance of each group's mean is than that of independent rows, at least 1.

    The larger of two estimates: the cluster-robust variance of the group itself,
    ``G / (G - 1) sum_g (x_g - mean n_g)^2`` over the sum of squares of its rows, and ``1 + rho (m - 1)`` with the
    correlation rho within clusters of all groups together and m the mean size of the cluster of a row. The first is
    noisy where a group has few clusters, and 0 where all its rows are right.

    Parameters
    ----------
    group : ndarray of int, shape (n_parts,)
        Group (class) of each part: the rows of one cluster in one group.
    rows, value : ndarray of int, shape (n_parts,)
        Rows of the part, and the sum of their values (right rows; rows fixed less rows broken).
    squares : ndarray of float64, shape (n_groups,)
        Sum of squares of the values of the rows of each group about their mean.

    Returns
    -------
    ndarray of float64, shape (n_groups,)

    Notes
    -----
    Source: Kish (1965), Survey Sampling; Rao and Scott (1992), Biometrics 48, 577-585.

    Examples
    --------
    >>> group, rows, value = np.zeros(4, int), np.full(4, 10), np.array([10, 10, 0, 0])
    >>> bool(design_effects(group, rows, value, np.array([40 * 0.5 * 0.5]))[0] > 10)
    True
    """
    n_groups = len(squares)

    def total(values: NDArray[np.number]) -> Floats:
        return np.bincount(group, values, n_groups).astype(np.float64)

    support, parts = total(rows), np.bincount(group, minlength=n_groups)
    mean = total(value) / np.maximum(support, 1)
    robust = total((value - mean[group] * rows) ** 2) * parts / np.maximum(parts - 1, 1)
    size = total(rows.astype(np.float64) ** 2)
    spread = squares / np.maximum(support, 1)
    several = parts > 1
    within = float(((size - support) * spread)[several].sum())
    rho = min(1.0, max(0.0, float((robust - squares)[several].sum()) / within)) if within > 0 else 1.0
    common = 1 + rho * (size / np.maximum(support, 1) - 1)
    own = np.divide(robust, squares, out=np.ones(n_groups), where=several & (squares > 1e-9))
    return np.maximum(np.maximum(own, common), 1.0)


def few_clusters(n_clusters: int, confidence: float = 0.95) -> float:
    """Factor of a variance that makes up for few clusters: Student's t with one degree less than these, squared.

    Examples
    --------
    >>> round(few_clusters(10), 2), round(few_clusters(1000), 2)
    (1.33, 1.0)
    """
    return _student(max(1, n_clusters - 1), round(confidence, 12))


@cache
def _student(freedom: int, confidence: float) -> float:
    from scipy.special import stdtrit  # noqa: PLC0415  (takes a while to import, only for clusters)

    tail = (1 + confidence) / 2
    return float(stdtrit(freedom, tail) / NormalDist().inv_cdf(tail)) ** 2

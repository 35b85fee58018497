"""Intervals of proportions and of paired differences."""

from __future__ import annotations

import math
from statistics import NormalDist
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

HALVINGS = 48
"""Bisections of an interval of length 1: the ends are right within 4e-15."""


class Interval(NamedTuple):
    """Lower and upper end of an interval of one figure."""

    low: float
    high: float


def wilson(right: ArrayLike, n: ArrayLike, *, confidence: float = 0.95) -> tuple[Floats, Floats]:
    """Wilson's score interval of a proportion.

    ``(p + z^2 / 2n -+ z sqrt(p (1 - p) / n + z^2 / 4n^2)) / (1 + z^2 / n)``.

    Parameters
    ----------
    right, n : array_like
        Right rows and rows.
    confidence : float
        What the interval claims to cover; each single end holds with ``(1 + confidence) / 2``.

    Returns
    -------
    low, high : ndarray of float64
        NaN where ``n`` is 0.

    Notes
    -----
    Source: Wilson (1927), JASA 22, 209-212; in this form Newcombe (1998), Statistics in
    Medicine 17, 857-872, method 3.

    Examples
    --------
    >>> low, high = wilson(81, 263)
    >>> round(float(low), 4), round(float(high), 4)
    (0.2553, 0.3662)
    """
    x, n = np.broadcast_arrays(np.asarray(right, np.float64), np.asarray(n, np.float64))
    z = _quantile(confidence)
    with np.errstate(invalid="ignore", divide="ignore"):
        middle = x + z * z / 2
        half = z * np.sqrt(np.maximum(x * (n - x) / n, 0) + z * z / 4)
        low, high = (middle - half) / (n + z * z), (middle + half) / (n + z * z)
    low = np.where(n > 0, np.where(x == 0, 0.0, low), np.nan)
    return low, np.where(n > 0, np.where(x == n, 1.0, high), np.nan)


def mean_proportion(right: ArrayLike, n: ArrayLike, *, confidence: float = 0.95) -> Interval:
    """Interval of the mean of independent proportions of classes that were chosen beforehand.

    ``mean - sqrt(sum (p_k - l_k)^2) / m`` and ``mean + sqrt(sum (u_k - p_k)^2) / m`` with Wilson's ends l_k and u_k.

    Parameters
    ----------
    right, n : array_like, one entry per class
        Right rows and rows; classes without rows do not count.
    confidence : float
        What the interval claims to cover.

    Returns
    -------
    Interval
        NaN without rows.

    Notes
    -----
    Source: Zou, Huang and Zhang (2009), Computational Statistics and Data Analysis 53, 1080-1085.
    """
    x, n = np.asarray(right, np.float64), np.asarray(n, np.float64)
    x, n = x[n > 0], n[n > 0]
    if not len(n):
        return Interval(math.nan, math.nan)
    low, high = wilson(x, n, confidence=confidence)
    p = x / n
    mean, below, above = p.mean(), np.linalg.norm(p - low) / len(n), np.linalg.norm(high - p) / len(n)
    return Interval(float(mean - below), float(mean + above))


def tango_difference(
    broken: ArrayLike, fixed: ArrayLike, n: ArrayLike, *, confidence: float = 0.95
) -> tuple[Floats, Floats]:
    """Tango's score interval of a difference of paired proportions, after minus before.

    Its ends D solve ``(fixed - broken - n D) / sqrt(n (2 q + D (1 - D))) = -+z``, where q, the likeliest share of
    broken rows given D, is the larger root of ``2n q^2 + B q + C = 0`` with
    ``B = (2n - fixed + broken) D - fixed - broken`` and ``C = -broken D (1 - D)``.

    Parameters
    ----------
    broken, fixed, n : array_like
        Rows that were right and are wrong, that were wrong and are right, and all rows.
    confidence : float
        What the interval claims to cover.

    Returns
    -------
    low, high : ndarray of float64
        NaN where ``n`` is 0.

    Notes
    -----
    Source: Tango (1998), Statistics in Medicine 17, 891-908. Newcombe's method 10 is up to 10 % narrower and covered
    92.1 % at worst in the simulations behind this choice, Tango's 94.7 %.

    Examples
    --------
    >>> low, high = tango_difference(1, 9, 44)
    >>> round(float(low), 3), round(float(high), 3)
    (0.05, 0.328)
    """
    c, b, n = np.broadcast_arrays(*(np.asarray(values, np.float64) for values in (broken, fixed, n)))
    rows, z = np.where(n > 0, n, 1.0), _quantile(confidence)

    def score(difference: Floats) -> Floats:
        linear = (2 * rows - b + c) * difference - b - c
        constant = -c * difference * (1 - difference)
        q = (np.sqrt(np.maximum(linear * linear - 8 * rows * constant, 0)) - linear) / (4 * rows)
        variance = np.maximum(rows * (2 * q + difference * (1 - difference)), 1e-300)
        return np.asarray((b - c - rows * difference) / np.sqrt(variance))

    estimate = (b - c) / rows
    low = _last_inside(lambda at: score(at) <= z, estimate, -1.0)
    high = _last_inside(lambda at: score(at) >= -z, estimate, 1.0)
    return np.where(n > 0, low, np.nan), np.where(n > 0, high, np.nan)


def _quantile(confidence: float) -> float:
    return NormalDist().inv_cdf((1 + confidence) / 2)


def _last_inside(is_inside: Callable[[Floats], NDArray[np.bool_]], inside: Floats, outside: float) -> Floats:
    """Bisect between a point inside and one outside, entry by entry; the last point inside."""
    edge = np.full_like(inside, outside)
    for _ in range(HALVINGS):
        middle = (inside + edge) / 2
        keep = is_inside(middle)
        inside, edge = np.where(keep, middle, inside), np.where(keep, edge, middle)
    return inside

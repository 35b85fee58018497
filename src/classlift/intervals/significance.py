"""Exact tests of paired changes: of rows (McNemar), and of clusters of rows."""

from __future__ import annotations

import math
from statistics import NormalDist
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

MOST_TERMS = 1 << 25
"""Up to this many terms the distribution of a sum is worked out (less than a second); beyond it is normal."""


def mcnemar_exact(broken: int, fixed: int) -> float:
    """Exact two-sided McNemar test: the rows that changed sides against a fair coin.

    ``min(1, 2 P(X <= min(broken, fixed)))`` with X binomial (broken + fixed, 1/2).

    Parameters
    ----------
    broken, fixed : int
        Rows that were right and are wrong, that were wrong and are right.

    Returns
    -------
    float
        The p-value; 1 where no row changed sides.

    Notes
    -----
    Source: McNemar (1947), Psychometrika 12, 153-157; exact form in Fagerland, Lydersen and Laake (2013), BMC Medical
    Research Methodology 13:91, equation 3. The tail is the largest term times a sum of falling ratios; terms beyond
    6 sqrt(n) are below e^-72 of it.

    Examples
    --------
    >>> round(mcnemar_exact(5, 15), 6)
    0.041389
    """
    n, x = broken + fixed, min(broken, fixed)
    if 2 * x >= n - 1:
        return 1.0
    i = np.arange(min(x, int(6 * math.sqrt(n)) + 50))
    tail = 1 + float(np.cumprod((x - i) / (n - x + 1 + i)).sum())
    return min(1.0, 2 * tail * _fair_coin(x, n))


def _fair_coin(x: int, n: int) -> float:
    """P(X = x) of n throws, to 1e-12 for any n (the saddle point form: Loader 2000, its terms for p = 1/2)."""
    if n <= 1000:
        return float(math.comb(n, x) / 2**n)
    if x == 0:
        return math.exp(-n * math.log(2))
    d = (n - 2 * x) / n
    deviance = n / 2 * ((1 - d) * math.log1p(-d) + (1 + d) * math.log1p(d))
    error = _stirling_error(n) - _stirling_error(x) - _stirling_error(n - x)
    return math.exp(error - deviance) * math.sqrt(n / (2 * math.pi * x * (n - x)))


def _stirling_error(n: int) -> float:
    """``log n! - log(sqrt(2 pi n) (n / e)^n)``."""
    if n <= 20:
        return math.log(math.factorial(n)) - (math.log(2 * math.pi * n) / 2 + n * math.log(n) - n)
    return (1 / 12 - (1 / 360 - (1 / 1260 - 1 / 1680 / n**2) / n**2) / n**2) / n


def sign_flip_test(differences: NDArray[np.integer]) -> float:
    """Exact two-sided test of clusters that changed: either direction of each was as likely.

    Each cluster's rows fixed less rows broken keeps its size and gets either sign with 1/2; the p-value is the share
    of all signs whose sum is as far from 0. With clusters of one row it is the exact McNemar test.

    Parameters
    ----------
    differences : ndarray of int
        Rows fixed less rows broken, of each cluster.

    Returns
    -------
    float

    Notes
    -----
    The characteristic function of the sum is ``prod_v cos(v t)^c_v`` with c_v clusters of size v; p-values below 1e-12
    are rounding.

    Examples
    --------
    >>> round(sign_flip_test(np.array([1] * 15 + [-1] * 5)) - mcnemar_exact(5, 15), 12)
    0.0
    """
    size, times = np.unique(np.abs(differences[differences != 0]).astype(np.int64), return_counts=True)
    if not len(size):
        return 1.0
    seen, most = abs(int(differences.sum())), int((size * times).sum())
    if (2 * most + 1) * len(size) > MOST_TERMS:
        return 2 * NormalDist().cdf(-(seen - 1) / float(np.sqrt((times * size**2).sum())))
    angle = 2 * np.pi * np.arange(2 * most + 1) / (2 * most + 1)
    shape = np.ones(len(angle))
    for v, c in zip(size.tolist(), times.tolist(), strict=True):
        shape *= np.cos(v * angle) ** c
    share = np.fft.fft(shape).real / len(angle)  # share[s] is that of the sum s, and of -s
    return float(np.clip(2 * share[seen : most + 1].sum() if seen else 1.0, 0.0, 1.0))

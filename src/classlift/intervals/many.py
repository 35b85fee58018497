"""Many proportions and tests at once: exact intervals for far out in the tails, and false discoveries."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]


def clopper_pearson(right: ArrayLike, n: ArrayLike, *, confidence: float = 0.95) -> tuple[Floats, Floats]:
    """Exact interval of a proportion: quantiles of beta(x, n - x + 1) and beta(x + 1, n - x).

    Wilson's is narrower and covers 95 % on average; far out in the tails, where all of many classes are to be covered
    together, it covers too seldom.

    Parameters
    ----------
    right, n : array_like
        Right rows and rows.
    confidence : float
        What the interval covers at least.

    Returns
    -------
    low, high : ndarray of float64
        NaN where ``n`` is 0.

    Notes
    -----
    Source: Clopper and Pearson (1934), Biometrika 26, 404-413.

    Examples
    --------
    >>> low, high = clopper_pearson(81, 263)
    >>> round(float(low), 4), round(float(high), 4)
    (0.2527, 0.3676)
    """
    from scipy.special import betaincinv  # noqa: PLC0415  (takes a while to import, only for who asks)

    x, n = np.broadcast_arrays(np.asarray(right, np.float64), np.asarray(n, np.float64))
    tail, rest = (1 - confidence) / 2, n - x
    low = np.where(x > 0, betaincinv(np.maximum(x, 1e-9), rest + 1, tail), 0.0)
    high = np.where(rest > 0, betaincinv(x + 1, np.maximum(rest, 1e-9), 1 - tail), 1.0)
    return np.where(n > 0, low, np.nan), np.where(n > 0, high, np.nan)


def false_discoveries(p_values: NDArray[np.float64], rate: float = 0.05) -> NDArray[np.bool_]:
    """Tests that are called significant so that at most this share of them is false (Benjamini and Hochberg).

    Those with p-values up to the largest ``p_(i) <= i rate / m``.

    Parameters
    ----------
    p_values : ndarray of float64
        One for each test; NaN where there is none.
    rate : float
        False discovery rate.

    Returns
    -------
    ndarray of bool

    Notes
    -----
    Source: Benjamini and Hochberg (1995), Journal of the Royal Statistical Society B 57, 289-300.

    Examples
    --------
    >>> false_discoveries(np.array([0.01, 0.04, 0.03, 0.5, np.nan])).tolist()
    [True, False, False, False, False]
    """
    known = np.sort(p_values[~np.isnan(p_values)])
    below = np.flatnonzero(known <= rate * np.arange(1, len(known) + 1) / max(1, len(known)))
    return np.asarray(p_values <= known[below[-1]]) if len(below) else np.zeros(len(p_values), bool)

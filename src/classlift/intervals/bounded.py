"""Interval of the mean of a bounded figure, such as a cost."""

from __future__ import annotations

import math
from statistics import NormalDist

from classlift.intervals.proportions import Interval


def bounded_mean(
    mean: float, second_moment: float, n: float, ends: tuple[float, float], *, confidence: float = 0.95
) -> Interval:
    """Score interval of the mean of values between two ends.

    On the scale where these are 0 and 1 the ends M of the interval solve ``n (m - M)^2 = z^2 v(M)``, with v(M) the
    variance that the values have once the mean is moved from m to M by giving weight to the end that lies on that
    side: ``v(M) = s + (M - m) (1 - s) / (1 - m) - M^2`` above and ``s M / m - M^2`` below, s the second moment. For
    values that are 0 or 1 this is `wilson`; large values that happen not to be in the sample are reckoned with.

    Parameters
    ----------
    mean, second_moment : float
        Mean of the values, and of their squares.
    n : float
        How many values, above 0.
    ends : tuple of float
        Least and largest value that there can be.
    confidence : float
        What the interval claims to cover; each single end holds with ``(1 + confidence) / 2``.

    Returns
    -------
    Interval

    Notes
    -----
    After Wilson (1927), JASA 22, 209-212.

    Examples
    --------
    >>> low, high = bounded_mean(81 / 263, 81 / 263, 263, (0.0, 1.0))
    >>> round(low, 4), round(high, 4)
    (0.2553, 0.3662)
    """
    least, span = ends[0], ends[1] - ends[0]
    if not span:
        return Interval(mean, mean)
    m = min(max((mean - least) / span, 0.0), 1.0)
    s = min(max((second_moment - 2 * least * mean + least**2) / span**2, m * m), m)
    zz = NormalDist().inv_cdf((1 + confidence) / 2) ** 2
    rising, falling = (1 - s) / (1 - m) if m < 1 else 1.0, s / m if m else 0.0
    high = 1.0 if m == 1 else _root(n + zz, 2 * n * m + zz * rising, n * m * m - zz * (s - rising * m), 1)
    low = 0.0 if m == 0 else _root(n + zz, 2 * n * m + zz * falling, n * m * m, -1)
    return Interval(least + span * low, least + span * high)


def _root(a: float, b: float, c: float, sign: int) -> float:
    """Smaller or larger root of ``a x^2 - b x + c``."""
    return (b + sign * math.sqrt(max(b * b - 4 * a * c, 0.0))) / (2 * a)

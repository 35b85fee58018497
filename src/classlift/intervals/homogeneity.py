"""Whether two files can have the same class shares."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

FEWEST_EXPECTED = 5.0
"""Classes of which fewer rows are expected in either file are put together."""


def same_shares(one: ArrayLike, other: ArrayLike) -> float:
    """P-value of Pearson's chi-square test that two files have the same class shares.

    Parameters
    ----------
    one, other : array_like, shape (n_classes,)
        Rows of each class.

    Returns
    -------
    float
        1 where there is nothing to compare.

    Examples
    --------
    >>> round(same_shares([30, 70], [45, 55]), 4)
    0.0285
    """
    from scipy.special import chdtrc  # noqa: PLC0415  (0.1 s, only for who asks)

    table = np.array([one, other], np.float64)
    rows, classes = table.sum(axis=1), table.sum(axis=0)
    if not rows.all():
        return 1.0
    few = classes * rows.min() / rows.sum() < FEWEST_EXPECTED
    table = np.column_stack([table[:, ~few], table[:, few].sum(axis=1)])
    table = table[:, table.sum(axis=0) > 0]
    expected = np.outer(rows, table.sum(axis=0)) / rows.sum()
    if table.shape[1] < 2:
        return 1.0
    return float(chdtrc(table.shape[1] - 1, ((table - expected) ** 2 / expected).sum()))

"""Class shares of unlabelled rows from calibrated probabilities: the likelihood's maximum, and how sure it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

MOST_ROUNDS = 3000
NATS = 0.01
"""The search ends where the log-likelihood of all rows can rise by no more than this."""

LEAST_ROWS = 1.0
"""Classes of which fewer rows are found are at the edge: their share is bounded from above only."""

INSEPARABLE = 1e-6
"""Least share of the information of labels that counts as some."""

Z95 = 1.96


def most_likely_shares(ratios: Floats, start: Floats) -> Floats:
    """Shares that maximise ``sum_i log sum_k share_k r_ik``, by expectation and maximisation.

    Parameters
    ----------
    ratios : ndarray of float64, shape (n_samples, n_classes)
        ``r_ik = p_ik / old_k``, p calibrated where classes have the shares old; in every row one is above 0.
    start : ndarray of float64, shape (n_classes,)
        Shares to begin with, above 0, sum 1.

    Returns
    -------
    ndarray of float64, shape (n_classes,)
        Sum 1.

    Notes
    -----
    The step is that of Saerens, Latinne and Decaestecker 2002, Neural Computation 14, 21-41: new shares are the mean of
    ``p'`` proportional to ``new / old p``. Every two steps are extrapolated (SQUAREM, Varadhan and Roland 2008,
    Scandinavian Journal of Statistics 35, 335-353). The function is concave, and the largest mean of
    ``r_ik / sum_j share_j r_ij`` minus 1 bounds what is left to gain for a row.
    """
    shares = start
    for _ in range(MOST_ROUNDS // 3):
        gain = _gain(ratios, shares)
        if (gain.max() - 1) * len(ratios) <= NATS:
            break
        one = shares * gain
        two = one * _gain(ratios, one)
        step, bend = one - shares, two - 2 * one + shares
        length = max(1.0, float(np.linalg.norm(step)) / max(float(np.linalg.norm(bend)), 1e-300))
        far = shares + 2 * length * step + length**2 * bend
        shares = two
        if (far >= 0).all() and _level(ratios, far) > _level(ratios, two):
            shares = far / far.sum()
    return np.asarray(shares)


class ShareErrors(NamedTuple):
    """How sure shares are.

    error : standard errors, shape (n_classes,); high : upper 95 % bound of classes at the edge, NaN of the others;
    told_apart : share of the information on shares that labels would give, in the direction in which it is least;
    direction : which classes that direction exchanges, shape (n_classes,).
    """

    error: Floats
    high: Floats
    told_apart: float
    direction: Floats

    def ends(self, shares: Floats) -> tuple[Floats, Floats]:
        """95 % interval of each share: the wider of Wilson's with the same standard error and the normal one."""
        rows = np.maximum(shares * (1 - shares), 1e-12) / np.maximum(self.error, 1e-9) ** 2
        middle = (shares + Z95**2 / 2 / rows) / (1 + Z95**2 / rows)
        half = Z95 / (1 + Z95**2 / rows) * np.sqrt(shares * (1 - shares) / rows + (Z95 / 2 / rows) ** 2)
        low = np.minimum(middle - half, shares - Z95 * self.error)
        high = np.maximum(middle + half, shares + Z95 * self.error)
        edge = ~np.isnan(self.high)
        return np.clip(np.where(edge, 0, low), 0, 1), np.clip(np.where(edge, self.high, high), 0, 1)


def share_errors(ratios: Floats, shares: Floats, old: Floats, bias: Floats, n_validation: int) -> ShareErrors:
    """Standard errors of the most likely shares, from both samples.

    With ``s_i = r_i / (share . r_i)`` and ``G = mean s s^T`` the rows give the covariance ``(n G)^-1`` among shares of
    sum 1. Biases fitted on m validation rows have offsets ``c = b - log old`` of covariance ``H^+ - 1 / (m old)``,
    which move the shares by ``G^-1 (1 - G diag(share)) dc``; the temperature moves them by what it changes of mean s.
    H is the information of that fit, found here from the new rows, each weighted by ``1 / (share . r_i)``, which makes
    them look like the validation rows.

    Parameters
    ----------
    ratios, shares, old
        As in `most_likely_shares`.
    bias : ndarray of float64, shape (n_classes,)
        Biases of the calibration.
    n_validation : int
        Labelled rows that it was fitted on.
    """
    n, k = ratios.shape
    mixed = ratios @ shares
    scores = ratios / mixed[:, None]
    gram = scores.T @ scores / n
    inside = n * shares >= LEAST_ROWS
    root = np.sqrt(shares[inside])
    values, vectors = _eigen(root[:, None] * gram[np.ix_(inside, inside)] * root, root)
    half = root[:, None] * vectors
    inverse = (half / np.maximum(values, INSEPARABLE)) @ half.T
    moved = np.diag(scores.mean(axis=0)) - gram * shares
    by_fit = inverse @ _moved_by_fit(ratios, scores, shares, old, bias, moved, n_validation)[inside]
    error = np.zeros(k)
    error[inside] = np.sqrt(np.diag(inverse) / n + (by_fit**2).sum(axis=1))
    direction, apart = np.zeros(k), 1.0
    if len(values):
        direction[inside], apart = half[:, values.argmin()], float(values.min())
    high = np.full(k, np.nan)
    for edge in np.flatnonzero(~inside):
        across = gram[edge, inside] - gram[inside][:, inside] @ shares[inside]
        bend = gram[edge, edge] - 2 * float(scores[:, edge].mean()) + 1 - across @ inverse @ across
        high[edge] = shares[edge] + _falls_by(Z95**2 / 2, n * (1 - float(scores[:, edge].mean())), n * max(bend, 1e-12))
    return ShareErrors(error, high, apart, direction)


def _gain(ratios: Floats, shares: Floats) -> Floats:
    """Mean over rows of ``r_ik / sum_j share_j r_ij``, shape (n_classes,)."""
    return np.asarray((1 / np.maximum(ratios @ shares, 1e-300)) @ ratios / len(ratios))


def _level(ratios: Floats, shares: Floats) -> float:
    return float(np.log(np.maximum(ratios @ shares, 1e-300)).sum())


def _eigen(matrix: Floats, root: Floats) -> tuple[Floats, Floats]:
    """Eigenvalues and -vectors of a symmetric matrix among vectors orthogonal to `root`."""
    unit = root / np.linalg.norm(root)
    centred = matrix - np.outer(unit, unit @ matrix)
    centred -= np.outer(centred @ unit, unit)
    centred += 2 * np.outer(unit, unit)  # the largest by far, so that it comes last
    values, vectors = np.linalg.eigh((centred + centred.T) / 2)
    return values[:-1], vectors[:, :-1]


def _moved_by_fit(
    ratios: Floats, scores: Floats, shares: Floats, old: Floats, bias: Floats, moved: Floats, n_validation: int
) -> Floats:
    """How far independent standard normal errors of the calibration move mean s, shape (n_classes, n_classes)."""
    weights = 1 / (ratios @ shares)
    weights = weights[:, None] / weights.mean()
    p = ratios * old
    root = np.sqrt(np.maximum((weights * p).mean(axis=0), 1e-12))
    values, vectors = _eigen((p * weights).T @ p / len(p) / np.outer(root, root), root)
    values = np.clip(values, 0, 1 - 1 / n_validation)
    offsets = vectors / root[:, None] * np.sqrt(values / (1 - values) / n_validation)
    hot = np.log(np.maximum(p, 1e-300)) - bias  # temperature times scores, up to a number for each row
    mean = (p * hot).sum(axis=1, keepdims=True)
    mixed = (weights * p * (hot - mean)).mean(axis=0)
    half = vectors / root[:, None] / np.sqrt(1 - values)
    along = half @ (half.T @ mixed)
    left = float((weights[:, 0] * (p * (hot - mean) ** 2).sum(axis=1)).mean() - mixed @ along)
    heat = (scores * (hot - (scores * shares * hot).sum(axis=1, keepdims=True))).mean(axis=0)
    by_heat = (heat - moved @ along) / np.sqrt(max(left, INSEPARABLE) * n_validation)
    return np.column_stack([moved @ offsets, by_heat])


def _falls_by(nats: float, slope: float, bend: float) -> float:
    """Where ``slope x + bend x^2 / 2`` reaches `nats`."""
    return float((np.sqrt(max(slope, 0) ** 2 + 2 * bend * nats) - max(slope, 0)) / bend)

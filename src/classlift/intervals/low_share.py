"""Interval of the mean recall of the lowest classes, chosen afresh in each result, and of its change."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from classlift.intervals.draws import Draws
from classlift.intervals.ensemble import Priors, clusters, draw_priors

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Halves = NDArray[np.float32]

CHUNK_ENTRIES = 2**18
"""Entries (draws x classes) that are drawn at once (1 MiB each array)."""

TAIL, EQUAL_TAIL = 0.8, 0.75
"""The tails of one result are cut to 0.8 of what is claimed, and by up to 0.75 of that for equal classes."""


class LowShare(NamedTuple):
    """How many of the classes with samples are the lowest; or which ones they are.

    Parameters
    ----------
    size : int
        How many, chosen afresh in each draw.
    classes : ndarray of intp, optional
        Which ones, the same in all draws.
    """

    size: int
    classes: NDArray[np.intp] | None = None

    def only(self, priors: Priors) -> Priors:
        """The priors of the classes that are given."""
        return priors._replace(group=priors.group[self.classes])

    def of(self, recalls: Halves) -> Floats:
        """Mean recall of the lowest classes in each draw, shape (n_draws,); of those given only these are drawn."""
        if self.classes is None and self.size < recalls.shape[1]:
            recalls = np.partition(recalls, self.size - 1, axis=1)[:, : self.size]
        return np.asarray(recalls.mean(axis=1, dtype=np.float64))


def low_share_draws(
    right: NDArray[np.number], support: NDArray[np.number], low: LowShare, *, n_draws: int = 2000, seed: int = 0
) -> Draws:
    """Draw the mean recall of the lowest classes of one result.

    Each class's recall is drawn from beta(s mu + x, s (1 - mu) + n - x), s and mu from what all classes say
    (`draw_priors`); the lowest classes are chosen again in each draw. Classes near the bottom by chance are so drawn
    back towards the others, which a bootstrap does not do.

    Parameters
    ----------
    right, support : ndarray, shape (n_classes,)
        Right rows and rows; every support is above 0.
    low : LowShare
        The lowest classes.
    n_draws : int
        How many draws.
    seed : int
        Seed of the draws.

    Returns
    -------
    Draws

    Examples
    --------
    >>> right, support = np.array([30, 35, 38, 41, 44]), np.full(5, 50)
    >>> low, high = low_share_draws(right, support, LowShare(1)).interval()
    >>> bool(low < 30 / 50 < high)
    True
    """
    rng = np.random.default_rng(seed)
    priors = recall_priors(right, support, rng, n_draws)
    hits, misses = right.astype(np.float32), (support - right).astype(np.float32)
    if low.classes is not None:  # the others are not needed beyond what they say of these
        priors, hits, misses = low.only(priors), hits[low.classes], misses[low.classes]
    values = np.empty(n_draws)
    for rows in chunks(n_draws, len(hits)):
        strength, mean = priors.of(rows)
        recall = rng.standard_gamma(strength * mean + hits, dtype=np.float32)
        rest = rng.standard_gamma(strength * (1 - mean) + misses, dtype=np.float32)
        values[rows] = low.of(ratio(recall, recall + rest))
    order = np.argsort(values)
    equal_tail = TAIL * (1 - EQUAL_TAIL * priors.equal_share)
    return Draws(values[order], ((np.ones(n_draws), TAIL), (priors.weight[order], equal_tail)))


def recall_priors(
    right: NDArray[np.number], support: NDArray[np.number], rng: np.random.Generator, n_draws: int
) -> Priors:
    """Priors of the recalls of one result, with a row that is half right spread over the classes."""
    share = support / support.sum()
    x, n = right + 0.5 * share, support + share
    return draw_priors(x, n, clusters(x, n), rng.standard_normal((2, 2, n_draws)))


def low_share_change_draws(cells: NDArray[np.number], low: LowShare, *, n_draws: int = 2000, seed: int = 0) -> Draws:
    """Draw the change of the mean recall of the lowest classes, chosen afresh on both sides.

    Either side keeps the beta posteriors of `low_share_draws`; the sides share gamma draws of their four cells (a
    Dirichlet draw is a normalised gamma draw), so that rows which they share are noise that they share. The ends are
    the widest over four weightings of the draws.

    Parameters
    ----------
    cells : ndarray, shape (n_classes, 4)
        Rows right in both, broken, fixed, wrong in both; every class has rows.
    low : LowShare
        The lowest classes.
    n_draws : int
        How many draws.
    seed : int
        Seed of the draws.

    Returns
    -------
    Draws

    Notes
    -----
    Half a broken and half a fixed row are added, spread over the classes: that no row changed is not that none can.
    Source: Ferguson (1973), Annals of Statistics 1, 209-230, for the gamma draws.

    Examples
    --------
    >>> cells = np.array([[25, 5, 9, 11], [31, 4, 6, 9], [36, 2, 3, 9], [40, 1, 2, 7]])
    >>> low, high = low_share_change_draws(cells, LowShare(1)).interval()
    >>> bool(low < 4 / 50 < high)
    True
    """
    counts = with_half_rows(cells)
    n = counts.sum(axis=1)
    rng = np.random.default_rng(seed)
    before, after = _coupled_priors(counts, n, _agreement(cells), rng.standard_normal((2, 2, 2, n_draws)))
    changed = np.float32(counts[:, 1:3].sum() / n.sum())
    if low.classes is not None:
        counts, before, after = counts[low.classes], low.only(before), low.only(after)
    values = np.empty(n_draws)
    for rows in chunks(n_draws, len(counts)):
        old, new = _draw_recalls(rng, counts.astype(np.float32), before.of(rows), after.of(rows), changed)
        values[rows] = low.of(new) - low.of(old)
    order = np.argsort(values)
    one, old_weight, new_weight = np.ones(n_draws), before.weight[order], after.weight[order]
    return Draws(values[order], tuple((w, 1.0) for w in (one, old_weight, new_weight, old_weight * new_weight)))


def with_half_rows(cells: NDArray[np.number]) -> Floats:
    """Cells with half a broken and half a fixed row more, spread over the classes."""
    share = 0.5 * (cells.sum(axis=1) / cells.sum())[:, None]
    counts = cells.astype(np.float64)
    counts[:, 1:3] += share
    counts[:, [0, 3]] = np.maximum(counts[:, [0, 3]] - share, 0)
    return counts


def _agreement(cells: NDArray[np.number]) -> float:
    """Pooled within-class correlation of right before and right after, at least 0; 1 where no row changed."""
    n = cells.sum(axis=1)
    p, q = (cells[:, 0] + cells[:, 1]) / n, (cells[:, 0] + cells[:, 2]) / n
    spread = float((n * p) @ (1 - p)) * float((n * q) @ (1 - q))
    if spread <= 0:
        return float(not cells[:, 1:3].any())
    return float(np.clip((cells[:, 0] - n * p * q).sum() / np.sqrt(spread), 0, 1))


def _coupled_priors(counts: Floats, n: Floats, agreement: float, z: Floats) -> tuple[Priors, Priors]:
    """Priors of either side, of the same clusters; their doubts go together as far as the sides agree."""
    share = n / n.sum()
    weight = np.array([agreement**2, agreement])[:, None]  # of rho and of mu
    coupled = weight * z[0] + np.sqrt(1 - weight**2) * z[1]
    sides = (counts[:, 0] + counts[:, 1], counts[:, 0] + counts[:, 2])
    before, after = (x + 0.5 * share for x in sides)
    n = n + share
    cluster = clusters(before, n)
    if not cluster.any():
        cluster = clusters(after, n)
    return draw_priors(before, n, cluster, z[0]), draw_priors(after, n, cluster, coupled)


def _draw_recalls(
    rng: np.random.Generator,
    counts: Halves,
    before: tuple[Halves, Halves],
    after: tuple[Halves, Halves],
    changed: np.float32,
) -> tuple[Halves, Halves]:
    """Recalls before and after, shape (n_draws, n_classes), each with its own beta posterior."""
    (s, p), (t, q) = before, after
    flips = np.clip(changed, np.abs(q - p), np.minimum(p + q, 2 - p - q))
    fixed, broken = (flips + q - p) / 2, (flips - q + p) / 2
    shared, rest = np.minimum(s, t), np.abs(s - t)
    cells = (p - broken, broken, fixed, 1 - p - fixed)
    both, old, new, total = (gamma(rng, shared * cell + counts[:, k]) for k, cell in enumerate(cells))
    total += both + old + new
    old += both
    new += both
    stronger = s > t
    center = np.where(stronger, p, q)
    right, wrong = gamma(rng, rest * center), gamma(rng, rest * (1 - center))
    all_rest = right + wrong
    old = ratio(old + np.where(stronger, right, 0), total + np.where(stronger, all_rest, 0))
    return old, ratio(new + np.where(stronger, 0, right), total + np.where(stronger, 0, all_rest))


def gamma(rng: np.random.Generator, shape: Halves) -> Halves:
    """Gamma draws of these shapes, 0 where the shape is."""
    return np.asarray(rng.standard_gamma(np.maximum(shape, 0), dtype=np.float32))


def ratio(part: Halves, whole: Halves) -> Halves:
    """Divide gamma draws, 0 where both are."""
    return np.asarray(part / np.maximum(whole, np.float32(1e-30)))


def chunks(n_draws: int, n_classes: int) -> list[slice]:
    """Draws that are made at once."""
    step = max(1, CHUNK_ENTRIES // n_classes)
    return [slice(start, start + step) for start in range(0, n_draws, step)]

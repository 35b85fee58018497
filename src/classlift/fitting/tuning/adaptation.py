"""How much of the noise of its own rows a bias makes good, and what pooled folds hide of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from classlift.fitting.tuning.biases import CrossFitted

    Floats = NDArray[np.float64]

FEEDBACK_DRAWS = 400


def feedback(right: Floats, support: Floats, m: int, adapted: float) -> float:
    """What low-20 % loses when the noise that pooled folds take back is given back.

    A layer made without a fold answers the noise of the other folds, so that the pooled recalls vary less than those
    of a new sample: by ``2 g q (1 - q) / n_k``, g the `adaptation`.
    """
    seen = support > 0
    rows = support[seen]
    recall, share = right[seen] / rows, (right[seen] + 1) / (rows + 2)
    z = np.random.default_rng(1).standard_normal((FEEDBACK_DRAWS // 2, len(rows)))
    noisy = recall + np.concatenate([z, -z]) * np.sqrt(2 * max(adapted, 0.0) * share * (1 - share) / rows)
    return float(np.sort(noisy, axis=1)[:, :m].mean() - np.sort(recall)[:m].mean())


def adaptation(rows: CrossFitted, biases: Floats, m: int) -> float:
    """Find how much of the noise of its own rows a bias makes good, among the 2 m lowest classes.

    The slope of [recall on all rows under the bias without fold f, less that under the bias of all rows] on
    [recall of fold f less that of all rows, under the bias of all rows], times F - 1; `biases` has shape (F + 1, K).
    """
    n_classes, n_folds = rows.log_p.shape[1], rows.n_folds
    right = np.stack([_right_by_fold(rows, bias) for bias in biases])
    support = np.bincount(rows.labels, minlength=n_classes)
    per_fold = np.bincount(rows.fold * n_classes + rows.labels, minlength=n_folds * n_classes).reshape(n_folds, -1)
    seen = np.flatnonzero((per_fold > 0).all(axis=0))
    whole = right[-1].sum(axis=0) / np.maximum(support, 1)
    low = seen[np.argsort(whole[seen])[: max(2 * m, 3)]]
    moved = (right[:-1].sum(axis=1) / np.maximum(support, 1) - whole)[:, low]
    noise = (right[-1] / np.maximum(per_fold, 1) - whole)[:, low]
    weight = support[low]
    return (n_folds - 1) * float((weight * moved * noise).sum()) / max(float((weight * noise**2).sum()), 1e-12)


def _right_by_fold(rows: CrossFitted, bias: Floats) -> Floats:
    """Rows right under a bias, shape (n_folds, n_classes)."""
    n_classes = rows.log_p.shape[1]
    hit = (rows.log_p + bias).argmax(axis=1) == rows.labels
    where = rows.fold[hit] * n_classes + rows.labels[hit]
    return np.bincount(where, minlength=rows.n_folds * n_classes).reshape(rows.n_folds, -1).astype(float)

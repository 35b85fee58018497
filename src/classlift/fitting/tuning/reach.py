"""Biases that reach what is required of classes: a scan for one class, multipliers for the recall of every class."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from classlift.fitting.tuning.targets import Sample, Target

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from classlift.fitting.tuning.biases import CrossFitted

    Floats = NDArray[np.float64]
    Labels = NDArray[np.int64]

ROUNDS = 60
FIRST_STEP = 10.0
"""Size of the first step of the multipliers, per unit of a violation."""

BEYOND = 0.01
"""The multipliers aim this far beyond what is required, as they come near it only slowly."""

SWEEPS = 2
"""How often classes are taken in turn where several are asked for."""

WIDEST = 16
"""Most classes of a row that the multipliers look at."""


def reaching(rows: CrossFitted, raw: Labels, base: Floats, targets: Sequence[Target], margin: float) -> Floats:
    """Biases that reach the targets without the rows of each fold in turn and, last, on all rows.

    Parameters
    ----------
    rows : CrossFitted
        Log-probabilities, labels and folds.
    raw : ndarray of int, shape (n_samples,)
        Raw predictions.
    base : ndarray of float64, shape (n_folds + 1, n_classes)
        Biases to start from.
    targets : sequence of Target
        What is to be reached.
    margin : float
        By how many standard errors.

    Returns
    -------
    ndarray of float64, shape (n_folds + 1, n_classes)
    """
    found = []
    for part in range(rows.n_folds + 1):
        keep = rows.fold != part
        here = _Part(rows.log_p[keep], rows.labels[keep], np.asarray(raw)[keep])
        found.append(here.reach(base[part], targets, margin))
    return np.stack(found)


class _Part:
    """Rows outside of a fold."""

    def __init__(self, log_p: Floats, labels: Labels, raw: Labels) -> None:
        self.log_p, self.labels, self.raw = log_p, labels, raw
        self.n_classes = log_p.shape[1]
        self.support = self._count(labels)
        self.before = (self.support, self._count(labels[raw == labels]), self._count(raw))

    def reach(self, bias: Floats, targets: Sequence[Target], margin: float) -> Floats:
        bias = bias.copy()
        every = [target for target in targets if len(target.classes) > 1 and target.figure == "recall"]
        if every and all(target.sign > 0 for target in every):
            bias = self._multipliers(bias, every, margin)
        others = [target for target in targets if target not in every]
        for _ in range(SWEEPS if len(others) > 1 or any(len(target.classes) > 1 for target in others) else 1):
            for target in others:
                self._scan(bias, target, margin)
        return bias

    def _scan(self, bias: Floats, target: Target, margin: float) -> None:
        """Move the bias of each class that fails a target by as little as reaches it; `bias` is changed."""
        scores = self.log_p + bias
        predicted = scores.argmax(axis=1)
        short = target.surplus(self._sample(predicted), margin)[target.classes]
        for k in target.classes[~(short >= 0)].tolist():
            own = scores[:, k].copy()
            scores[:, k] = -np.inf
            moved = self._least_move(k, own - scores.max(axis=1), target, margin)
            bias[k] += moved
            scores[:, k] = own + moved

    def _least_move(self, k: int, lead: Floats, target: Target, margin: float) -> float:
        """Least change of the bias of class `k` that reaches a target; what comes nearest where none does.

        `lead` is by how much the class is ahead of all others in each row: the first p rows are predicted as it for
        any change between ``-lead[p - 1]`` and ``-lead[p]``, so that all changes are tried.
        """
        order = np.argsort(-lead, kind="stable")
        falling, own = lead[order], self.labels[order] == k
        was = (self.raw[order] == k) & own
        right = np.concatenate([[0], np.cumsum(own)]).astype(float)
        count = np.arange(len(lead) + 1.0)
        stays = np.concatenate([[0], np.cumsum(was)])
        sample = Sample(
            np.full(len(count), self.support[k]),
            right,
            count,
            tuple(np.full(len(count), part[k]) for part in self.before),
            right + stays[-1] - 2 * stays,
        )
        surplus = np.nan_to_num(target.surplus(sample, margin), nan=-np.inf)
        edges = np.concatenate([[falling[0] + 1], (falling[1:] + falling[:-1]) / 2, [falling[-1] - 1]])
        reached = np.flatnonzero(surplus >= 0)
        if not len(reached):
            return -float(edges[surplus.argmax()])
        return -float(edges[reached[np.abs(edges[reached]).argmin()]])

    def _multipliers(self, base: Floats, targets: Sequence[Target], margin: float) -> Floats:
        """Lagrange multipliers of required recalls: ``lam_k <- max(0, lam_k + eta (t_k - r_k))``, eta falling.

        The bias of a class is ``log(1 + lam_k / (K pi_k))`` above the base. The least violated, then most accurate
        round is given.
        """
        prior = np.maximum(self.support, 0.5) / self.support.sum()
        scores = self.log_p + base
        width = min(WIDEST, self.n_classes)
        choices = np.sort(np.argpartition(-scores, width - 1, axis=1)[:, :width], axis=1)
        values, at = np.take_along_axis(scores, choices, axis=1), np.arange(len(scores))
        lam, best, found = np.zeros(self.n_classes), (np.inf, 0.0), base
        for t in range(ROUNDS):
            bias = np.log1p(lam / (self.n_classes * prior))
            predicted = choices[at, (values + bias[choices]).argmax(axis=1)]
            violation = self._violation(predicted, targets, margin)
            rank = (max(float(violation.max()), 0.0), -float((predicted == self.labels).mean()))
            if rank < best:
                best, found = rank, base + bias
            lam = np.maximum(0, lam + FIRST_STEP / np.sqrt(t + 1) * (violation + BEYOND))
        return found

    def _violation(self, predicted: Labels, targets: Sequence[Target], margin: float) -> Floats:
        """How far each class stays below what is required of it, above 0 where it does."""
        sample, short = self._sample(predicted), np.full(self.n_classes, -1.0)
        for target in targets:
            here = np.nan_to_num(target.surplus(sample, margin), nan=1.0)[target.classes]
            short[target.classes] = np.maximum(short[target.classes], -here)
        return short

    def _sample(self, predicted: Labels) -> Sample:
        hit, was = predicted == self.labels, self.raw == self.labels
        return Sample(
            self.support,
            self._count(self.labels[hit]),
            self._count(predicted),
            self.before,
            self._count(self.labels[hit != was]),
        )

    def _count(self, classes: Labels) -> Floats:
        return np.bincount(classes, minlength=self.n_classes).astype(float)

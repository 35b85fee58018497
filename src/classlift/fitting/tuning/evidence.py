"""What is known of all candidates out of fold, before anything is chosen.

Arrays hold C candidates, the first of which is raw.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from classlift.evaluation.clustered import CONFIDENCE, moved_rows, of_classes

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from classlift.fitting.tuning.trials import Trials

    Floats = NDArray[np.float64]

DRAWS = 200

CHANCE = 4.0
"""Predictions agree with the labels where kappa is this many standard errors above 0; the largest of many counts."""


@dataclass(frozen=True, eq=False)
class Evidence:
    """What is known of all candidates out of fold.

    Parameters
    ----------
    support : ndarray of float64, shape (n_classes,)
        Rows of each class.
    right, predicted : ndarray of float64, shape (C, n_classes)
        Rows predicted right; rows predicted as the class.
    flips : ndarray of float64, shape (C,)
        Share of the rows that became right or wrong, by the squares of their weights.
    expected_recall : ndarray of float64, shape (C, n_classes)
        Recall that calibrated probabilities expect.
    expected_total : ndarray of float64, shape (C,)
        Change of total accuracy that they expect.
    low_size : int
        Number of lowest classes.
    noise : ndarray of float64, shape (DRAWS, classes with rows)
        Draws that the recalls of a new sample are made with, the same for all candidates.
    worth : ndarray of float64, shape (n_classes,)
        How many rows of each class are worth one independent row; 1 where rows are not in clusters.
    moved_worth : ndarray of float64, shape (C,)
        The same of all rows, for the change of total accuracy of each candidate.
    weights : ndarray of float64, shape (n_classes,)
        What a row of each class counts in total accuracy; 1, or as other class shares want it.
    cost : ndarray of float64, shape (C,), optional
        Mean cost of a row, weighted likewise, where there are costs.
    """

    support: Floats
    right: Floats
    predicted: Floats
    flips: Floats
    expected_recall: Floats
    expected_total: Floats
    low_size: int
    noise: Floats
    worth: Floats
    moved_worth: Floats
    weights: Floats
    cost: Floats | None = None

    @classmethod
    def of(cls, trials: Trials) -> Evidence:
        """Gather what trials have shown."""
        rows, n_classes = np.arange(trials.n_samples), trials.n_classes
        mass = np.maximum(trials.opinion.sum(axis=0), 1e-9)
        share = [trials.opinion[rows, one] for one in trials.predicted]
        expected = [np.bincount(p, s, n_classes) / mass for p, s in zip(trials.predicted, share, strict=True)]
        seen, weights = int((trials.support > 0).sum()), trials.plan.weights
        total = [float((s * weights[p]).mean()) for p, s in zip(trials.predicted, share, strict=True)]
        return cls(
            trials.support.astype(float),
            trials.right.astype(float),
            trials.predicted_counts.astype(float),
            (trials.hits != trials.hits[0]) @ weights[trials.labels] ** 2 / trials.n_samples,
            np.stack(expected),
            np.array([one - total[0] for one in total]),
            trials.plan.low_size,
            np.random.default_rng(0).standard_normal((DRAWS, seen)),
            *_worth(trials),
            weights,
            None if trials.plan.costs is None else trials.cost.mean(axis=1),
        )

    def beyond_chance(self, tried: NDArray[np.intp]) -> bool:
        """Whether one of these candidates agrees with the labels by more than chance (Cohen's kappa)."""
        rows = self.support.sum()
        by_chance = (self.predicted[tried] / rows) @ (self.support / rows)
        above = self.right[tried].sum(axis=-1) / rows - by_chance
        return bool((above >= CHANCE * np.sqrt(by_chance * (1 - by_chance) / rows + 1e-12)).any())


def _worth(trials: Trials) -> tuple[Floats, Floats]:
    if trials.clusters is None:
        return np.ones(trials.n_classes), np.ones(len(trials.predicted))
    every = [trials.counts(i) for i in range(len(trials.predicted))]
    support = np.maximum(trials.support, 1)
    worth = support / np.maximum(of_classes(every[0].sides[0], CONFIDENCE).n, 1e-9)
    moved = [trials.n_samples / moved_rows(one, CONFIDENCE)[2] for one in every]
    return np.where(trials.support > 0, worth, 1.0), np.array(moved)

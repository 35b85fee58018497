"""Tuning under class shares that are not those of the validation file."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from classlift.data.metrics import CLASS_METRICS, METRICS
from classlift.data.shares import row_weights, weighted_pairs
from classlift.errors import ClassliftError
from classlift.fitting.tuning.trials import Reached, Trials

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from classlift.data.shares import Shares
    from classlift.evaluation.comparison import Comparison
    from classlift.gates.units import Figure
    from classlift.methods.shared.labelled_rows import LabelledRows

    Floats = NDArray[np.float64]

PURPOSE = "biases of the class shares"


def weights_of(rows: LabelledRows, shares: Shares | None, classes: tuple[str, ...]) -> Floats:
    """What a row of each class counts in total accuracy, shape (n_classes,): 1, or as class shares want it.

    Raises
    ------
    ClassliftError
        If a class with a share has no row: a layer cannot be tuned for it.
    """
    if shares is None:
        return np.ones(rows.n_classes)
    support, wanted = np.bincount(rows.labels, minlength=rows.n_classes), shares.in_order(classes, rows.name)
    lacking = np.flatnonzero((support == 0) & (wanted > 0))
    if len(lacking):
        problem = f"gives a share to class {classes[lacking[0]]!r}, of which {rows.name} has no labelled row"
        raise ClassliftError(shares.name, problem, fix="give it the share 0, or add rows of it to the file.")
    return row_weights(support, wanted)


def shifted(trials: Trials) -> Trials:
    """Add every first step with the biases that class shares want, ``log(new / old)``, behind it."""
    width, biases = 1 + len(trials.plan.strengths), np.log(trials.plan.base)
    every = np.tile(biases, (trials.plan.n_folds + 1, 1))
    firsts = range(len(trials.plan.members) if trials.plan.enough else 0)
    return trials.reaching([Reached(trials.first_of(first * width), 0.0, PURPOSE, every) for first in firsts])


def under_weights(result: Comparison, trials: Trials, candidate: int, shares: Shares | None) -> Comparison:
    """A comparison of raw and one candidate as under the class shares of a plan; the same where there are none."""
    if shares is None:
        return result
    of_row = trials.plan.weights[trials.labels]
    before, after = (
        np.asarray(np.bincount(trials.predicted[i], of_row, trials.n_classes), np.float64) for i in (0, candidate)
    )
    reading = None if result.reading is None else result.reading._replace(shares=shares.name)
    return replace(result, weighted=weighted_pairs(result.counts, trials.plan.weights, before, after), reading=reading)


def refuse_by_shares(figure: Figure, where: str) -> None:
    """Refuse a figure that depends on class shares and is not total accuracy or cost: the search weights only these."""
    metric = (CLASS_METRICS if figure.of_class else METRICS).get(figure.name)
    if metric is not None and metric.by_shares and (figure.of_class or figure.name not in ("total", "cost")):
        raise ClassliftError(
            where,
            f"names {figure}, and under --shares tuning weights only total accuracy and cost",
            fix="ask it of the layer with classlift evaluate --shares --gate.",
        )

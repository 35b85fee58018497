"""weights: every class weighted by hand, as in argmax of w_k p_k."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from classlift.data.classes import class_names
from classlift.errors import ClassliftError, alike
from classlift.layer.step import AffineStep, Domain
from classlift.methods.base import Fitted, Method, Needs, Settings, named_numbers

if TYPE_CHECKING:
    from classlift.data.counts import ClassCounts
    from classlift.data.source import PredictionSource


@dataclass(frozen=True)
class WeightsSettings(Settings):
    """The weights of the classes that are named; all others have the weight 1."""

    weights: tuple[tuple[str, float], ...] | None = named_numbers(
        "weight of each named class, as 'cat=2,dog=0.5' or a .json or .csv file of them; the others have 1",
        low=1e-6,
        high=1e6,
    )


def fit(source: PredictionSource, counts: ClassCounts, settings: WeightsSettings) -> Fitted:
    """Set ``b_k = log w_k``: the probabilities times the weights, divided by their sum.

    Parameters
    ----------
    source : PredictionSource
        Probabilities or logits; only its class names are used.
    counts : ClassCounts
        Counts of its labels; not used.
    settings : WeightsSettings
        The weights.

    Returns
    -------
    Fitted
        One step of domain log-probability without a weight matrix, for every row.

    Raises
    ------
    ClassliftError
        If no weight is given, or one for a class that there is not.
    """
    del counts
    if not settings.weights:
        raise ClassliftError("--weights", "is missing", fix="name at least one class: --weights cat=2,dog=0.5")
    names = class_names(source.classes, source.n_classes)
    places = {name: k for k, name in enumerate(names)}
    bias = np.zeros(source.n_classes)
    for name, weight in settings.weights:
        if name not in places:
            near = alike(name, names)
            known = ", ".join(names[:8]) + (", …" if len(names) > 8 else "")
            raise ClassliftError(
                "--weights",
                f"there is no class {name!r} in {source.name}",
                fix=f"did you mean {near[0]!r}?" if near else f"the classes are {known}",
            )
        bias[places[name]] = np.log(weight)
    return Fitted((AffineStep(Domain.LOG_PROBABILITY, bias=bias),))


METHOD = Method(
    WeightsSettings,
    fit,
    "the weights of the classes set by hand: the class with the largest weight times probability is predicted",
    "cost-sensitive thresholds, Elkan 2001",
    needs_labels=False,
    needs=Needs.COUNTS,
    by_hand=True,
)
"""weights: the bias is log w, for the classes that are named."""

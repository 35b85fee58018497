"""logit-adjust: the logarithm of the class prior taken off the scores [Menon 2021]."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from classlift.errors import ClassliftError
from classlift.layer.step import AffineStep, Domain
from classlift.methods.base import Fitted, Method, Needs, Settings, number, numbers

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from classlift.data.counts import ClassCounts
    from classlift.data.source import PredictionSource

ZERO_COUNT = 0.5
"""A class without a sample counts as half a sample: a prior of 0 would have no logarithm."""


@dataclass(frozen=True)
class LogitAdjustSettings(Settings):
    """Strength of the adjustment, and where the prior comes from."""

    tau: float = number(1.0, "strength: the bias is -tau log(prior); 0 changes nothing", low=-1e3, high=1e3)
    prior: tuple[float, ...] | None = numbers(
        "training rows of each class in class order, as 'n1,n2,…' or a .json, .txt or .npy file of them; "
        "left out: the labels are counted"
    )


def fit(source: PredictionSource, counts: ClassCounts, settings: LogitAdjustSettings) -> Fitted:
    """Set ``b_k = -tau log(prior_k)`` [Menon 2021, Section 4.1].

    Parameters
    ----------
    source : PredictionSource
        Probabilities or logits; only its name is used.
    counts : ClassCounts
        Counts of its labels: the prior where the settings give none.
    settings : LogitAdjustSettings
        tau, and the rows per class of the training set.

    Returns
    -------
    Fitted
        One step of domain log-probability without a weight, for every row.

    Raises
    ------
    ClassliftError
        If the settings' prior has another number of classes, is 0 throughout, or gives shares of which one is 0.
    """
    given = settings.prior is not None
    samples = np.array(settings.prior) if given else _seen(counts.support)
    if given:
        _check(samples, source.name, counts.n_classes)
    prior = class_prior(samples)
    notes = _zero_note(samples) if given else (*_unseen_note(counts.support), _FROM_LABELS)
    return Fitted((AffineStep(Domain.LOG_PROBABILITY, bias=0.0 - settings.tau * np.log(prior)),), notes=notes)


def class_prior(samples: NDArray[np.float64]) -> NDArray[np.float64]:
    """Class shares from rows per class, zeros counted as half a row, shape (n_classes,).

    Examples
    --------
    >>> class_prior(np.array([6.0, 1.5, 0.0])).tolist()
    [0.75, 0.1875, 0.0625]
    """
    floored = np.where(samples == 0, ZERO_COUNT, samples)
    return np.asarray(floored / floored.sum())


def _check(samples: NDArray[np.float64], name: str, n_classes: int) -> None:
    fix = "give the rows of the training set of each class, in the order of the columns."
    if len(samples) != n_classes:
        raise ClassliftError("--prior", f"has {len(samples)} numbers, {name} has {n_classes} classes", fix=fix)
    if not np.isfinite(samples).all():
        raise ClassliftError("--prior", "holds a number that is not finite", fix=fix)
    if (samples == 0).any() and samples.sum() < 1 + 1e-3:
        problem = "is 0 throughout" if not samples.any() else "gives shares, and one of them is 0"
        raise ClassliftError("--prior", f"{problem}: its logarithm would be infinite", fix=fix)


def _seen(support: NDArray[np.int64]) -> NDArray[np.float64]:
    """Rows per class; a class without one, of unknown share, is not raised: it gets the largest number."""
    return np.where(support == 0, support.max(initial=0), support).astype(np.float64)


def _unseen_note(support: NDArray[np.int64]) -> tuple[str, ...]:
    zeros = int((support == 0).sum())
    told = f"{zeros} without a labelled row are not raised: these labels do not show how frequent they are"
    return (f"classes: {told}",) if zeros else ()


def _zero_note(samples: NDArray[np.float64]) -> tuple[str, ...]:
    zeros = int((samples == 0).sum())
    return (f"{zeros} classes without a sample in the prior were counted as half a sample",) if zeros else ()


_FROM_LABELS = (
    "the prior is that of these labels; where the network was trained on other class shares, give them with --prior"
)

METHOD = Method(
    LogitAdjustSettings,
    fit,
    "log of the class prior taken off log p, so that rare classes are predicted more often",
    "Menon 2021, Section 4.1",
    needs=Needs.COUNTS,
)

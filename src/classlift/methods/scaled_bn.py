"""scaled-bn: every class's logit normalised over the validation rows, times one number [Zhu 2020, Eq. 9]."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from classlift.data.pieces import as_pieces
from classlift.layer.step import AffineStep
from classlift.methods.base import Fitted, Method, Settings, flag, number
from classlift.methods.shared.rows import FROM_PROBABILITIES, logit_domain, zeros_note
from classlift.methods.shared.spread import FirstPass, first_pass

if TYPE_CHECKING:
    from classlift.data.counts import ClassCounts
    from classlift.data.source import PredictionSource


@dataclass(frozen=True)
class ScaledBnSettings(Settings):
    """The paper's scale m, and the small number under its root."""

    scale: float = number(0.9, "standard deviation m that every class's logit gets (paper: 0.8, 0.9, 1)", high=1e6)
    epsilon: float = number(1e-5, "added to the variance of a logit under the root", low=1e-12, high=1e6)
    from_probabilities: bool = flag(FROM_PROBABILITIES)


def fit(source: PredictionSource, counts: ClassCounts, settings: ScaledBnSettings) -> Fitted:
    """Fit ``z' = m (z - E[z]) / sqrt(Var[z] + epsilon)`` for every class [Zhu 2020, Eq. 9].

    Parameters
    ----------
    source : PredictionSource
        Logits, or probabilities where the settings allow them; all rows count, labelled or not; or pieces of them.
    counts : ClassCounts
        Not used: the method needs no labels.
    settings : ScaledBnSettings
        m and epsilon.

    Returns
    -------
    Fitted
        One diagonal step of domain logit (log-probability where the settings made it so), for every row.

    Raises
    ------
    ClassliftError
        If the source holds probabilities and the settings do not allow them.

    Notes
    -----
    The paper puts this layer before the softmax and trains the network with it; here it is put on a network that was
    trained without. What it takes away is the difference of level and spread between the classes' logits.
    """
    domain = logit_domain(source, from_probabilities=settings.from_probabilities)
    cut = as_pieces(source)
    found: FirstPass = cut.engine.reduce(first_pass, cut.pieces, domain, False)
    if not found.entries:
        return Fitted((), notes=("no row to take mean and variance of: the layer is the identity",))
    weight = settings.scale / found.spread.scale(settings.epsilon)
    step = AffineStep(domain, bias=-weight * found.spread.mean, weight=weight)
    return Fitted((step,), notes=(_AFTER, *zeros_note(domain, found.zeros, found.entries)))


_AFTER = "the paper trains the network with this layer; fitted after training it acts differently, so check the effect"

METHOD = Method(
    ScaledBnSettings,
    fit,
    "every class's logit normalised to one mean and one spread; needs no labels",
    "Zhu 2020, Eq. 9 (its after-training form)",
    needs_labels=False,
)

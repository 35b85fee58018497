"""How results are evaluated."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from classlift.data import metrics

if TYPE_CHECKING:
    from classlift.data.costs import Costs
    from classlift.data.shares import Shares


CONFIDENCE = 0.95
"""What intervals claim to cover unless something else is asked for."""


class Resampling(NamedTuple):
    """How the intervals of the lowest classes are drawn.

    Parameters
    ----------
    n_draws : int
        How many draws; 0 for no such interval.
    seed : int
        Seed of the draws.
    simultaneous : bool
        Whether intervals of classes are shown that hold for all of them together.
    """

    n_draws: int = 2000
    seed: int = 0
    simultaneous: bool = False


DEFAULT_RESAMPLING = Resampling()


class EvaluationOptions(NamedTuple):
    """How results are evaluated.

    Parameters
    ----------
    low_fraction : float
        Share of the classes that the low figures are about.
    resampling : Resampling
        How the intervals of the lowest classes are drawn, when one is asked for.
    confusion : bool
        Whether to count which class is taken for which.
    by : tuple of str
        Carried columns whose values part the rows into groups.
    shares : Shares, optional
        Class shares that figures are shown under; those of the rows by default.
    costs : Costs, optional
        What mistakes cost; those of the layer by default, where it has some.
    coverage : bool
        Whether to keep how sure each row is, for figures of the surest rows.
    """

    low_fraction: float = metrics.LOW_FRACTION
    resampling: Resampling = DEFAULT_RESAMPLING
    confusion: bool = False
    by: tuple[str, ...] = ()
    shares: Shares | None = None
    costs: Costs | None = None
    coverage: bool = False


DEFAULT_OPTIONS = EvaluationOptions()

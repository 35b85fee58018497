"""What a layer file says of the search that found it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import numpy as np

from classlift.data import metrics

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from classlift.layer.layer import OutputLayer

    Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Search:
    """All candidates of a tuning, as its layer keeps them.

    Parameters
    ----------
    names : tuple of str
        Names of the candidates; the first is raw.
    total_change : ndarray of float64, shape (C,)
        Out-of-fold change of total accuracy, a fraction.
    gain : ndarray of float64, shape (C,)
        Out-of-fold change of the objective.
    allowed : ndarray of bool, shape (C,)
        Whether a candidate holds the guard and gains.
    chosen : int
        Number of the chosen one.
    objective : str
        What was lifted.
    max_total_drop : float
        Guard: how far total accuracy might fall.
    """

    names: tuple[str, ...]
    total_change: Floats
    gain: Floats
    allowed: NDArray[np.bool_]
    chosen: int
    objective: str
    max_total_drop: float

    @classmethod
    def of_layer(cls, layer: OutputLayer) -> Self | None:
        """Read the search of a tuned layer; None where there was none, or its file does not tell enough of it."""
        known = layer.provenance.get("search")
        try:
            candidates = known["candidates"]  # type: ignore[index]
            found = cls(
                tuple(str(one["name"]) for one in candidates),
                np.array([float(one["total_change"]) for one in candidates]),
                np.array([float(one["gain"]) for one in candidates]),
                np.array([bool(one["allowed"]) for one in candidates]),
                int(known["chosen"]),  # type: ignore[index]
                str(known["objective"]),  # type: ignore[index]
                float(known["max_total_drop"]),  # type: ignore[index]
            )
        except (KeyError, TypeError, ValueError):
            return None
        finite = np.isfinite([*found.total_change, *found.gain, found.max_total_drop]).all()
        return found if finite and 0 <= found.chosen < len(found.names) else None

    @property
    def is_share(self) -> bool:
        """Whether gains are shares of rows; a cost has its own unit."""
        known = metrics.METRICS.get(self.objective)
        return known is None or known.unit is metrics.Unit.SHARE

    def trade_off(self) -> list[int]:
        """Give the candidates that none beats in both total accuracy and gain, dearest total last."""
        return trade_off(self.total_change, self.gain)


def trade_off(total_change: Floats, gain: Floats) -> list[int]:
    """Give the numbers of the candidates that none beats in both, dearest total last."""
    curve: list[int] = []
    for i in np.lexsort((-gain, -total_change)).tolist():
        if not curve or gain[i] > gain[curve[-1]] + 1e-12:
            curve.append(i)
    return curve

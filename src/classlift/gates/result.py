"""What became of a gate: its state, the figure, the classes to worst."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from enum import StrEnum

from classlift.gates.units import Measure
from classlift.gates.worst import WorstClasses


class State(StrEnum):
    """What became of a gate."""

    PASSED = "passed"
    FAILED = "failed"
    UNDEFINED = "undefined"


@dataclass(frozen=True)
class GateResult:
    """A gate, checked.

    Parameters
    ----------
    gate : str
        The condition as written.
    state : State
        Held, failed or undefined.
    message : str
        One sentence: the figure, what was expected, the classes to worst; or why it cannot be checked.
    measure : str
        ``share``, ``points``, ``relative`` or ``count``.
    value, bound : float, optional
        The figure, and what it was compared with; fractions.
    limit : float, optional
        One-sided bound of the figure that was checked in its place, with a confidence.
    confidence : float, optional
        That confidence.
    classes : mapping of str to str
        Classes to worst where it failed, worst first, each with what it did.
    """

    gate: str
    state: State
    message: str
    measure: str
    value: float | None = None
    bound: float | None = None
    limit: float | None = None
    confidence: float | None = None
    classes: WorstClasses = field(default_factory=dict)

    def document(self) -> dict[str, object]:
        """Its plain values, as JSON holds them."""
        return {entry.name: getattr(self, entry.name) for entry in fields(self)}

    @property
    def shortfall(self) -> float:
        """How far a figure is from its bound: in fractions for shares, in multiples of the bound for counts."""
        checked = self.value if self.limit is None else self.limit
        if checked is None or self.bound is None:
            return 0.0
        scale = max(1.0, abs(self.bound)) if self.measure == Measure.COUNT else 1.0
        return abs(checked - self.bound) / scale

"""Gates as a TOML table holds them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Self

from classlift.errors import ClassliftError
from classlift.gates.check import Gate

if TYPE_CHECKING:
    from classlift.evaluation.comparison import Comparison
    from classlift.evaluation.result import Evaluation
    from classlift.gates.result import GateResult

KEYS = ("gates", "confidence")


@dataclass(frozen=True)
class GateSet:
    """Gates that are checked together.

    Parameters
    ----------
    gates : tuple of Gate
        In their order.
    confidence : float, optional
        With which each is asked of its one-sided bound.
    """

    gates: tuple[Gate, ...] = ()
    confidence: float | None = None

    @classmethod
    def from_texts(cls, texts: Iterable[str], where: str = "--gate") -> Self:
        """Parse conditions."""
        return cls(tuple(Gate.parse(text, where) for text in texts))

    @classmethod
    def from_table(cls, table: Mapping[str, object], where: str) -> Self:
        """Read the keys ``gates`` (a list of conditions) and ``confidence`` of a table.

        Raises
        ------
        ClassliftError
            Naming the entry, if it is not a condition.
        """
        for key in table:
            if key not in KEYS:
                raise ClassliftError(
                    where, f"has a key {key!r} that classlift does not know", fix=f"use {' and '.join(KEYS)}."
                )
        texts = table.get("gates", [])
        if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
            raise ClassliftError(
                f"{where}, gates",
                "is not a list of conditions",
                fix="write gates = ['total >= 70%', 'low20 >= 50%'].",
            )
        gates = tuple(Gate.parse(text, f"{where}, gates[{i}]") for i, text in enumerate(texts))
        return cls(gates, _confidence(table.get("confidence"), where))

    def with_confidence(self, confidence: float | None) -> Self:
        """The same with another confidence, where one is given."""
        return self if confidence is None else replace(self, confidence=confidence)

    def of_changes(self) -> Self:
        """Those that ask how two results differ."""
        return replace(self, gates=tuple(gate for gate in self.gates if any(f.is_of_two for f in gate.figures)))

    def check(self, result: Evaluation | Comparison) -> tuple[GateResult, ...]:
        """Evaluate a result by all of them."""
        return tuple(gate.check(result, confidence=self.confidence) for gate in self.gates)


def _confidence(value: object, where: str) -> float | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0.5 < value < 1:
        raise ClassliftError(
            f"{where}, confidence", f"is {value!r}, expected a number above 0.5 and below 1", fix="write 0.95."
        )
    return float(value)

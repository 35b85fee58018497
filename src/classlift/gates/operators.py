"""The operators of conditions: what each one asks, written once; the grammar and the check read this list."""

from __future__ import annotations

from enum import StrEnum
from fractions import Fraction


class Operator(StrEnum):
    """How a sum is compared with what stands on the right; longest spellings first, as the grammar matches them."""

    AT_LEAST = ">="
    AT_MOST = "<="
    EQUAL = "=="
    UNEQUAL = "!="
    ABOVE = ">"
    BELOW = "<"

    @property
    def mirrored(self) -> Operator:
        """The operator that says the same with both sides exchanged."""
        return _MIRRORED.get(self, self)

    @property
    def rising(self) -> bool:
        """Whether larger values on the left pass."""
        return self in (Operator.AT_LEAST, Operator.ABOVE)

    @property
    def falling(self) -> bool:
        """Whether smaller values on the left pass."""
        return self in (Operator.AT_MOST, Operator.BELOW)

    def holds(self, difference: Fraction, tolerance: Fraction) -> bool:
        """Whether left minus right passes; differences within `tolerance` count as equal."""
        match self:
            case Operator.AT_LEAST:
                return difference >= -tolerance
            case Operator.AT_MOST:
                return difference <= tolerance
            case Operator.ABOVE:
                return difference > tolerance
            case Operator.BELOW:
                return difference < -tolerance
            case Operator.EQUAL:
                return abs(difference) <= tolerance
            case Operator.UNEQUAL:
                return abs(difference) > tolerance


_MIRRORED = {
    Operator.AT_LEAST: Operator.AT_MOST,
    Operator.AT_MOST: Operator.AT_LEAST,
    Operator.ABOVE: Operator.BELOW,
    Operator.BELOW: Operator.ABOVE,
}

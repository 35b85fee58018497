"""Requirements on figures of classes as numbers: what each class has to reach, and with which margin."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from classlift.data.metrics import Unit
from classlift.gates.operators import Operator
from classlift.gates.units import Amount, Figure

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from classlift.gates.check import Gate

    Floats = NDArray[np.float64]
    Numbers = NDArray[np.intp]

MARGIN = 1.28
"""Standard errors that a figure has to be better than required, so that unseen rows hold it in 83 to 86 % of trials."""

REACHED = ("recall", "precision", "f1", "predicted")
"""Figures of a class that its bias moves."""


class Sample(NamedTuple):
    """Counts of one result, of classes (K,) or along a scan of one class (..., n).

    support, right, predicted : as in `ClassCounts`; before : the same three of the raw predictions;
    flips : rows of the class that became right or wrong.
    """

    support: Floats
    right: Floats
    predicted: Floats
    before: tuple[Floats, ...]
    flips: Floats


class Target(NamedTuple):
    """A bound on a figure of some classes.

    figure : one of REACHED; change : whether it is the change against raw; classes : their numbers;
    sign : 1 where the figure must not be lower, -1 where not higher; bound : the number.
    """

    figure: str
    change: bool
    classes: Numbers
    sign: int
    bound: float

    def surplus(self, sample: Sample, margin: float) -> Floats:
        """How much better than required the figure is after `margin` standard errors; NaN where it has no value."""
        value, error = level(self.figure, sample.support, sample.right, sample.predicted)
        if self.change:
            value = value - level(self.figure, *sample.before)[0]
            if self.figure == "recall":
                rows = np.maximum(sample.support, 1)
                moved = value * sample.support
                error = np.sqrt(np.maximum(sample.flips - moved**2 / rows, 0)) / rows
        return np.asarray(self.sign * (value - self.bound) - margin * error)


def level(figure: str, support: Floats, right: Floats, predicted: Floats) -> tuple[Floats, Floats]:
    """Value and standard error of a figure of classes; NaN without the rows that it is a share of."""
    if figure == "predicted":
        return predicted, np.sqrt(predicted + 1)
    rows = {"recall": support, "precision": predicted, "f1": (support + predicted) / 2}[figure]
    with np.errstate(invalid="ignore", divide="ignore"):
        value = np.where(rows > 0, right / rows, np.nan)
    share = (right + 1) / (rows + 2)
    return value, np.sqrt(share * (1 - share) / np.maximum(rows, 1))


def target_of(gate: Gate, classes: tuple[str, ...], support: NDArray[np.number]) -> Target | None:
    """Give what a gate asks of classes; None where no bias of a class is known to reach it."""
    if len(gate.left) != 1 or gate.operator is Operator.UNEQUAL or not isinstance(gate.left[0].item, Figure):
        return None
    if any(figure.group is not None or figure.every_group for figure in gate.figures):
        return None
    amounts = [term for term in gate.right if isinstance(term.item, Amount)]
    if len(amounts) != len(gate.right):
        return None
    bound = float(sum(term.sign * term.item.value for term in amounts if isinstance(term.item, Amount)))
    sign, figure = gate.left[0].sign, gate.left[0].item
    seen = np.flatnonzero(support > 0)
    if figure.name == "never_predicted" and not figure.side and bound < 1 and not gate.operator.rising:
        return Target("predicted", False, seen, 1, 1.0)
    asked = sign * (-1 if gate.operator.falling else 1)
    if gate.operator is Operator.EQUAL or figure.side == "before" or gate.measure == "relative":
        return None
    if figure.name == "worst" and not figure.side and asked > 0:
        return Target("recall", False, seen, 1, sign * bound)
    if not figure.of_class or figure.name not in REACHED:
        return None
    if figure.class_name is not None:
        if figure.class_name not in classes:
            return None
        seen = np.array([classes.index(figure.class_name)])
    strict = 1.0 if gate.operator in (Operator.BELOW, Operator.ABOVE) and figure.unit is Unit.COUNT else 0.0
    return Target(figure.name, figure.side == "change", seen, asked, sign * bound + asked * strict)

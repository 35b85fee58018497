"""What the user wants of a tuning: the figure to lift, and how far total accuracy may fall."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from classlift.data import metrics
from classlift.data.counts import ClassCounts
from classlift.errors import ClassliftError, alike
from classlift.gates.parse import parse_figure

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from classlift.data.scoring import Scoring
    from classlift.gates.units import Figure

    Floats = NDArray[np.float64]

DEFAULT_DROP = 0.001
"""How far total accuracy may fall where the user does not say (0.1 points)."""

LIFTED = 'name a figure such as low20, worst, balanced, macro_f1, total, never_predicted or class["cat"].recall.'


class Objective(NamedTuple):
    """A figure to lift, in its good direction.

    text : as written; figure : in METRICS or, of one class, in CLASS_METRICS; of_class : number of that class.
    """

    text: str
    figure: str
    of_class: int | None = None

    @classmethod
    def parse(cls, text: str, classes: tuple[str, ...], low_fraction: float, where: str) -> Objective:
        """Read a figure of the gates' grammar; ClassliftError where tuning cannot lift it."""
        figure = readable_objective(text, where)
        if text != "low20" and figure.per_cent and abs(int(figure.per_cent) - 100 * low_fraction) > 1e-9:
            fix = f"give --low-fraction {int(figure.per_cent) / 100:g} with it."
            raise ClassliftError(
                where, f"is {text!r}; the low classes here are {100 * low_fraction:g} % of all", fix=fix
            )
        if not figure.of_class:
            return cls(text, figure.name)
        check_class(figure, classes, where)
        return cls(text, figure.name, classes.index(figure.class_name or ""))

    @property
    def is_cost(self) -> bool:
        """Whether it is the cost of mistakes, in which total accuracy has its price already."""
        return self.figure == "cost" and self.of_class is None

    @property
    def is_low(self) -> bool:
        """Whether it is the accuracy of the lowest classes, whose expectation in a new sample is known."""
        return self.figure == "low20"

    @property
    def is_total(self) -> bool:
        """Whether it is total accuracy, which class shares weight."""
        return self.of_class is None and self.figure == "total"

    @property
    def better(self) -> metrics.Better:
        """Which way it is better."""
        return metrics.Better.UP if self.of_class is not None else metrics.METRICS[self.figure].better

    @property
    def unit(self) -> metrics.Unit:
        """What it is: a share, a count or a score."""
        known = metrics.METRICS if self.of_class is None else metrics.CLASS_METRICS
        return known[self.figure].unit

    def words(self, gain: float) -> str:
        """A gain in its unit."""
        return f"{100 * gain:+z.2f}pp" if self.unit is metrics.Unit.SHARE else f"{gain:+z.4g}"

    def label(self, low_fraction: float) -> str:
        """What people read for it."""
        return self.text if self.of_class is not None else metrics.METRICS[self.figure].label(low_fraction)

    def value(self, counts: ClassCounts, low_fraction: float) -> Floats:
        """Value for the counts of many candidates, shape (C,), greater where better."""
        if self.of_class is not None:
            found = np.asarray(metrics.CLASS_METRICS[self.figure].value(counts), float)[..., self.of_class]
            return np.where(np.isnan(found), -1.0, found)
        metric = metrics.METRICS[self.figure]
        return np.asarray(metric.better * np.asarray(metric.value(Rows(counts, low_fraction)), float))

    def of_counts(self, support: Floats, low_fraction: float, right: Floats, predicted: Floats) -> Floats:
        """Value as people read it, for rows right and rows predicted so, (..., K) -> (...)."""
        hits, named = (np.rint(part).astype(np.int64).reshape(-1, len(support)) for part in (right, predicted))
        found = self.value(ClassCounts(np.rint(support).astype(np.int64), hits, named), low_fraction)
        found = found if self.of_class is None else np.maximum(found, 0)  # a class that is never predicted
        return np.asarray(self.better * found.reshape(right.shape[:-1]))


LOW20 = Objective("low20", "low20")


def readable_objective(text: str, where: str) -> Figure:
    """Read a figure; ClassliftError where it is none, or none that tuning can lift."""
    figure = parse_figure(text, where)
    if figure.side or figure.every or figure.needs_groups or not _counted(figure):
        raise ClassliftError(where, f"is {text!r}, which no layer lifts", fix=LIFTED)
    return figure


def check_class(figure: Figure, classes: tuple[str, ...], where: str) -> None:
    """Refuse a figure of a class that is not among these; ClassliftError with the name that comes nearest."""
    name = figure.class_name
    if name is None or name in classes:
        return
    near = alike(name, classes)
    meant = f"did you mean {near[0]!r}? " if near else ""
    raise ClassliftError(where, f"there is no class {name!r}", fix=f"{meant}classlift inspect FILE lists the classes.")


def _counted(figure: Figure) -> bool:
    """Whether a figure follows from the counts of the rows themselves, and a layer can change it."""
    if figure.of_class:
        return figure.name != "support"
    return not (figure.metric is None or figure.metric.scores or "." in figure.name or figure.name == "no_samples")


class Aim(NamedTuple):
    """What the user wants.

    objective : figure to lift; max_total_drop : how far total accuracy may fall; low_fraction : share of the lowest
    classes; forced : whether the raw predictions do not do, so that no gain is needed; scale : what of the
    objective counts as 1, the raw cost where costs are the objective.
    """

    objective: Objective
    max_total_drop: float
    low_fraction: float
    forced: bool = False
    scale: float = 1.0

    @property
    def total_worth(self) -> float:
        """Points of the objective that a point of total is worth: 5 up to 0.1pp allowed, falling to 0 at 0.5pp.

        Costs have a price for total accuracy already.
        """
        if self.objective.is_cost:
            return 0.0
        return 5 * float(np.clip((0.005 - self.max_total_drop) / 0.004, 0, 1))


@dataclass(frozen=True, eq=False)
class Rows:
    """Counts of all candidates, as metrics want them."""

    counts: ClassCounts
    low_fraction: float
    baseline: ClassCounts | None = None
    validation_low: NDArray[np.intp] | None = None
    scoring: Scoring | None = None
    groups: Mapping[str, Mapping[str, ClassCounts]] = field(default_factory=dict)

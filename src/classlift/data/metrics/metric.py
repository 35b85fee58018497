"""What a figure is: its title, its value, its unit, which way is better, and how it is bounded."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import IntEnum, StrEnum
from typing import TYPE_CHECKING, NamedTuple, Protocol

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from classlift.data.counts import ClassCounts
    from classlift.data.scoring import Scoring

    Floats = NDArray[np.float64]

LOW_FRACTION = 0.2


class Unit(StrEnum):
    """What a figure is: a fraction that people read in per cent, a number of things, or a score of its own."""

    SHARE = "share"
    COUNT = "count"
    SCORE = "score"


class Better(IntEnum):
    """Which way a figure gets better."""

    UP = 1
    DOWN = -1


class Result(Protocol):
    """What figures are worked out from; `classlift.evaluation.Evaluation` is one."""

    @property
    def counts(self) -> ClassCounts:
        """Counts per class; many results at once have a leading axis."""

    @property
    def low_fraction(self) -> float:
        """Share of the classes that the low figures are about."""

    @property
    def groups(self) -> Mapping[str, Mapping[str, ClassCounts]]:
        """Counts of groups of rows, by column and value, where they were asked for."""

    @property
    def baseline(self) -> ClassCounts | None:
        """Counts of the result before, where two are compared."""

    @property
    def validation_low(self) -> NDArray[np.intp] | None:
        """Lowest classes of the validation file, where a layer knows them."""

    @property
    def scoring(self) -> Scoring | None:
        """Scoring rules, where there are probabilities."""


class Metric(NamedTuple):
    """A figure.

    Parameters
    ----------
    title : str
        What people read; ``{low}`` stands for the share of the lowest classes, as in ``low20``.
    value : callable
        Takes a `Result`; gives its value, of many results at once an array, NaN where it is not known.
    unit : Unit
        Share, count or score.
    better : Better
        Which way is better.
    interval, change_interval : str
        How it and its change are bounded: names in `classlift.evaluation`; nothing where they are not.
    difference : bool
        Whether it is a difference of shares, which may also be written in points.
    needs : str
        What a result lacks that does not have it.
    scores : bool
        Whether it needs probabilities, not only which class they put first.
    grouped : bool
        Whether it needs groups of rows.
    by_shares : bool
        Whether it depends on how frequent the classes are.
    note : str
        A sentence on it below a table.
    """

    title: str
    value: Callable[[Result], float | Floats]
    unit: Unit = Unit.SHARE
    better: Better = Better.UP
    interval: str = ""
    change_interval: str = ""
    difference: bool = False
    needs: str = "classes with samples"
    scores: bool = False
    grouped: bool = False
    by_shares: bool = False
    note: str = ""

    def label(self, low_fraction: float = LOW_FRACTION) -> str:
        """Title for a share of lowest classes.

        Examples
        --------
        >>> from classlift.data.metrics import METRICS
        >>> METRICS["low20"].label(0.1)
        'low-10 % accuracy (low10)'
        """
        return self.title.format(low=f"{100 * low_fraction:g}")


class ClassMetric(NamedTuple):
    """A figure of each class.

    Parameters
    ----------
    title : str
        What people read.
    value : callable
        Takes counts; gives an array of shape (n_classes,), NaN where it is not known.
    unit : Unit
        Share or count.
    needs : str
        What a class lacks that does not have it.
    by_shares : bool
        Whether it depends on how frequent the classes are.
    """

    title: str
    value: Callable[[ClassCounts], NDArray[np.number]]
    unit: Unit = Unit.SHARE
    needs: str = "has no samples"
    by_shares: bool = False

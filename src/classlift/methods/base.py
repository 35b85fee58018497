"""What every method agrees on: settings in, steps and a diagnosis out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, field, fields
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from classlift.errors import ClassliftError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from classlift.layer import AffineStep
    from classlift.predictions import PredictionSource
    from classlift.statistics import ClassCounts, Moments


@dataclass(frozen=True)
class Settings:
    """Base of the settings of a method: numbers with a help text and bounds in each field's metadata."""

    def __post_init__(self) -> None:
        for entry in fields(self):
            low, high = entry.metadata["bounds"]
            value = getattr(self, entry.name)
            if not low <= value <= high:
                raise ClassliftError(
                    f"--{entry.name.replace('_', '-')}",
                    f"is {value}, expected a number from {low:g} to {high:g}",
                    fix=f"choose it in that range; the default is {entry.default}.",
                )

    @classmethod
    def names(cls) -> tuple[str, ...]:
        """Names of the settings, in order."""
        return tuple(entry.name for entry in fields(cls))

    def values(self) -> dict[str, Any]:
        """Settings as plain values."""
        return asdict(self)


def number(default: float, text: str, *, low: float = 0.0, high: float = float("inf")) -> Any:  # noqa: ANN401
    """Declare a number of a settings class: default, help text, bounds (both included)."""
    return field(default=default, metadata={"help": text, "bounds": (low, high)})


@dataclass(frozen=True, eq=False)
class Fitted:
    """What a method made.

    Parameters
    ----------
    steps : tuple of AffineStep
        The layer's steps.
    condition : float, optional
        Condition number of the system that was solved.
    singular : bool
        Whether it was singular, so that the minimum-norm correction was taken.
    moments : Moments, optional
        Sums over the rows that the fit used.
    notes : tuple of str
        What a user should know.
    """

    steps: tuple[AffineStep, ...]
    condition: float | None = None
    singular: bool = False
    moments: Moments | None = None
    notes: tuple[str, ...] = ()

    @property
    def fitted_rows(self) -> NDArray[np.int64] | None:
        """Rows of each class that the fit used, shape (n_classes,), where the method counts them."""
        return None if self.moments is None else self.moments.rows

    @cached_property
    def squared_error(self) -> tuple[float, float] | None:
        """Squared error of those rows before and after [Choi 2017, Table 2], where it is what was minimised."""
        if self.moments is None:
            return None
        start = np.eye(self.moments.n_classes, self.moments.n_classes + 1)
        fitted = start
        if self.steps and self.steps[0].weight is not None:
            fitted = np.column_stack([self.steps[0].weight, self.steps[0].bias])
        return self.moments.squared_error(start), self.moments.squared_error(fitted)


@dataclass(frozen=True)
class Method:
    """A way to fit a layer.

    Parameters
    ----------
    settings : type of Settings
        Its settings class.
    fit : callable
        ``fit(source, counts, settings) -> Fitted``; `counts` are the raw ones of the same rows.
    summary : str
        One line for help texts.
    reference : str
        Where it comes from.
    """

    settings: type[Settings]
    fit: Callable[[PredictionSource, ClassCounts, Any], Fitted]
    summary: str
    reference: str

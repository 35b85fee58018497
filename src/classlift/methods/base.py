"""What every method agrees on: settings in, steps and a diagnosis out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from enum import StrEnum
from typing import TYPE_CHECKING, Any

import numpy as np

from classlift.errors import ClassliftError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from classlift.data.counts import ClassCounts
    from classlift.data.moments import Moments, System
    from classlift.data.predictions import Predictions
    from classlift.data.source import PredictionSource
    from classlift.layer.step import AffineStep


@dataclass(frozen=True)
class Settings:
    """Base of the settings of a method; `number`, `choice`, `flag` and `numbers` declare its fields.

    Notes
    -----
    The metadata of a field hold ``help``, ``kind`` (a key of KINDS), and ``bounds`` or ``choices`` where the kind has
    them. They are all that checks, command line options and help texts are made from.
    """

    def __post_init__(self) -> None:
        for entry in fields(self):
            value = getattr(self, entry.name)
            if isinstance(value, list):
                object.__setattr__(self, entry.name, tuple(value))
            if isinstance(value, Mapping):
                object.__setattr__(self, entry.name, tuple(value.items()))
            expected = KINDS[entry.metadata["kind"]](value, entry.metadata)
            if expected is not None:
                raise ClassliftError(
                    f"--{entry.name.replace('_', '-')}",
                    f"is {value}, expected {expected}",
                    fix=f"choose such a value; the default is {shown_default(entry.default)}.",
                )

    @classmethod
    def names(cls) -> tuple[str, ...]:
        """Names of the settings, in order."""
        return tuple(entry.name for entry in fields(cls))

    def values(self) -> dict[str, Any]:
        """Settings as values that JSON can hold."""
        return {entry.name: _plain(getattr(self, entry.name), entry.metadata["kind"]) for entry in fields(self)}


LARGEST = 1e6
"""No setting is larger: products of such numbers stay finite."""


def number(default: float, text: str, *, low: float = 0.0, high: float = LARGEST) -> Any:  # noqa: ANN401
    """Declare a number: default, help text, bounds (both included)."""
    return field(default=default, metadata={"help": text, "kind": "number", "bounds": (low, high)})


def choice(default: str, text: str, *, choices: tuple[str, ...]) -> Any:  # noqa: ANN401
    """Declare one of some words: default, help text, the words."""
    return field(default=default, metadata={"help": text, "kind": "choice", "choices": choices})


def flag(text: str) -> Any:  # noqa: ANN401
    """Declare something that is off unless asked for: help text."""
    return field(default=False, metadata={"help": text, "kind": "flag"})


def numbers(text: str, *, low: float = 0.0, high: float = LARGEST) -> Any:  # noqa: ANN401
    """Declare a list of numbers that may be left out (None): help text, bounds of each (both included)."""
    return field(default=None, metadata={"help": text, "kind": "numbers", "bounds": (low, high)})


def named_numbers(text: str, *, low: float, high: float) -> Any:  # noqa: ANN401
    """Declare numbers by class name that may be left out (None): help text, bounds of each (both included)."""
    return field(default=None, metadata={"help": text, "kind": "named_numbers", "bounds": (low, high)})


def shown_default(default: object) -> str:
    """Default of a setting, as people read it."""
    if default is None or default is False:
        return "none" if default is None else "off"
    return f"{default:g}" if isinstance(default, float) else str(default)


def _number(value: object, about: Mapping[str, Any]) -> str | None:
    low, high = about["bounds"]
    good = isinstance(value, int | float) and not isinstance(value, bool) and low <= value <= high
    return None if good else f"a number from {low:g} to {high:g}"


def _choice(value: object, about: Mapping[str, Any]) -> str | None:
    return None if value in about["choices"] else f"one of {', '.join(about['choices'])}"


def _flag(value: object, about: Mapping[str, Any]) -> str | None:
    del about
    return None if isinstance(value, bool) else "true or false"


def _numbers(value: object, about: Mapping[str, Any]) -> str | None:
    low, high = about["bounds"]
    good = value is None or (isinstance(value, tuple | list) and all(_number(entry, about) is None for entry in value))
    return None if good else f"a list of numbers from {low:g} to {high:g}"


def _named_numbers(value: object, about: Mapping[str, Any]) -> str | None:
    low, high = about["bounds"]
    pairs = dict(value).items() if isinstance(value, tuple | Mapping) else ()
    good = value is None or (bool(pairs) and all(_number(entry, about) is None for _, entry in pairs))
    return None if good else f"a number from {low:g} to {high:g} for each class that is named"


def _plain(value: Any, kind: str) -> Any:  # noqa: ANN401  (what JSON can hold)
    if kind == "named_numbers":
        return None if value is None else dict(value)
    return list(value) if isinstance(value, tuple) else value


KINDS: dict[str, Callable[[object, Mapping[str, Any]], str | None]] = {
    "number": _number,
    "choice": _choice,
    "flag": _flag,
    "numbers": _numbers,
    "named_numbers": _named_numbers,
}
"""Kind of a setting -> what was expected instead of a value, or None where the value is good."""


@dataclass(frozen=True, eq=False)
class Fitted:
    """What a method made.

    Parameters
    ----------
    steps : tuple of AffineStep
        The layer's steps.
    system : System, optional
        The least-squares system that was solved.
    squared_error : tuple of float, optional
        Squared error of the rows before and after [Choi 2017, Table 2], where it is what was minimised.
    notes : tuple of str
        What a user should know.
    """

    steps: tuple[AffineStep, ...]
    system: System | None = None
    squared_error: tuple[float, float] | None = None
    notes: tuple[str, ...] = ()

    @property
    def singular(self) -> bool:
        """Whether a singular system was solved."""
        return self.system is not None and self.system.singular

    @property
    def condition(self) -> float | None:
        """Condition number of the system, where one was solved."""
        return None if self.system is None else self.system.condition

    @property
    def fitted_rows(self) -> NDArray[np.int64] | None:
        """Rows of each class that the fit used, shape (n_classes,), where the method counts them."""
        return None if self.system is None else self.system.moments.rows


@dataclass(frozen=True)
class Additive:
    """What makes a fit a sum over rows and one solution, so that blocks, shards and machines add up.

    Parameters
    ----------
    rows : callable
        ``rows(block, settings)``: positions of the rows of a block that the fit uses.
    squared_weights : callable
        ``squared_weights(counts, settings)``: the weight of a row of each class, squared, shape (n_classes,).
    solve : callable
        ``solve(moments, settings) -> Fitted``.
    needs_counts : callable
        ``needs_counts(settings)``: whether these weights depend on the counts of all rows.
    at_solve : tuple of str
        Settings that enter only at the solution, so that sums do not depend on them.
    """

    rows: Callable[[Predictions, Any], NDArray[np.intp]]
    squared_weights: Callable[[ClassCounts, Any], NDArray[np.float64]]
    solve: Callable[[Moments, Any], Fitted]
    needs_counts: Callable[[Any], bool]
    at_solve: tuple[str, ...] = ()


NOTHING = Fitted((), notes=("there is no labelled row to fit on: the layer is the identity",))


class Needs(StrEnum):
    """What a fit that is not made from sums goes over."""

    COUNTS = "counts"
    HELD = "rows that are held in memory"
    ROWS = "all rows, again and again"


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
    needs_labels : bool
        Whether it fits only on labelled rows.
    additive : Additive, optional
        How its fit is made from sums, where it is.
    needs : Needs
        What it goes over otherwise.
    by_hand : bool
        Whether its settings have no defaults that it could be fitted with.
    """

    settings: type[Settings]
    fit: Callable[[PredictionSource, ClassCounts, Any], Fitted]
    summary: str
    reference: str
    needs_labels: bool = True
    additive: Additive | None = None
    needs: Needs = Needs.ROWS
    by_hand: bool = False

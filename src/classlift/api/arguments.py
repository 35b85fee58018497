"""What the verbs take besides predictions: a wrong type or value is named, in two lines."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Iterable, Mapping
from enum import StrEnum
from numbers import Integral, Real
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar, cast

import numpy as np

from classlift.api.verdicts import show_verdicts
from classlift.errors import ClassliftError
from classlift.evaluation.options import Resampling
from classlift.storage import ReadOptions

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import ArrayLike

    from classlift.data.costs import Costs
    from classlift.data.shares import Shares
    from classlift.layer.layer import OutputLayer

    CostsLike = Costs | str | os.PathLike[str] | Mapping[str, Any] | pd.DataFrame | ArrayLike
    LayerLike = OutputLayer | str | os.PathLike[str]
    SharesLike = Shares | Mapping[str, float] | str | os.PathLike[str]

E = TypeVar("E", bound=StrEnum)
show_verdicts()  # every verb comes by here


class _Argument(NamedTuple):
    """What an argument may be, in words."""

    words: str
    fits: Callable[[Any], bool]


def _is_whole(value: object) -> bool:
    return isinstance(value, Integral) and not isinstance(value, bool)


def _is_count(value: object) -> bool:
    return value is None or (_is_whole(value) and 0 <= value <= 1_000_000)  # type: ignore[operator]


def is_array(value: object) -> bool:
    """Whether a value is an array, a tensor, a series or a list."""
    return hasattr(value, "__array__") or hasattr(value, "__dlpack__") or isinstance(value, list | tuple)


def _are_names(value: object) -> bool:
    return isinstance(value, list | tuple) and all(isinstance(name, str) for name in value)


def _is_number(value: object) -> bool:
    return isinstance(value, Real) and not isinstance(value, bool) and math.isfinite(value)


_TEXT = _Argument("text, or None", lambda value: value is None or isinstance(value, str))
_FLAG = _Argument("True or False", lambda value: isinstance(value, bool))
ARGUMENTS = {
    "low_fraction": _Argument(
        "a number above 0, at most 1",
        lambda value: isinstance(value, Real) and math.isfinite(value) and 0 < float(value) <= 1,
    ),
    "abstain_below": _Argument(
        "a number above 0, at most 1, or None",
        lambda value: value is None or (isinstance(value, Real) and 0 < float(value) <= 1),
    ),
    "seed": _Argument("a whole number from 0 to 2**32 - 1", lambda value: _is_whole(value) and 0 <= value < 2**32),
    "resampling": _Argument(
        "a Resampling(n_draws, seed)",
        lambda value: (
            isinstance(value, Resampling)
            and all(_is_whole(number) and 0 <= number < 2**32 for number in (value.n_draws, value.seed))
        ),
    ),
    "reading": _Argument("a ReadOptions", lambda value: isinstance(value, ReadOptions)),
    "settings": _Argument(
        "a mapping of texts, the names, to values, or None",
        lambda value: value is None or (isinstance(value, Mapping) and all(isinstance(name, str) for name in value)),
    ),
    "method": _Argument("the name of a method", lambda value: isinstance(value, str)),
    "logits": _Argument("True, False or None", lambda value: value is None or isinstance(value, bool | np.bool_)),
    "progress": _Argument("something that can be called, or None", lambda value: value is None or callable(value)),
    "by": _Argument("a sequence of names of columns", _are_names),
    "labels": _Argument("an array or a list of labels, or None", lambda value: value is None or is_array(value)),
    "confusion": _FLAG,
    "coverage": _FLAG,
    "engine": _TEXT,
    "scheduler": _TEXT,
    "jobs": _Argument("a whole number from 1 to 1024", lambda value: _is_whole(value) and 1 <= value <= 1024),
    "sample": _Argument("a whole number of rows, at least 1, or None", lambda value: value != 0 and _is_count(value)),
    "limit": _Argument("a whole number of rows, or None", _is_count),
    "opset": _Argument("a whole number, or None", _is_count),
    "beta": _Argument("a number, or None", lambda value: value is None or _is_number(value)),
    "accuracy_floor": _Argument("a number from 0 to 1", lambda value: _is_number(value) and 0 <= value <= 1),
    "confidence": _Argument(
        "a number above 0.5 and below 1, or None",
        lambda value: value is None or (_is_number(value) and 0.5 < value < 1),
    ),
    "gate": _Argument("a condition, as text", lambda value: isinstance(value, str)),
    "best_effort": _FLAG,
    "keep_output": _FLAG,
    "fold": _FLAG,
    "fit_weights": _FLAG,
    "host_output": _TEXT,
    "out": _Argument("a path", lambda value: isinstance(value, str | os.PathLike) and os.fspath(value) != ""),
}
"""Arguments of the verbs by their names."""


def check_arguments(**given: object) -> None:
    """Refuse arguments of another type, or out of range.

    Raises
    ------
    ClassliftError
        Naming the first.
    """
    for name, value in given.items():
        if not ARGUMENTS[name].fits(value):
            shown = f"{value!r:.80}" if isinstance(value, str | Real) else f"of type {type(value).__name__}"
            raise ClassliftError(name, f"is {shown}, expected {ARGUMENTS[name].words}", fix="pass that.")


def one_of(kind: type[E], name: str, value: str) -> E:
    """Give the member of an enumeration that a word names.

    Raises
    ------
    ClassliftError
        If it names none.
    """
    try:
        return kind(value)
    except ValueError:
        check_word(name, value, map(str, kind))
        raise


def check_word(name: str, value: object, words: Iterable[str]) -> None:
    """Refuse what is none of these words.

    Raises
    ------
    ClassliftError
        Naming all of them.
    """
    known = list(words)
    if not isinstance(value, str) or value not in known:
        raise ClassliftError(name, f"is {value!r:.80}", fix=f"choose one of {', '.join(map(repr, known))}.")


def the_shares(shares: SharesLike | None) -> Shares | None:
    """Give class shares, or read the file that a path names.

    Raises
    ------
    ClassliftError
        If they are neither, or cannot be read.
    """
    if shares is None:
        return None
    from classlift.data.shares import Shares  # noqa: PLC0415  (not everybody's way)

    if isinstance(shares, Shares):
        return shares
    if isinstance(shares, str | os.PathLike):
        from classlift.storage.own.numbers import read_named_numbers  # noqa: PLC0415  (not everybody's way)

        return Shares(read_named_numbers(shares), os.fspath(shares))
    if not isinstance(shares, Mapping) or not all(isinstance(share, Real) for share in shares.values()):
        problem = f"is of type {type(shares).__name__}, expected shares by class name or the path of a file"
        raise ClassliftError("shares", problem, fix="pass a mapping such as {'cat': 0.2, 'dog': 0.8}.")
    return Shares({str(name): float(share) for name, share in shares.items()})


def the_layer(layer: LayerLike) -> OutputLayer:
    """Give a layer, or read the file that a path names.

    Raises
    ------
    ClassliftError
        If it is neither, or cannot be read.
    """
    from classlift.layer.layer import OutputLayer  # noqa: PLC0415  (not everybody's way)

    if isinstance(layer, str | os.PathLike):
        from classlift.storage.own.layers import load_layer  # noqa: PLC0415  (not everybody's way)

        return load_layer(layer)
    if not isinstance(layer, OutputLayer):
        problem = f"is of type {type(layer).__name__}, expected an OutputLayer or the path of its file"
        raise ClassliftError("layer", problem, fix="pass what tune or fit gave as .layer, or a path.")
    return layer


def the_costs(costs: CostsLike | None) -> Costs | None:
    """Give costs, read the file that a path names, or make them of a mapping, a frame or an array.

    Raises
    ------
    ClassliftError
        If it is none of these, or cannot be read.

    Examples
    --------
    >>> the_costs({"cat": "pet", "dog": "pet", "car": "thing"}).matrix[0].tolist()
    [0.0, 0.5, 1.0]
    """
    if costs is None:
        return None
    from classlift.data.classes import INSIDE  # noqa: PLC0415  (not everybody's way)
    from classlift.data.costs import Costs  # noqa: PLC0415  (not everybody's way)

    if isinstance(costs, Costs):
        return costs
    if isinstance(costs, str | os.PathLike):
        from classlift.storage.own.costs import read_costs  # noqa: PLC0415  (not everybody's way)

        return read_costs(costs)
    if isinstance(costs, Mapping):
        return Costs.of_names(costs, INSIDE)
    if hasattr(costs, "columns") and hasattr(costs, "iloc"):
        frame = cast("pd.DataFrame", costs)
        return Costs.of_rows(frame.to_numpy(np.float64), [*map(str, frame.index)], [*map(str, frame.columns)])
    try:
        matrix = np.asarray(costs, np.float64)
    except (TypeError, ValueError):
        problem = f"is of type {type(costs).__name__}, expected a path, a mapping, a frame or numbers"
        raise ClassliftError("costs", problem, fix="pass one row of numbers for each true class.") from None
    return Costs(matrix)

"""A few numbers from a file: a list in .json, .txt, .csv or .npy, or by class name in .json."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from classlift.errors import ClassliftError
from classlift.storage.atomic import check_regular
from classlift.storage.own.json_text import read_json
from classlift.storage.paths import place
from classlift.storage.read.npy import read_array

if TYPE_CHECKING:
    import os

FIX = "give a .json list, a .txt file with numbers between blanks, commas or line ends, or a .npy array of one axis."


def read_numbers(path: str | os.PathLike[str]) -> tuple[float, ...]:
    """Read the numbers of a file, in order.

    Raises
    ------
    ClassliftError
        If it cannot be read, or holds something else.
    """
    target = place(path)
    try:
        check_regular(target)
        match target.suffix.lower():
            case ".npy":
                values = read_array(target)
            case ".json":
                values = np.asarray(read_json(target.read_text(encoding="utf-8")))
            case _:
                values = np.array(target.read_text(encoding="utf-8").replace(",", " ").split())
        numbers = values.astype(np.float64)
    except ClassliftError:
        raise
    except OSError as error:
        problem = f"is not a list of numbers, and no file that can be read ({error.strerror or error})"
        raise ClassliftError(str(target), problem, fix=FIX) from None
    except (ValueError, TypeError, EOFError, OverflowError, RecursionError):
        raise ClassliftError(str(target), "holds something else than a list of numbers", fix=FIX) from None
    if numbers.ndim != 1 or not numbers.size:
        raise ClassliftError(str(target), f"holds numbers of shape {numbers.shape}, expected one axis", fix=FIX)
    return tuple(numbers.tolist())


def read_named_numbers(path: str | os.PathLike[str]) -> dict[str, float]:
    """Read a .json object of numbers by name.

    Raises
    ------
    ClassliftError
        If it cannot be read, or holds something else.
    """
    target, fix = place(path), 'give CLASS=NUMBER,… or a .json file such as {"cat": 2, "dog": 0.5}.'
    try:
        check_regular(target)
        values = read_json(target.read_text(encoding="utf-8"))
    except ClassliftError:
        raise
    except OSError as error:
        problem = f"names no class with =, and is not a file that can be read ({error.strerror or error})"
        raise ClassliftError(str(target), problem, fix=fix) from None
    except (ValueError, RecursionError):
        values = None
    found = values.values() if isinstance(values, dict) else [None]
    if any(isinstance(value, bool) or not isinstance(value, int | float) for value in found):
        raise ClassliftError(str(target), "does not hold numbers by class name", fix=fix)
    return {name: float(value) for name, value in dict(values).items()}

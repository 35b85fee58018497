"""A few numbers from a file: a list in .json, .txt, .csv or .npy, or by class name in .json or .csv."""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING

import numpy as np

from classlift.errors import ClassliftError
from classlift.storage.atomic import check_regular, write_text
from classlift.storage.own.json_text import read_json
from classlift.storage.paths import place
from classlift.storage.read.npy import read_array

if TYPE_CHECKING:
    import os
    from collections.abc import Mapping, Sequence

DELIMITERS = {".csv": ",", ".tsv": "\t"}

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
    """Read numbers by name: a .json object, or the first two columns of a .csv or .tsv file, with or without a header.

    Raises
    ------
    ClassliftError
        If it cannot be read, holds something else, or a name twice.
    """
    target = place(path)
    fix = 'give CLASS=NUMBER,…, a .json file such as {"cat": 2, "dog": 0.5}, or a .csv file with rows such as cat,2.'
    try:
        check_regular(target)
        text = target.read_text(encoding="utf-8-sig")
        suffix = target.suffix.lower()
        found = _cells(text, suffix) if suffix in DELIMITERS else _members(read_json(text))
    except ClassliftError:
        raise
    except OSError as error:
        problem = f"names no class with =, and is not a file that can be read ({error.strerror or error})"
        raise ClassliftError(str(target), problem, fix=fix) from None
    except (ValueError, RecursionError, csv.Error):
        raise ClassliftError(str(target), "does not hold one number by class name for each class", fix=fix) from None
    return found


def check_numbers_path(path: str | os.PathLike[str]) -> None:
    """Refuse a name that `write_named_numbers` cannot write."""
    suffix = place(path).suffix.lower()
    if suffix not in (".json", *DELIMITERS):
        problem = f"has the suffix {suffix!r}, expected .json, .csv or .tsv"
        raise ClassliftError(str(path), problem, fix="choose one of these suffixes.")


def write_named_numbers(
    path: str | os.PathLike[str], title: str, names: Sequence[str], columns: Mapping[str, Sequence[float]]
) -> None:
    """Write numbers by name: the first column as a .json object, or all columns as a .csv or .tsv file."""
    check_numbers_path(path)
    suffix = place(path).suffix.lower()
    if suffix == ".json":
        first = next(iter(columns.values()))
        text = json.dumps(dict(zip(names, first, strict=True)), indent=2, ensure_ascii=False, allow_nan=False) + "\n"
    else:
        file = io.StringIO()
        table = csv.writer(file, delimiter=DELIMITERS[suffix], lineterminator="\n")
        table.writerows([(title, *columns), *zip(names, *columns.values(), strict=True)])
        text = file.getvalue()
    write_text(path, text)


def _members(values: object) -> dict[str, float]:
    """Numbers of a JSON object; ValueError of anything else."""
    found = values.values() if isinstance(values, dict) else [None]
    if any(isinstance(value, bool) or not isinstance(value, int | float) for value in found):
        raise ValueError("not numbers by name")
    return {str(name): float(value) for name, value in dict(values).items()}  # type: ignore[call-overload]


def _cells(text: str, suffix: str) -> dict[str, float]:
    """Names and numbers of a table; a first line without a number is its header."""
    rows = [row for row in csv.reader(io.StringIO(text), delimiter=DELIMITERS[suffix], strict=True) if row]
    header = bool(rows) and len(rows[0]) > 1 and not _is_number(rows[0][1])
    found = {row[0].strip(): float(row[1]) for row in rows[header:] if len(row) > 1}
    if not found or len(found) < len(rows) - header:
        raise ValueError("a line without a number, or a name twice")
    return found


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True

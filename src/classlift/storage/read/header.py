"""Whether the first line of a text file holds names, and what the columns of a file without names are."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence

from classlift.errors import ClassliftError
from classlift.storage.meaning.names import is_usual

Rows = Sequence[Sequence[str]]

ID_NAMES = frozenset(
    [
        *("id", "ids", "uid", "uuid", "key", "index", "idx", "row", "row_id", "sample", "sample_id", "date", "time"),
        *("image", "images", "img", "image_id", "file", "filename", "file_name", "path", "name", "fold", "predicted"),
    ]
)
WHOLE = re.compile(r"[+-]?\d+")


def is_number(cell: str, decimal: str = ".") -> bool:
    """Whether a cell reads as a number."""
    if decimal == "," and "." in cell:
        return False
    try:
        float(cell.replace(decimal, "."))
    except ValueError:
        return False
    return "_" not in cell


def has_header(rows: Rows, decimal: str, where: str) -> bool:
    """Whether the first of `rows` holds names.

    Raises
    ------
    ClassliftError
        If it can be read in both ways.
    """
    first, rest = rows[0], [row for row in rows[1:] if len(row) == len(rows[0])]
    numeric = [is_number(cell, decimal) for cell in first]
    if len(first) == 1 and not numeric[0]:
        return is_usual(first[0])
    if all(numeric):
        return _numbers_are_names(first, rest)
    if not any(numeric) or not rest:
        return not any(_same_form(cell, row[k]) for k, cell in enumerate(first) for row in rest[:1] if not numeric[k])
    if any(_same_form(cell, row[k]) for k, cell in enumerate(first) for row in rest[:1] if not numeric[k]):
        return False
    if any(is_usual(cell) or cell.strip().lower() in ID_NAMES or not cell.strip() for cell in first):
        return True
    return _mixed(first, numeric, rest, decimal, where)


def _numbers_are_names(first: Sequence[str], rest: Rows) -> bool:
    counted = list(first) in ([str(k + start) for k in range(len(first))] for start in (0, 1))
    one_hot = len(first) == 2 and bool(rest) and all(cell in ("0", "1") for cell in rest[0])
    return counted and len(first) > 1 and not one_hot


def _mixed(first: Sequence[str], numeric: Sequence[bool], rest: Rows, decimal: str, where: str) -> bool:
    """Whether words beside numbers are names: not where a number is a decimal one, or occurs twice."""
    numbers = [cell.strip() for cell, number in zip(first, numeric, strict=True) if number]
    words = [k for k, number in enumerate(numeric) if not number]
    if not all(WHOLE.fullmatch(number) for number in numbers) or len(set(numbers)) < len(numbers):
        return False
    if any(is_number(row[k], decimal) for k in words for row in rest if row[k]) or len(numbers) > 2:
        return True
    if any(first[k] in {row[k] for row in rest} for k in words) or len(numbers) == 1:
        return False
    raise ClassliftError(
        where,
        f"cannot tell whether its first line, {', '.join(first[:4])[:60]}, holds names or a row",
        fix="say which with --header or --no-header.",
    )


def _same_form(cell: str, below: str) -> bool:
    """Whether two words are alike but for their digits, as names of files are."""
    return bool(re.search(r"\d", cell)) and re.sub(r"\d+", "0", cell) == re.sub(r"\d+", "0", below)


def names_without_header(rows: Rows, decimal: str) -> tuple[str, ...]:
    """Names for the columns of a file that has none: numbers for the scores, words for the other columns.

    A column of words is an id, or labels where words repeat. Whole numbers beside decimal ones are labels where they
    fit the other columns as class numbers, and count rows or are ids else.
    """
    n = len(rows[0])
    rows = [row for row in rows if len(row) == n]
    columns = [[row[k].strip() for row in rows] for k in range(n)]
    words = [
        k for k in range(n) if 2 * sum(is_number(c, decimal) for c in columns[k] if c) < sum(map(bool, columns[k]))
    ]
    numbers = [k for k in range(n) if k not in words]
    beside = _beside(columns, numbers, decimal)
    inner = [k for k in numbers if k not in beside]
    if len(inner) == 1 and words and all(WHOLE.fullmatch(cell) for cell in columns[inner[0]]):
        beside, inner = inner, []  # a list of files, each with a number
        names = {beside[0]: "label"}
    else:
        names = {k: str(i) for i, k in enumerate(inner)}
    for k in (k for k in beside if k not in names):
        names[k] = _free("label" if _are_labels(columns[k], len(inner), decimal) else "index", names)
    for k in words:
        repeats = len(set(columns[k])) < len(columns[k]) and not any(
            _same_form(a, b) for a, b in itertools.pairwise(columns[k])
        )
        names[k] = _free("label" if repeats else "id", names)
    return tuple(names[k] for k in range(n))


def _beside(columns: Rows, numbers: Sequence[int], decimal: str) -> list[int]:
    """Columns of whole numbers beside decimal ones, unless the rows sum to 1 only with them."""
    values = {k: [_value(cell, decimal) for cell in columns[k]] for k in numbers}
    whole = [k for k in numbers if all(value == int(value) for value in values[k])]
    rest = [k for k in numbers if k not in whole]
    if not whole or len(rest) < 2:
        return []
    zipped = list(zip(*(values[k] for k in numbers), strict=True))
    if all(abs(sum(row) - 1) < 0.02 for row in zipped):
        return []
    alone = [sum(row[numbers.index(k)] for k in rest) for row in zipped]
    ends = [k for k in whole if k in (numbers[0], numbers[1], numbers[-1])]
    sums_to_one = all(abs(total - 1) < 0.02 for total in alone)
    written_whole = all(WHOLE.fullmatch(cell) for k in ends for cell in columns[k])
    return whole if sums_to_one else ends if written_whole and len(ends) == len(whole) else []


def _value(cell: str, decimal: str) -> float:
    try:
        value = float(cell.replace(decimal, "."))
    except ValueError:
        return 0.5
    return value if abs(value) < 2**53 else 0.5


def _are_labels(column: Sequence[str], n_classes: int, decimal: str) -> bool:
    values = [_value(cell, decimal) for cell in column]
    counts = len(values) > 1 and all(b - a == 1 for a, b in itertools.pairwise(values))
    return not counts and all(-1 <= value <= n_classes for value in values)


def _free(name: str, names: dict[int, str]) -> str:
    """`name`, or with a number where it is taken."""
    taken = set(names.values())
    return next(found for found in (name, *(f"{name}_{i}" for i in range(2, 999))) if found not in taken)

"""Text cells that hold the scores of a whole row: lists are read, all else is named with the line that expands it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from classlift.errors import ClassliftError
from classlift.storage.arrow import lengths_of, numbers_of
from classlift.storage.read.header import is_number

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

LIST = re.compile(r"\s*(?:tensor\(|array\()?[\[(]\s*[-+.\dnaifNIF]")
"""How a list of numbers as text begins."""

SHORTENED = re.compile(r"\.\.\.")
OBJECT = re.compile(r"\s*(?:\[\s*)?\{\s*['\"]")
PAIR = re.compile(r"\S+:[-+.\de]+")
PAIRS = re.compile(r"\s*[^\s:,]+:[-+.\de]+(?:[\s,]+[^\s:,]+:[-+.\de]+)+\s*")

LIBSVM_FIX = (
    "it is the predicted class, as svm-predict -b 1 of LIBSVM writes it, and the file holds no true ones: "
    "give those with --labels FILE, or call the column predicted."
)
LISTED = "its cells hold lists that were shortened to '…' when they were printed: save the whole lists, probs.tolist()."
EXPANDED = (
    "its cells hold objects as text: expand them once: d = pandas.read_csv(FILE); "
    "d.join(pandas.DataFrame(d.pop({key!r}).map(ast.literal_eval).tolist()).add_prefix('prob_'))"
    ".to_csv('out.csv', index=False)"
)
_PAIRS = "{'prob_' + k: float(p) for k, p in (c.rsplit(':', 1) for c in x%s)}"
_TABLE = "pandas.DataFrame([%s for x in map(str.split, open(FILE))]).to_csv('out.csv', index=False)"
PAIRED = _TABLE % ("{'label': x[0]} | " + _PAIRS % "[1:]")
UNLABELLED = _TABLE % (_PAIRS % "")
ALTERNATING = _TABLE % "{'prob_' + k.removeprefix('__label__'): float(p) for k, p in zip(x[::2], x[1::2])}"


WEKA = (
    "r = [c.replace('*', '').strip().split(',') for c in open(FILE) if ':' in c]; "
    "n = dict(c.split(':', 1) for x in r for c in x[1:3]); "
    "pandas.DataFrame([{'label': x[1].split(':', 1)[1]} | {'prob_' + n.get(str(k), str(k)): float(p) "
    "for k, p in enumerate(x[4:], 1) if p} for x in r]).to_csv('out.csv', index=False)"
)
LIBSVM_LABELS = "open('labels_of.txt', 'w').writelines(x.split()[0] + '\\n' for x in open(FILE) if x.strip())"


def check_is_a_table(lines: Sequence[str], where: str) -> None:
    """Refuse lines that hold pairs of a class and its probability, each line in an order of its own.

    Raises
    ------
    ClassliftError
        With the line that makes a table of them.
    """
    if re.match(r"\s*inst#\s*,\s*actual\s*,\s*predicted", lines[0]):
        raise ClassliftError(
            where, "is what Weka writes, with several cells below one name", fix=f"make a table, once: {WEKA}"
        )
    cells = [line.split() for line in lines]
    if all(map(_is_libsvm_data, cells)):
        raise ClassliftError(
            where,
            "is data of LIBSVM, a label and numbered features in each line, and holds no scores",
            fix=f"if its labels are wanted, with --labels, write them to a file of their own, once: {LIBSVM_LABELS}",
        )
    for start in (0, 1):
        if all(len(row) > start + 1 and all(map(PAIR.fullmatch, row[start:])) for row in cells):
            raise ClassliftError(
                where,
                f"its lines hold pairs of name and probability, such as {' '.join(cells[0][start : start + 2])}",
                fix=f"make a column per class, once: {PAIRED if start else UNLABELLED}",
            )
    if all(len(row) > 3 and len(row) % 2 == 0 and _alternates(row) for row in cells) and len(cells) > 1:
        raise ClassliftError(
            where,
            "its lines hold classes and probabilities in turn, sorted by probability: "
            "a column holds another class in every row",
            fix=f"make a column per class, once: {ALTERNATING}",
        )


def _is_libsvm_data(row: Sequence[str]) -> bool:
    """Whether a row holds a number and pairs of a rising number and a value, which are not probabilities."""
    pairs = [cell.partition(":") for cell in row[1:]]
    if not pairs or not is_number(row[0]) or not all(key.isdigit() and is_number(value) for key, _, value in pairs):
        return False
    keys = [int(key) for key, _, _ in pairs]
    return keys == sorted(set(keys)) and abs(sum(float(value) for _, _, value in pairs) - 1) > 0.02


def _alternates(row: Sequence[str]) -> bool:
    """Whether a row holds names and numbers in turn."""
    return all(is_number(cell) for cell in row[1::2]) and not any(is_number(cell) for cell in row[::2])


def list_width(cells: Sequence[str]) -> int:
    """How many numbers the first of `cells` holds, or 0 where not all of them are lists of numbers as text."""
    filled = [cell for cell in cells if cell]
    if not filled or not all(LIST.match(cell) and not SHORTENED.search(cell) for cell in filled):
        return 0
    return len(_inner(pa.array(filled[:1], pa.string()))[0])


def refusal_of(cells: Sequence[str], key: str) -> str | None:
    """What to do about cells that hold more than a value and cannot be read, or None."""
    filled = [cell for cell in cells if cell]
    if filled and all(LIST.match(cell) for cell in filled) and any(map(SHORTENED.search, filled)):
        return LISTED
    if filled and all(map(OBJECT.match, filled)):
        return EXPANDED.format(key=key)
    if filled and all(map(PAIRS.fullmatch, filled)):
        return f"its cells hold pairs of name and probability, such as {filled[0][:30]!r}: save a column per class."
    return None


def matrix_of_lists(cells: pa.Array, width: int) -> NDArray:
    """The numbers of cells that hold lists as text, shape (n, width); NaN where a cell is empty.

    Raises
    ------
    pyarrow.ArrowInvalid
        If a cell holds another number of values, or something that is not a number.
    """
    parts = _inner(cells)
    lengths = lengths_of(parts, width)
    if (lengths != width).any():
        raise pa.ArrowInvalid("a list of another length")
    out = np.full((len(cells), width), np.nan)
    out[numbers_of(cells.is_valid())] = numbers_of(parts.flatten().cast(pa.float64())).reshape(-1, width)
    return out


def _inner(cells: pa.Array) -> pa.Array:
    import pyarrow.compute as pc  # noqa: PLC0415  (only for lists as text: 20 ms)

    bare = pc.replace_substring_regex(cells, r"^\s*(tensor|array)|,?\s*(dtype|device|grad_fn)=[^)]*|[\[\]()]", "")
    bare = pc.utf8_trim_whitespace(pc.replace_substring_regex(bare, r"[\s,;]+", " "))
    return pc.split_pattern(pc.utf8_trim(bare, " "), " ")

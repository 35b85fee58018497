"""Cells that hold the scores of a whole row: lists, objects by class, pairs of label and score, Spark vectors."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from classlift.errors import ClassliftError
from classlift.storage.arrow import lengths_of, numbers_of, texts_of, values_in
from classlift.storage.read.container import side_by_side

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Locate = Callable[[int], str]

VECTOR = ("type", "size", "indices", "values")
"""Members of a vector as Spark writes it."""

LABEL_MEMBERS = ("label", "class", "name", "category")
SCORE_MEMBERS = ("score", "probability", "prob", "confidence", "p")


@dataclass(frozen=True)
class Nested:
    """How the cells of one column hold a row of numbers.

    Parameters
    ----------
    kind : {'list', 'object', 'map', 'pairs', 'vector'}
        What a cell is.
    width : int
        How many numbers it holds.
    members : tuple of str
        Their names, where they have some.
    keys : tuple of str
        For pairs: the members that hold the name and the number.
    """

    kind: str
    width: int
    members: tuple[str, ...] = ()
    keys: tuple[str, str] = ("", "")

    @property
    def in_order(self) -> bool:
        """Whether the order of the members is one that the file states, so that a number can mean a position."""
        numbers = sorted(int(found[0]) for name in self.members if (found := re.search(r"\d+$", name)))
        return self.kind not in ("map", "pairs") or numbers == list(range(self.width))


def nested_of(cell: Any) -> Nested | None:  # noqa: ANN401
    """How a cell holds a row of numbers, or None where it does not."""
    if isinstance(cell, dict) and tuple(sorted(cell)) == tuple(sorted(VECTOR)):
        values = cell["values"] or []
        return Nested("vector", int(cell["size"]) if cell["size"] is not None else len(values))
    if isinstance(cell, dict) and len(cell) > 1 and all(map(is_number, cell.values())):
        return Nested("object", len(cell), tuple(cell))
    if not isinstance(cell, list) or not cell:
        return None
    if all(map(is_number, cell)):
        return Nested("list", len(cell))
    if all(isinstance(pair, tuple) and len(pair) == 2 and is_number(pair[1]) for pair in cell):
        return Nested("map", len(cell), _in_order(str(pair[0]) for pair in cell))
    keys = _pair_keys(cell[0])
    if keys is None or not all(isinstance(pair, dict) and set(keys) <= set(pair) for pair in cell):
        return None
    return Nested("pairs", len(cell), _in_order(str(pair[keys[0]]) for pair in cell), keys)


def is_number(value: object) -> bool:
    """Whether a value of a cell is a number, or missing."""
    return value is None or (isinstance(value, int | float) and not isinstance(value, bool))


def matrix_of(array: pa.Array, how: Nested, locate: Locate) -> NDArray:
    """The numbers of the cells of `array`, shape (n, width); NaN where one is missing.

    Parameters
    ----------
    array : Array
        Cells of the kind that `how` says.
    how : Nested
        What `nested_of` found in the first of them.
    locate : callable
        Tells where a cell of this array lies, for messages.

    Raises
    ------
    ClassliftError
        If a cell holds other members, or more or fewer, than the first.
    """
    if how.kind == "object":
        return side_by_side([_floats(child) for child in _children(array, how.members)])
    if how.kind == "vector":
        return _of_vectors(array, how, locate)
    if how.kind == "list":
        return _of_lists(array, how, locate)
    cells = array.flatten() if how.kind == "pairs" else _entries(array)
    names, values = _children(cells, how.keys if how.kind == "pairs" else ("key", "value"))
    return _by_name(array, how, names, values, locate)


def _of_lists(array: pa.Array, how: Nested, locate: Locate) -> NDArray:
    if not pa.types.is_fixed_size_list(array.type):
        lengths = lengths_of(array, how.width)
        _check_lengths(lengths, how.width, locate)
    present = numbers_of(values_in(array)).reshape(-1, how.width)
    if not array.null_count:
        return present
    out = np.full((len(array), how.width), np.nan, np.result_type(present, np.float32))
    out[numbers_of(array.is_valid())] = present
    return out


def _of_vectors(array: pa.Array, how: Nested, locate: Locate) -> NDArray:
    """Rows of dense vectors (type 1) and of sparse ones, which leave out what is zero."""
    kinds, sizes, indices, values = _children(array, VECTOR)
    dense = _floats(kinds) == 1
    lengths = lengths_of(values, 0)
    _check_lengths(np.where(dense, lengths, _floats(sizes)), how.width, locate)
    out = np.zeros((len(array), how.width))
    rows = np.repeat(np.arange(len(array)), lengths)
    within = np.arange(len(rows)) - np.searchsorted(rows, rows)
    sparse = ~dense[rows]
    within[sparse] = numbers_of(indices.flatten()) if sparse.any() else 0
    out[rows, within] = _floats(values.flatten())
    out[~numbers_of(array.is_valid())] = np.nan
    return out


def _by_name(array: pa.Array, how: Nested, names: pa.Array, values: pa.Array, locate: Locate) -> NDArray:
    lengths = lengths_of(_as_list(array), 0)
    rows = np.repeat(np.arange(len(array)), lengths)
    import pyarrow.compute as pc  # noqa: PLC0415  (only for cells that name their values: 20 ms)

    codes = pc.index_in(names.cast(pa.string()), pa.array(how.members, pa.string()))
    if codes.null_count:
        at = int(np.flatnonzero(~numbers_of(codes.is_valid()))[0])
        raise ClassliftError(
            locate(int(rows[at])),
            f"holds a score of {texts_of(names)[at]!r}, which the first row does not have",
            fix="save the scores of all classes in every row (of a Hugging Face pipeline: top_k=None).",
        )
    out = np.full((len(array), how.width), np.nan)
    out[rows, numbers_of(codes)] = _floats(values)
    return out


def _check_lengths(lengths: NDArray, width: int, locate: Locate) -> None:
    wrong = np.flatnonzero((lengths != width) & ~np.isnan(lengths))
    if len(wrong):
        raise ClassliftError(
            locate(int(wrong[0])),
            f"{int(lengths[wrong[0]])} values in its list, expected {width} as in row 0",
            fix="save one value per class in every row.",
        )


def _children(array: pa.Array, names: tuple[str, ...]) -> list[pa.Array]:
    """Members of an array of structs, missing where the whole is."""
    parts = dict(zip((field.name for field in array.type), array.flatten(), strict=True))
    return [parts[name] for name in names]


def _as_list(array: pa.Array) -> pa.Array:
    return array.cast(pa.list_(array.type.field(0))) if pa.types.is_map(array.type) else array


def _entries(array: pa.Array) -> pa.Array:
    """Entries of an array of maps, as structs."""
    return _as_list(array).flatten()


def _floats(array: pa.Array) -> NDArray:
    return numbers_of(array.cast(pa.float64()))


def _pair_keys(pair: object) -> tuple[str, str] | None:
    if not isinstance(pair, dict):
        return None
    label = next((key for key in LABEL_MEMBERS if isinstance(pair.get(key), str)), None)
    score = next((key for key in SCORE_MEMBERS if key in pair and is_number(pair[key])), None)
    return None if label is None or score is None else (label, score)


def _in_order(names: Any) -> tuple[str, ...]:  # noqa: ANN401
    """Names that stand in another order in every row, sorted, numbers in them by value."""

    def key(name: str) -> list[tuple[int, str]]:
        return [(int(word), "") if word.isdigit() else (-1, word) for word in re.split(r"(\d+)", name)]

    return tuple(sorted(names, key=key))

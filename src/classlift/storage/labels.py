"""Labels as people write them, index, name or one-hot, become class indices."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

import numpy as np

from classlift.errors import ClassliftError
from classlift.predictions import UNLABELLED

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from classlift.storage.classes import ClassList
    from classlift.storage.options import ReadOptions

    Labels = NDArray[np.int64]
    Locate = Callable[[int], str]


class LabelReader:
    """Turns stored labels into class indices, -1 where a row is unlabelled.

    Parameters
    ----------
    classes : ClassList
        Names of the classes and the integers that mean them.
    options : ReadOptions
        `labels_as` and `ignore_label`.
    locate : callable
        Tells where a row lies, for messages.
    """

    def __init__(self, classes: ClassList, options: ReadOptions, locate: Locate) -> None:
        self.classes, self.options, self.locate = classes, options, locate
        names = classes.names if classes.names is not None else tuple(map(str, range(classes.n_classes)))
        self.by_name = {name: k for k, name in enumerate(names)}
        self.by_number = {number: k for k, number in enumerate(classes.numbers or ())}
        self.seen: dict[object, int] = {None: UNLABELLED, "": UNLABELLED}
        if options.ignore_label is not None:
            self.seen[str(options.ignore_label)] = UNLABELLED

    def read(self, values: NDArray, start: int) -> Labels:
        """Class indices of `values`, the labels of the rows from `start` on, shape (n_samples,)."""
        if values.ndim > 1 or self.options.labels_as == "one-hot":
            return self._one_hot(values, start)
        if values.dtype.kind in "OUT":
            return np.array([self._index(v, start + i) for i, v in enumerate(values.tolist())], np.int64)
        if values.dtype.kind == "f":
            raise ClassliftError(
                self.locate(start),
                f"labels are {values.dtype}, expected whole numbers or names",
                fix="convert them before saving: labels.astype(int).",
            )
        return self._integers(values, start)

    def _integers(self, values: NDArray, start: int) -> Labels:
        if self.options.labels_as == "name" or self.classes.ambiguous or self.by_number or values.dtype.kind == "b":
            unique, inverse = np.unique(values, return_inverse=True)
            rows = [int(np.argmax(inverse == i)) for i in range(len(unique))]
            table = [
                self._index(v if values.dtype.kind != "b" else int(v), start + r)
                for v, r in zip(unique.tolist(), rows, strict=True)
            ]
            return np.array(table, np.int64)[inverse]
        labels = values.astype(np.int64)
        if self.options.ignore_label is not None:
            labels[np.isin(labels, [int(k) for k in self.seen if isinstance(k, str) and _is_integer(k)])] = UNLABELLED
        self._check_range(values, labels, start)
        return labels

    def _check_range(self, values: NDArray, labels: Labels, start: int) -> None:
        good = (labels >= UNLABELLED) & (labels < self.classes.n_classes)
        if not good.all():
            row = int(np.flatnonzero(~good)[0])
            raise self._unknown(int(values[row]), start + row)

    def _index(self, value: object, row: int) -> int:
        """Class index of one label; each distinct value is looked up once."""
        if isinstance(value, str):
            value = value.strip()
        if value not in self.seen:
            self.seen[value] = self._look_up(value, row)
        return self.seen[value]

    def _look_up(self, value: object, row: int) -> int:
        text = str(value)
        if text in self.seen:
            return self.seen[text]
        integer = _is_integer(text)
        if integer and int(text) == UNLABELLED:
            return UNLABELLED
        if self.options.labels_as == "index":
            return self._of_number(int(text), row) if integer else self._refuse(value, row)
        if integer and self.classes.ambiguous and self.options.labels_as is None:
            raise ClassliftError(
                self.locate(row),
                f"the classes are named by numbers ({', '.join(list(self.by_name)[:3])} …), so label {text} can be an index or a name",
                fix="say which with --labels-as index or --labels-as name.",
            )
        if text in self.by_name:
            return self.by_name[text]
        if integer and self.options.labels_as is None:
            return self._of_number(int(text), row)
        return self._refuse(value, row)

    def _of_number(self, number: int, row: int) -> int:
        index = self.by_number.get(number, -1) if self.by_number else number
        return index if 0 <= index < self.classes.n_classes else self._refuse(number, row)

    def _refuse(self, value: object, row: int) -> int:
        raise self._unknown(value, row)

    def _unknown(self, value: object, row: int) -> ClassliftError:
        last = self.classes.n_classes - 1
        if isinstance(value, int):
            return ClassliftError(
                self.locate(row),
                f"label {value} is not in 0..{last}",
                fix="number the classes from 0 in the order of the columns, or name the value that means unlabelled "
                "with --ignore-label.",
            )
        near = difflib.get_close_matches(str(value), list(self.by_name), 1)
        named = self.classes.names is not None
        fix = "give the class names with --classes, or the value that means unlabelled with --ignore-label."
        if named:
            fix = f"did you mean {near[0]!r}?" if near else "use the class names of the file, or --ignore-label."
        expected = "a class name" if named else f"a whole number in 0..{last} (the file has no class names)"
        return ClassliftError(self.locate(row), f"label {value!r} is unknown, expected {expected}", fix=fix)

    def _one_hot(self, values: NDArray, start: int) -> Labels:
        k = self.classes.n_classes
        if values.ndim != 2 or values.shape[1] != k:
            raise ClassliftError(
                self.locate(start),
                f"labels have shape (n, {', '.join(map(str, values.shape[1:]))}), expected one per row or one-hot (n, {k})",
                fix="save one label per row as a whole number, or one-hot with one column per class.",
            )
        hot = values.astype(np.float64)
        good = ((hot == 0) | (hot == 1)).all(axis=1) & (hot.sum(axis=1) == 1)
        if not good.all():
            row = int(np.flatnonzero(~good)[0])
            raise ClassliftError(
                self.locate(start + row),
                f"its one-hot label has {int((hot[row] == 1).sum())} ones and the sum {hot[row].sum():g}, expected exactly one 1",
                fix="save a single label per row; soft and multiple labels cannot be judged by accuracy.",
            )
        return np.asarray(hot.argmax(axis=1), dtype=np.int64)


def _is_integer(text: str) -> bool:
    digits = text[1:] if text[:1] in "+-" else text
    return digits.isascii() and digits.isdigit()

"""Labels as people write them, index, name or one-hot, become class indices."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, Literal

import numpy as np

from classlift.data.classes import by_spelling, spelling
from classlift.data.predictions import UNLABELLED
from classlift.errors import ClassliftError, alike
from classlift.storage.meaning.classes import yes_and_no
from classlift.storage.meaning.whole import WHOLE, check_ignored, is_decimal, is_integer, without_point

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from classlift.storage.meaning.classes import ClassList
    from classlift.storage.options import ReadOptions

    Labels = NDArray[np.int64]
    Locate = Callable[[int], str]


SIGNS = "save the labels as 0 and 1."
TRUTH = {"false": 0, "true": 1}


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
        self.by_name = {unicodedata.normalize("NFC", name): k for k, name in enumerate(names)}
        self.by_spelling = {key: self.by_name[name] for key, name in by_spelling(self.by_name).items()}
        self.by_number = {number: k for k, number in enumerate(classes.numbers or ())}
        self.how, self.missing = options.labels_as, 0
        if self.how == "name" and (answer := yes_and_no(names)):
            self.by_number = {1: answer[0], 0: answer[1]}
        self.seen: dict[object, int] = {None: UNLABELLED, "": UNLABELLED, "-1": UNLABELLED}
        if "-1" in self.by_name or self.how == "sign":
            del self.seen["-1"]
        if self.how == "sign":
            self.by_number = {-1: 0, 1: 1}
        if options.ignore_label is not None:
            self.seen[str(options.ignore_label)] = UNLABELLED

    def read(self, values: NDArray, start: int) -> Labels:
        """Class indices of `values`, the labels of the rows from `start` on, shape (n_samples,)."""
        if values.ndim == 2 and values.shape[1] == 1:
            values = values[:, 0]
        if values.ndim > 1 or self.options.labels_as == "one-hot":
            return self._one_hot(values, start)
        if values.dtype.kind in "OUT":
            self.how = self.how or self._meaning(values)
            return self._texts(values.tolist(), start)
        if values.dtype.kind == "f":
            values = self._whole(values, start)
        return self._integers(values, start)

    def _whole(self, values: NDArray, start: int) -> NDArray[np.int64]:
        """Whole numbers stored as decimal ones; NaN is unlabelled."""
        missing = np.isnan(values)
        filled = np.where(missing, 0, values).astype(np.result_type(values, np.float64))
        fractions = np.flatnonzero(~(np.isfinite(filled) & (filled == np.floor(filled)) & (np.abs(filled) < WHOLE)))
        if len(fractions):
            raise ClassliftError(
                self.locate(start + int(fractions[0])),
                f"label {values[fractions[0]]:g} is a decimal number, expected whole numbers or names",
                fix="save the class of each row as labels.astype(int), if these are labels; else name them with "
                "--labels-key.",
            )
        whole: NDArray[np.int64] = filled.astype(np.int64)
        if missing.any():
            self.missing += int(missing.sum())
            whole[missing] = UNLABELLED
            if self.how == "sign" or "-1" in self.by_name:
                raise ClassliftError(self.locate(start), "has rows without a label beside the label -1", fix=SIGNS)
        return whole

    def _meaning(self, values: NDArray) -> Literal["index", "name"] | None:
        """What text labels are beside names of which some are numbers, where these labels leave no choice."""
        if self.classes.names is None or self.classes.ambiguous or not any(map(is_integer, self.by_name)):
            return None
        distinct = {without_point(str(v).strip()) for v in values.tolist() if v is not None} - set(map(str, self.seen))
        if all(is_integer(text) for text in distinct):
            return None if distinct <= set(self.by_name) else "index"
        return "name"

    def _integers(self, values: NDArray, start: int) -> Labels:
        if (
            self.how in ("name", "number", "sign")
            or self.classes.ambiguous
            or self.by_number
            or values.dtype.kind == "b"
        ):
            unique, inverse = np.unique(values, return_inverse=True)
            rows = [int(np.argmax(inverse == i)) for i in range(len(unique))]
            table = [
                self._index(str(v) if values.dtype.kind == "b" and self._named_truth() else int(v), start + r)
                for v, r in zip(unique.tolist(), rows, strict=True)
            ]
            return np.array(table, np.int64)[inverse]
        fitting = np.minimum(values, np.iinfo(np.int64).max) if values.dtype == np.uint64 else values
        labels = fitting.astype(np.int64)
        if self.options.ignore_label is not None:
            check_ignored(self.options.ignore_label, self.locate(start))
            labels[np.isin(labels, [int(k) for k in self.seen if isinstance(k, str) and is_integer(k)])] = UNLABELLED
        self._check_range(values, labels, start)
        return labels

    def _named_truth(self) -> bool:
        """Whether the two classes are named true and false."""
        return self.how != "index" and {name.lower() for name in self.by_name} == set(TRUTH)

    def _check_range(self, values: NDArray, labels: Labels, start: int) -> None:
        good = (labels >= UNLABELLED) & (labels < self.classes.n_classes)
        if not good.all():
            row = int(np.flatnonzero(~good)[0])
            raise self._unknown(int(values[row]), start + row, zero=bool((values == 0).any()))

    def _texts(self, values: list[object], start: int) -> Labels:
        try:
            return np.fromiter(map(self.seen.__getitem__, values), np.int64, len(values))
        except (KeyError, TypeError):  # some were not seen before, or are lists
            values = [str(value) if isinstance(value, list | dict | set) else value for value in values]
            for value in dict.fromkeys(values):
                self._index(value, start + values.index(value) if value not in self.seen else start)
        return np.fromiter(map(self.seen.__getitem__, values), np.int64, len(values))

    def _index(self, value: object, row: int) -> int:
        """Class index of one label; each distinct value is looked up once."""
        if value not in self.seen:
            self.seen[value] = self._look_up(value.strip() if isinstance(value, str) else value, row)
        return self.seen[value]

    def _look_up(self, value: object, row: int) -> int:
        text = str(value)
        if isinstance(value, str) and text not in self.by_name:
            text = without_point(text)
            value = text
        if text in self.seen:
            return self.seen[text]
        if text.lower() in TRUTH and text not in self.by_name and self.classes.n_classes == 2:
            return self._truth(text.lower(), row)
        named, how = self.by_name.get(unicodedata.normalize("NFC", text)), self.how
        if named is None and how == "name":
            named = self.by_spelling.get(spelling(text))
        if how == "number" and named is not None and not is_integer(text):
            return named
        if how in ("number", "sign"):
            numbers = self.by_number or {int(n): k for n, k in self.by_name.items() if is_integer(n)}
            return numbers[int(text)] if is_integer(text) and int(text) in numbers else self._refuse(value, row)
        if how == "name" and named is None and is_integer(text):
            named = self.by_number.get(int(text))
        if not is_integer(text) or how == "name":
            return named if named is not None and how != "index" else self._refuse(value, row)
        number = int(text)
        index = self.by_number.get(number, -1) if self.by_number and how is None else number
        other = isinstance(value, str) and named is not None and named != index
        if how is None and (self.classes.ambiguous or other):
            raise self._two_meanings(text, row)
        return index if 0 <= index < self.classes.n_classes else self._refuse(number, row)

    def _two_meanings(self, text: str, row: int) -> ClassliftError:
        shown = ", ".join(list(self.by_name)[:3])
        return ClassliftError(
            self.locate(row),
            f"label {text} can be an index or a name: classes are named by numbers ({shown} …)",
            fix="say which with --labels-as index or --labels-as name.",
        )

    def _truth(self, text: str, row: int) -> int:
        """Class of true or false: by a name in another case, else false is class 0 where no name speaks against it."""
        named = {name.lower(): k for name, k in self.by_name.items()}
        if text in named:
            return named[text]
        if self.classes.names is None or (self.by_number and self.how != "index"):
            return self.by_number.get(TRUTH[text], TRUTH[text])
        raise ClassliftError(
            self.locate(row),
            f"label {text!r} can be either of {', '.join(map(repr, self.by_name))}",
            fix="save the labels as class names.",
        )

    def _refuse(self, value: object, row: int) -> int:
        raise self._unknown(value, row)

    def _unknown(self, value: object, row: int, *, zero: bool = True) -> ClassliftError:
        last = self.classes.n_classes - 1
        if isinstance(value, int) and not (self.how == "name" and 0 <= value <= last):
            return ClassliftError(
                self.locate(row),
                f"label {value} is not in 0..{last}",
                fix="classes are numbered from 0 in the order of the columns: subtract 1 from labels that start at 1."
                if value == last + 1 and not zero
                else "save which label each column stands for as class_names (model.classes_) or give it with "
                "--classes, or name the value that means unlabelled with --ignore-label.",
            )
        if is_decimal(str(value)):
            return ClassliftError(
                self.locate(row),
                f"label {value!r} is a decimal number, expected whole numbers or names",
                fix="convert the labels before saving: labels.astype(int).",
            )
        spelt = by_spelling(self.by_name).get(spelling(str(value)))
        near = alike(str(value), list(self.by_name))
        named = self.classes.names is not None
        fix = "give the class names with --classes, or the value that means unlabelled with --ignore-label."
        if named:
            fix = f"did you mean {near[0]!r}?" if near else "use the class names of the file, or --ignore-label."
            if spelt:
                fix = f"did you mean {spelt!r}? Say --labels-as name to match them without case, blanks, _ and -"
        expected = "a class name" if named else f"a whole number in 0..{last} (the file has no class names)"
        return ClassliftError(self.locate(row), f"label {value!r} is unknown, expected {expected}", fix=fix)

    def _one_hot(self, values: NDArray, start: int) -> Labels:
        k = self.classes.n_classes
        if values.ndim != 2 or values.shape[1] != k:
            raise ClassliftError(
                self.locate(start),
                f"labels have rows of shape {values.shape[1:]}, expected one label per row or one-hot ({k},)",
                fix="save one label per row as a whole number, or one-hot with one column per class.",
            )
        hot = values.astype(np.float64)
        with np.errstate(invalid="ignore"):  # infinities of both signs
            sums = hot.sum(axis=1)
        good = ((hot == 0) | (hot == 1)).all(axis=1) & (sums == 1)
        if not good.all():
            row = int(np.flatnonzero(~good)[0])
            raise ClassliftError(
                self.locate(start + row),
                f"its one-hot label has {(hot[row] == 1).sum()} ones and the sum {sums[row]:g}, expected one 1",
                fix="save a single label per row; soft and multiple labels cannot be checked by accuracy.",
            )
        return np.asarray(hot.argmax(axis=1), dtype=np.int64)

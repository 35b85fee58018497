"""Class names: where they come from, and what integer labels mean beside them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from classlift.data.classes import check_unique
from classlift.errors import ClassliftError

if TYPE_CHECKING:
    from collections.abc import Sequence

NUMBERED = r"(\d+)[_.:\- ]+(.+)"


YES = frozenset(("yes", "true", "pos", "positive", "1", "y", "t"))
NO = frozenset(("no", "false", "neg", "negative", "0", "n", "f"))


class ClassList(NamedTuple):
    """Names of the classes and the integers that labels use for them.

    Parameters
    ----------
    n_classes : int
        Number of classes.
    names : tuple of str, optional
        Names in the order of the columns.
    numbers : tuple of int, optional
        Integer that means each column; ``0..K-1`` where it is None.
    ambiguous : bool
        Whether an integer label can be an index or a name, all names being numbers.
    """

    n_classes: int
    names: tuple[str, ...] | None = None
    numbers: tuple[int, ...] | None = None
    ambiguous: bool = False


def class_list(n_classes: int, names: Sequence[str] | None, where: str) -> ClassList:
    """Class list of `names` as they stand at the columns, in an array or in a file.

    ``0, 1, 2`` are not names; ``2, 0, 1`` are names that integer labels mean; ``0_dog, 1_cat`` are dog and cat;
    with ``1, 2, 3`` an integer label could be an index or a name.

    Examples
    --------
    >>> class_list(2, ("1_dog", "0_cat"), "file")
    ClassList(n_classes=2, names=('dog', 'cat'), numbers=(1, 0), ambiguous=False)
    """
    if names is None:
        return ClassList(n_classes)
    if len(names) != n_classes:
        raise ClassliftError(
            where,
            f"{len(names)} class names for {n_classes} columns of scores",
            fix="give one class name per column, in the order of the columns.",
        )
    names = tuple(names)
    check_unique(names, where)
    plain = {int(name) for name in names if re.fullmatch(r"-?\d+", name)}
    if len(plain) == n_classes:
        return _numeric(n_classes, names)
    parts = [re.fullmatch(NUMBERED, name) for name in names]
    counted = tuple(int(part[1]) for part in parts if part)
    if sorted(counted) == list(range(n_classes)):
        stripped = tuple(part[2] for part in parts if part)
        if len(set(stripped)) == n_classes:
            return ClassList(n_classes, stripped, _unless_in_order(counted))
    return ClassList(n_classes, names)


def yes_and_no(names: Sequence[str]) -> tuple[int, int] | None:
    """Which of two classes means yes, and which no; None where they mean something else."""
    lower = [name.lower() for name in names]
    for yes, no in ((0, 1), (1, 0)) if len(names) == 2 else ():
        if lower[yes] in YES and lower[no] in NO:
            return yes, no
    return None


def _numeric(n_classes: int, names: tuple[str, ...]) -> ClassList:
    numbers = tuple(int(name) for name in names)
    if numbers == tuple(range(n_classes)):
        return ClassList(n_classes)
    if sorted(numbers) == list(range(n_classes)):
        return ClassList(n_classes, names, numbers)
    return ClassList(n_classes, names, numbers, ambiguous=True)


def _unless_in_order(numbers: tuple[int, ...]) -> tuple[int, ...] | None:
    return None if numbers == tuple(range(len(numbers))) else numbers

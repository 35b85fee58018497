"""What the columns of a container mean: the one place that decides it, for every format."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from classlift.data.kind import Kind
from classlift.errors import ClassliftError
from classlift.storage.meaning import names as known
from classlift.storage.meaning.lookup import ambiguous, listed, lookup, unknown
from classlift.storage.meaning.score_columns import find_scores

if TYPE_CHECKING:
    from collections.abc import Iterable

    from classlift.storage.options import ReadOptions
    from classlift.storage.read.container import Column, Container

WIDEST_CARRIED = 64
"""A matrix beside the scores that is wider than this is not carried through."""


@dataclass(frozen=True)
class Layout:
    """Which columns are what.

    Parameters
    ----------
    scores : tuple of str
        One matrix, or one plain column per class.
    kind : Kind, optional
        What the scores are, as far as a name says it.
    suffixes : tuple of str, optional
        What distinguishes the score columns, where there is one per class.
    labels : tuple of str
        One column, or K columns that are one-hot together, or none.
    class_names : str, optional
        The column that holds the class names.
    carried : tuple of str
        What else has one value per row.
    guessed : bool
        Whether the scores are only what was left over; they must prove to be probabilities then.
    """

    scores: tuple[str, ...]
    kind: Kind | None
    suffixes: tuple[str, ...] | None
    labels: tuple[str, ...]
    class_names: str | None
    carried: tuple[str, ...]
    guessed: bool = False


def find_layout(box: Container, options: ReadOptions, classes: tuple[str, ...] | None) -> Layout:
    """Decide what the columns of `box` are.

    Parameters
    ----------
    box : Container
        What was read.
    options : ReadOptions
        What the user said.
    classes : tuple of str, optional
        Class names that the user gave.

    Raises
    ------
    ClassliftError
        If nothing, or more than one thing, can be the scores or the labels.
    """
    scores, kind, suffixes, guessed = find_scores(box, options, classes)
    n_classes = len(scores) if suffixes is not None else _width(box.columns[scores[0]])
    labels = () if options.labels is not None else find_labels(box, options, n_classes, required=False, taken=scores)
    names = _find_class_names(box, n_classes, {*scores, *labels})
    rows = box.columns[scores[0]].rows
    taken = {*scores, *labels, *([names] if names else [])}
    if options.labels is not None:
        taken |= {name for name in box.columns if name.lower() in known.LABEL_NAMES}
    carried = tuple(name for name, column in box.columns.items() if name not in taken and _fits(column, rows))
    return Layout(scores, options.kind or kind, suffixes, labels, names, carried, guessed)


def find_labels(
    box: Container, options: ReadOptions, n_classes: int, *, required: bool, taken: Iterable[str] = ()
) -> tuple[str, ...]:
    """Find the column of labels in `box`, or K one-hot columns; empty where there is none and none is `required`."""
    free = {name: column for name, column in box.columns.items() if name not in set(taken)}
    if options.labels_key is not None and (required or options.labels is None):
        return _named_labels(box, free, options.labels_key, n_classes)
    usual = [name for name in free if name.lower() in known.LABEL_NAMES]
    refused = [name for name in box.refused if name.lower() in known.LABEL_NAMES]
    if refused and not usual:
        raise ClassliftError(f"{box.name}, {refused[0]!r}", "cannot be read", fix=box.refused[refused[0]])
    if len(usual) > 1:
        raise ambiguous(box, usual, "labels", "--labels-key")
    if usual or not required:
        return tuple(usual)
    if len(free) in (1, n_classes):
        return tuple(free)
    raise ClassliftError(
        box.name,
        f"no labels found; it holds {listed(free)}",
        fix="name the array or column that holds the labels with --labels-key.",
    )


def _named_labels(box: Container, free: dict[str, Column], key: str, n_classes: int) -> tuple[str, ...]:
    exact = lookup(free, key)
    if exact is not None:
        return (exact,)
    family = tuple(name for name in free if name.startswith(key))
    if len(family) == n_classes:
        return family
    raise unknown(box, key, "--labels-key")


def _find_class_names(box: Container, n_classes: int, taken: set[str]) -> str | None:
    lower = {name.lower(): name for name in box.columns if name not in taken}
    for usual in known.CLASS_NAMES:
        name = lower.get(usual)
        if name is not None and _can_be_names(box.columns[name]) and len(box.whole(name)) == n_classes:
            return name
    return None


def _can_be_names(column: Column) -> bool:
    return not column.width and column.rows is not None and column.dtype.kind in "Oiu"


def _fits(column: Column, rows: int | None) -> bool:
    narrow = not column.width or (len(column.width) == 1 and 0 < column.width[0] <= WIDEST_CARRIED)
    return column.rows == rows and narrow


def _width(column: Column) -> int:
    return column.width[0] if column.width else 1

"""What the columns of a container mean: the one place that decides it, for every format."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from classlift.storage.meaning import names as known
from classlift.storage.meaning.label_columns import fitting_labels, key_labels, named_labels, one_hot_columns
from classlift.storage.meaning.sample import Sample
from classlift.storage.meaning.score_columns import find_scores

if TYPE_CHECKING:
    from classlift.data.kind import Kind
    from classlift.storage.meaning.column_groups import ScoreColumns
    from classlift.storage.meaning.one_column import OneOfTwo
    from classlift.storage.options import ReadOptions
    from classlift.storage.read.container import Column, Container

WIDEST_CARRIED = 64
"""A matrix beside the scores that is wider than this is not carried through."""


class Layout(NamedTuple):
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
    binary : OneOfTwo, optional
        Which of two classes the one column of scores belongs to.
    notes : tuple of str
        What was taken for what, where names do not say it.
    asked : bool
        Whether the user says what the scores are.
    given : tuple of str
        The carried columns and the one of labels, in the order of the file.
    left_out : tuple of str
        Columns that are nothing of these: too wide, without a plain value for each row, or not read at all.
    """

    scores: tuple[str, ...]
    kind: Kind | None
    suffixes: tuple[str, ...] | None
    labels: tuple[str, ...]
    class_names: str | None
    carried: tuple[str, ...]
    guessed: bool = False
    binary: OneOfTwo | None = None
    notes: tuple[str, ...] = ()
    asked: bool = False
    given: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()


def find_layout(
    box: Container, options: ReadOptions, classes: tuple[str, ...] | None, sample: Sample | None = None,
    elsewhere: frozenset[str] = frozenset(),
) -> Layout:  # fmt: skip
    """Decide what the columns of `box` are.

    Parameters
    ----------
    box : Container
        What was read.
    options : ReadOptions
        What the user said.
    classes : tuple of str, optional
        Class names that the user gave.
    sample : Sample, optional
        The first rows of `box`, where they were read already.
    elsewhere : frozenset of str
        Labels that another file holds.

    Raises
    ------
    ClassliftError
        If nothing, or more than one thing, can be the scores or the labels.
    """
    sample = Sample(box) if sample is None else sample
    label = named_labels(sample, options) if options.labels is None else None
    found = find_scores(sample, options, classes, label, elsewhere)
    scores = found.names
    n_classes = 2 if found.binary else len(scores) if found.suffixes is not None else _width(box.columns[scores[0]])
    names = _find_class_names(box, n_classes, {*scores, *([label] if label else [])})
    labels, notes = _labels(sample, options, found, classes, n_classes, label, names)
    rows = box.columns[scores[0]].rows
    taken = {*scores, *labels, *([names] if names else [])}
    if options.labels is not None:
        taken |= {name for name in box.columns if known.is_label(name)}
    fitting = [name for name, column in box.columns.items() if _fits(column, rows)]
    carried = tuple(name for name in fitting if name not in taken)
    given = tuple(name for name in fitting if name in carried or (name,) == labels)
    left_out = tuple(name for name in (*box.columns, *box.refused) if name not in taken and name not in fitting)
    kind, asked = options.kind or found.kind, options.kind is not None
    return Layout(
        scores, kind, found.suffixes, labels, names, carried, found.guessed, found.binary, notes, asked,
        given, left_out,
    )  # fmt: skip


def _labels(
    sample: Sample, options: ReadOptions, found: ScoreColumns, classes: tuple[str, ...] | None, n_classes: int,
    label: str | None, names: str | None,
) -> tuple[tuple[str, ...], tuple[str, ...]]:  # fmt: skip
    """Columns of labels in the file of the scores, and what to say of the choice."""
    if options.labels is not None:
        return (), ()
    members = sample.box.columns[found.names[0]].members
    shown = classes or found.suffixes or members or (tuple(map(str, sample.box.whole(names))) if names else None)
    if options.labels_key is not None:
        return key_labels(sample, options.labels_key, shown, n_classes), ()
    if label is not None and label not in found.names:
        return (label,), _others(sample, label)
    hot = one_hot_columns(sample, shown, n_classes, found.names)
    if hot:
        return hot, (f"labels are the one-hot columns {hot[0]!r} to {hot[-1]!r}, matched by name",)
    if shown is None and len(sample.plain) == 1 and sample.box.columns[sample.plain[0]].dtype.kind in "iu":
        name = sample.plain[0]
        if name.startswith("arr_") and fitting_labels(sample, None, n_classes, found.names) == [name]:
            return (name,), (f"labels are {name!r}, the only whole numbers beside the scores",)
    if shown is not None and not all(str(name).isdigit() for name in shown):
        fitting = [
            name
            for name in fitting_labels(sample, shown, n_classes, found.names)
            if not sample.is_numeric(name) and not known.is_predicted(name)
        ]
        if len(fitting) == 1 and not any(known.is_predicted(n) for n in sample.plain):
            return (fitting[0],), (f"labels are {fitting[0]!r}, the only column that holds class names",)
    return (), ()


def _others(sample: Sample, label: str) -> tuple[str, ...]:
    """Say where another column has a usual name of labels and holds other ones: predictions, maybe."""
    others = [name for name in sample.plain if name != label and known.is_label(name)] if label in sample.plain else []
    differ = [name for name in others if sample.texts(name) != sample.texts(label)]
    how = "is not what they are: if it is, say --labels-key"
    return tuple(f"labels are {label!r}; {name!r}, which holds others, {how} {name}" for name in differ[:1])


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
    return column.rows == rows and narrow and not column.members


def _width(column: Column) -> int:
    return column.width[0] if column.width else 1

"""What labels mean beside the classes, settled by the first rows: two plausible readings are asked about."""

from __future__ import annotations

import unicodedata
from dataclasses import replace
from typing import TYPE_CHECKING, Literal

import numpy as np

from classlift.data.classes import by_spelling, spelling
from classlift.errors import ClassliftError
from classlift.storage.meaning.checks import check_classes_used
from classlift.storage.meaning.classes import yes_and_no
from classlift.storage.meaning.sample import as_numbers

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from classlift.storage.meaning.classes import ClassList
    from classlift.storage.meaning.layout import Layout
    from classlift.storage.meaning.pairing import LabelFile
    from classlift.storage.meaning.sample import Sample
    from classlift.storage.options import ReadOptions

FEWEST = 30
BY_COLUMN = "labels are the numbers in the names of the columns"


def settle(
    sample: Sample, layout: Layout, classes: ClassList, options: ReadOptions, label_sample: Sample,
    label_file: LabelFile | None,
) -> tuple[ReadOptions, tuple[str, ...]]:  # fmt: skip
    """Options with what the first rows settle, and what to say of it.

    Raises
    ------
    ClassliftError
        If labels can be read in two ways, or do not belong to such scores.
    """
    notes = layout.notes
    if layout.binary:
        notes = (*notes, f"{layout.scores[0]!r} is read as {layout.binary.words}")
    columns = label_file.columns if label_file else layout.labels
    if len(columns) != 1:
        return options, notes
    column = label_sample.box.columns[columns[0]]
    if column.width not in ((), (1,)):
        return options, notes
    texts = label_sample.texts(columns[0])
    _check_rows(sample, layout, label_sample, columns[0])
    distinct = set(texts)
    whole = bool(distinct) and all(t.lstrip("+-").isdigit() for t in distinct)
    if not whole or options.labels_as is not None:
        return options, (*notes, *(_respelled(distinct, classes) if options.labels_as == "name" else ()))
    where, scores = f"{label_sample.box.name}, {columns[0]!r}", _scores(sample, layout)
    check_classes_used(layout, scores, distinct, where)
    known = _by_their_values(where, distinct, classes, options)
    if known is not None:
        return known[0], (*notes, *known[1])
    if classes.ambiguous or classes.numbers is not None:
        labels = as_numbers(label_sample.values(columns[0]).ravel())
        options, more = _numbers(
            where,
            classes,
            options,
            distinct,
            scores,
            labels,
            paired=label_file is None or label_file.ids is None,
            by_column=layout.class_names is None and options.classes is None,
        )
        notes = (*notes, *more)
    return options, notes


def _by_their_values(
    where: str, distinct: set[str], classes: ClassList, options: ReadOptions
) -> tuple[ReadOptions, tuple[str, ...]] | None:
    """What whole-number labels mean where their values and the class names tell; None where they do not."""
    if distinct == {"-1", "1"} and classes.n_classes == 2 and options.ignore_label is None:
        if classes.names is not None and "-1" in classes.names:
            return options, ()
        return replace(options, labels_as="sign"), ("labels -1 and 1 are read as classes 0 and 1",)
    if yes_and_no(classes.names or ()) == (0, 1) and distinct <= {"0", "1"} and not classes.numbers:
        first, second = classes.names or ("", "")
        raise ClassliftError(
            where,
            f"labels 0 and 1 beside classes {first!r} and {second!r}: 1 can be either",
            fix=f"say --labels-as name where 1 means {first!r}, or --labels-as index where 1 means the second column.",
        )
    if any(len(text) > 1 and text.startswith("0") for text in distinct) and distinct <= set(classes.names or ()):
        return replace(options, labels_as="name"), ()
    return None


def _respelled(distinct: set[str], classes: ClassList) -> tuple[str, ...]:
    other = sorted(distinct - {unicodedata.normalize("NFC", name) for name in classes.names or ()})
    alike = by_spelling(classes.names or ())
    first = next((text for text in other if spelling(text) in alike), None)
    if first is None:
        return ()
    return (f"labels are matched without regard to case, blanks, _ and -: {first!r} is {alike[spelling(first)]!r}",)


def _numbers(
    where: str, classes: ClassList, options: ReadOptions, distinct: set[str], scores: NDArray, labels: NDArray,
    *, paired: bool, by_column: bool,
) -> tuple[ReadOptions, tuple[str, ...]]:  # fmt: skip
    """Positions or names: what only one reading allows, else the one that fits where the other is at chance."""
    names = [str(n) for n in classes.numbers] if classes.numbers else list(classes.names or ())
    if "-1" in distinct and "-1" in names:
        return replace(options, labels_as="number"), ()
    numbers = {int(t) for t in distinct} - {-1}
    as_index, as_name = numbers <= set(range(classes.n_classes)), {str(n) for n in numbers} <= set(names)
    if as_index != as_name:
        return replace(options, labels_as="index" if as_index else "number"), ()
    known_labels = labels[: len(scores)]
    if as_index and paired and np.isfinite(known_labels).sum() >= FEWEST:
        at = {int(name): k for k, name in enumerate(names) if name.lstrip("-").isdigit()}
        rows = np.flatnonzero(np.isfinite(known_labels) & (known_labels >= 0))
        positions = known_labels[rows].astype(int)
        named = np.array([at.get(n, -1) for n in positions])
        predicted = scores[rows].argmax(axis=1)
        right = [float((predicted == p).mean()) for p in (positions, named)]
        chance, error = _chance(predicted, positions), 4 * np.sqrt(0.25 / len(rows))
        if abs(right[0] - right[1]) > error and min(right) < chance + error:
            best: Literal["index", "number"] = "index" if right[0] > right[1] else "number"
            word = "positions of the columns" if best == "index" else "the numbers in the names of the classes"
            return replace(options, labels_as=best), (
                f"labels are {word}: {max(right):.0%} of the first rows are right, else {min(right):.0%}",
            )
        if by_column and not classes.ambiguous and max(right) < chance + error:
            return replace(options, labels_as="number"), (BY_COLUMN,)
    if not classes.ambiguous and by_column and len(labels) < FEWEST:
        return replace(options, labels_as="number"), (BY_COLUMN,)
    raise ClassliftError(
        where,
        f"labels {', '.join(sorted(distinct)[:3])} … can be an index or a name: classes are named by numbers "
        f"({', '.join(names[:3])} …)",
        fix="say which with --labels-as index or --labels-as name.",
    )


def _chance(predicted: NDArray, labels: NDArray) -> float:
    """Share that would be right if labels and predictions had nothing to do with each other."""
    n = int(max(predicted.max(), labels.max())) + 1
    shares = [np.bincount(x, minlength=n) / len(x) for x in (predicted, labels)]
    return float((shares[0] * shares[1]).sum())


def _scores(sample: Sample, layout: Layout) -> NDArray:
    if layout.binary:
        return layout.binary.both(sample.numbers(layout.scores))
    if len(layout.scores) == 1:
        return as_float(sample.values(layout.scores[0]))
    return sample.numbers(layout.scores)


def as_float(values: NDArray) -> NDArray:
    """A matrix of numbers as float64; an empty one where it is text."""
    with np.errstate(invalid="ignore"):  # a signalling NaN
        return values.astype(np.float64) if values.dtype.kind in "fiub" else np.empty((0, 2))


def _check_rows(sample: Sample, layout: Layout, label_sample: Sample, name: str) -> None:
    """Say that a matrix is transposed where its other side has the length of the labels."""
    column = sample.box.columns[layout.scores[0]]
    n = label_sample.box.columns[name].rows
    if len(layout.scores) > 1 or len(column.width) != 1 or n is None or column.rows is None:
        return
    if column.width[0] == n and column.rows < n:
        raise ClassliftError(
            f"{sample.box.name}, {layout.scores[0]!r}",
            f"has shape {column.shape} beside {n} labels: it is transposed",
            fix="save its transpose, shape (n_samples, n_classes): probs.T.",
        )

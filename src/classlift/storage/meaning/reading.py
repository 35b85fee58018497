"""Say what was taken for what, and what was not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from classlift.data.kind import Kind
from classlift.data.reading import Reading
from classlift.errors import without_secrets
from classlift.storage.meaning import names as known
from classlift.storage.meaning.sample import Sample
from classlift.storage.meaning.whole import is_integer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from classlift.storage.meaning.classes import ClassList
    from classlift.storage.meaning.layout import Layout
    from classlift.storage.meaning.pairing import LabelFile
    from classlift.storage.options import ReadOptions

LONGEST_NAME = 22
MOST_REJECTED = 20
HOW = {
    "index": "positions of the columns",
    "number": "the numbers in the class names",
    "sign": "-1 and 1 of two classes",
    "one-hot": "one-hot rows",
    "name": "class names",
}


def describe(
    sample: Sample, layout: Layout, classes: ClassList, label_file: LabelFile | None, options: ReadOptions, kind: Kind
) -> Reading:
    """Describe how a container is read.

    Parameters
    ----------
    sample : Sample
        First rows of the scores' container.
    layout, classes, label_file, options
        What was decided of it; see `BlockSource`.
    kind : Kind
        What the scores are.
    """
    columns = label_file.columns if label_file else layout.labels
    labels = Sample(label_file.box) if label_file else sample
    ids = " and ".join(label_file.ids[0]) if label_file and label_file.ids else _ids(sample, layout)
    where = f" in {_short(without_secrets(label_file.box.name.rsplit('/', 1)[-1]))}" if label_file else ""
    by_id = f", paired by {_short(ids)}" if label_file and label_file.ids else ""
    return Reading(
        _scores(sample, layout, classes),
        str(kind),
        _why(layout, kind),
        f"{_span(columns)}{where}{by_id}" if columns else "",
        _matched(labels, columns, classes, options) if columns else "",
        _short(ids) if ids else "",
        tuple(_rejected(sample, layout, columns if not label_file else (), kind)),
    )


def _scores(sample: Sample, layout: Layout, classes: ClassList) -> str:
    if layout.binary:
        of, _, names = layout.binary
        return f"{_span(layout.scores)} (of {_short(names[of]) if names else f'class {of} of 2'})"
    if layout.suffixes is None:
        inside = sample.box.columns[layout.scores[0]].members
        return f"{_span(layout.scores)} ({classes.n_classes} {'named values' if inside else 'classes'})"
    return f"{_span(layout.scores)} ({len(layout.scores)} columns)"


def _why(layout: Layout, kind: Kind) -> str:
    if layout.asked:
        return "as asked"
    if layout.kind is kind:
        return "by name"
    return "rows sum to 1" if kind is not Kind.LOGITS else "rows do not sum to 1"


def _matched(sample: Sample, columns: tuple[str, ...], classes: ClassList, options: ReadOptions) -> str:
    """How labels are matched with classes."""
    column = sample.box.columns[columns[0]]
    if len(columns) > 1:
        return "one-hot columns"
    if options.labels_as is not None:
        return HOW[options.labels_as]
    if column.width not in ((), (1,)):
        return HOW["one-hot"]
    if classes.numbers is not None and not classes.ambiguous:
        return HOW["number"]
    texts = set(sample.texts(columns[0])[:64]) if column.is_text else set()
    names = classes.names is not None and any(not is_integer(text) for text in texts)
    return HOW["name"] if names else "class numbers"


def _ids(sample: Sample, layout: Layout) -> str:
    taken = {*layout.scores, *layout.labels}
    return next((n for n, c in sample.box.columns.items() if n not in taken and not c.width and known.is_id(n)), "")


def _rejected(sample: Sample, layout: Layout, labels: tuple[str, ...], kind: Kind) -> Iterator[str]:
    """What could have been taken for scores or labels, by name or type, and why it was not."""
    if not layout.asked:
        yield f"scores are not {_other(layout, kind)}"
    taken = {*layout.scores, *labels, layout.class_names}
    rest = [name for name in sample.box.columns if name not in taken]
    for name in rest[:MOST_REJECTED]:
        yield f"{_short(name)}: {_reason(sample, layout, name, labels)}"
    if len(rest) > MOST_REJECTED:
        yield f"{len(rest) - MOST_REJECTED:,} more columns"


def _other(layout: Layout, kind: Kind) -> str:
    if kind is Kind.LOGITS:
        return "probabilities: " + ("their name says logits" if layout.kind is kind else "rows do not sum to 1")
    return "logits: every row sums to 1" if kind is Kind.PROBABILITIES else "probabilities: some are negative"


def _reason(sample: Sample, layout: Layout, name: str, labels: tuple[str, ...]) -> str:
    column = sample.box.columns[name]
    if known.is_label(name):
        return f"not the labels, which are {_short(labels[0])}" if labels else "not the labels: they are elsewhere"
    if known.is_predicted(name) and not column.width:
        return "by its name a predicted class"
    if known.is_id(name):
        return "an id"
    if column.is_text:
        return "text, no scores"
    if column.width:
        return f"an array of shape {column.shape}, not the scores"
    alike = layout.suffixes is not None and column.dtype.kind == "f"
    return "a decimal column, not one of the scores" if alike else "carried through"


def _span(names: tuple[str, ...]) -> str:
    return _short(names[0]) if len(names) == 1 else f"{_short(names[0])} … {_short(names[-1])}"


def _short(name: str) -> str:
    return name if len(name) <= LONGEST_NAME else name[: LONGEST_NAME - 1] + "…"

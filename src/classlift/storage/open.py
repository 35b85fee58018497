"""From what a user names, a path, a pattern, standard input, arrays, to a source."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from classlift.errors import ClassliftError, alike
from classlift.storage.errors import ours
from classlift.storage.formats import format_of_file, format_of_stream
from classlift.storage.meaning.checks import check_no_labels_among, check_order, check_rows_differ, check_scores
from classlift.storage.meaning.classes import ClassList, class_list
from classlift.storage.meaning.clusters import carrying, lies_beside
from classlift.storage.meaning.label_columns import label_texts, labels_of_file
from classlift.storage.meaning.layout import Layout, find_layout
from classlift.storage.meaning.pairing import LabelFile, shared_id
from classlift.storage.meaning.sample import Sample
from classlift.storage.meaning.settle import settle
from classlift.storage.options import ReadOptions
from classlift.storage.paths import is_remote, matching, not_a_file, place
from classlift.storage.read.chain import Chain
from classlift.storage.read.container import Container
from classlift.storage.read.ranges import ALL_ROWS, RowRange
from classlift.storage.scratch import Scratch, spool
from classlift.storage.source import BlockSource

if TYPE_CHECKING:
    from classlift.storage.remote import RemotePath

STDIN = "standard input"


def open_source(where: Any, options: ReadOptions, *, carried: Sequence[str] | None = None) -> BlockSource:  # noqa: ANN401
    """Open `where` as a source of predictions, with its other columns; of these only the `carried` where given."""
    options = folder_of_both(where, options)
    return source_of(open_container(where, options), options, carried=carried)


def open_shards(paths: Sequence[str], name: str, options: ReadOptions, span: RowRange) -> BlockSource:
    """Open a range of the rows of shards that are named one by one; `name` is what messages call them together."""
    from classlift.storage.many import chained  # noqa: PLC0415  (not everybody's way)

    return source_of(chained(name, [place(path) for path in paths], options.header, sort=False), options, span)


def source_of(
    box: Container, options: ReadOptions, span: RowRange = ALL_ROWS, *, carried: Sequence[str] | None = None
) -> BlockSource:
    """Make a source of a container, or of a range of its rows."""
    given = None
    if options.classes is not None:
        from classlift.storage.own.class_names import read_class_names  # noqa: PLC0415  (not everybody's way)

        with ours(str(options.classes)):
            given = read_class_names(options.classes)
    sample, label_sample, elsewhere = Sample(box), None, frozenset[str]()
    if options.labels is not None:
        with ours(str(options.labels)):
            label_sample = Sample(open_container(options.labels, options))
            elsewhere = label_texts(label_sample, options)
    layout = find_layout(box, options, given, sample, elsewhere)
    beside = (
        options.cluster if label_sample is not None and lies_beside(box, label_sample.box, options.cluster) else None
    )
    if carried is not None or options.cluster is not None:
        layout = carrying(box, layout, carried, None if beside else options.cluster)
    check_scores(box, layout)
    if isinstance(box, Chain) and not layout.labels and options.labels is None:
        check_no_labels_among(box, layout)
    if isinstance(box, Chain) and layout.labels:
        check_rows_differ(box, layout.labels[0])
    classes = _classes(box, layout, given, options)
    check_order(box, layout)
    label_file = None
    if label_sample is not None:
        with ours(str(options.labels)):
            found = _label_file(sample, layout, classes, options, label_sample, paired=span == ALL_ROWS)
            label_file = found._replace(cluster=beside)
    options, notes = settle(sample, layout, classes, options, label_sample or sample, label_file)
    return BlockSource(box, layout, classes, label_file, options, span, sample, notes)


def _label_file(
    scores: Sample, layout: Layout, classes: ClassList, options: ReadOptions, labels: Sample, *, paired: bool
) -> LabelFile:
    """The file of labels; where both files carry ids, rows pair by them."""
    if paired and isinstance(scores.box, Chain) and isinstance(labels.box, Chain):
        from classlift.storage.shards import check_paired  # noqa: PLC0415  (not everybody's way)

        check_paired(scores.box, labels.box)
    columns = labels_of_file(labels, options, classes.names, classes.n_classes)
    ids = shared_id(scores, labels, options.id, {*layout.scores, *columns})
    return LabelFile(labels.box, columns, ids)


def open_container(where: Any, options: ReadOptions) -> Container:  # noqa: ANN401
    """Open a path, folder, pattern, ``-``, mapping of arrays or DataFrame as a container."""
    if not isinstance(where, str | os.PathLike):
        from classlift.storage.read.memory import in_memory  # noqa: PLC0415  (not everybody's way)

        return in_memory(where)
    name = os.fspath(where)
    if name == "-":
        return _open_stdin(options)
    path = place(name)
    if path.is_dir() or (not path.exists() and any(sign in name for sign in "*?[")):
        from classlift.storage.many import chained, open_folder  # noqa: PLC0415  (not everybody's way)

        return open_folder(path, options.header) if path.is_dir() else chained(name, matching(path), options.header)
    if not path.exists():
        raise _missing(path)
    if not path.is_file():
        raise not_a_file(name)
    return format_of_file(path, name).open(path, name, options.header)


def folder_of_both(where: Any, options: ReadOptions) -> ReadOptions:  # noqa: ANN401
    """Options that name the files of labels and of class names which lie in the same folder as the scores."""
    if not isinstance(where, str | os.PathLike) or os.fspath(where) == "-":
        return options
    path = place(os.fspath(where))
    if not path.is_dir():
        return options
    from classlift.storage.shards import look_into  # noqa: PLC0415  (not everybody's way)

    found = look_into(path)
    labels = found.labels if options.labels is None and options.labels_key is None else None
    return replace(
        options,
        labels=options.labels if labels is None else str(labels),
        classes=str(found.classes) if options.classes is None and found.classes is not None else options.classes,
    )


def _open_stdin(options: ReadOptions) -> Container:
    """Spool standard input into a temporary file, since a source is read more than once."""
    scratch = Scratch()
    with ours(STDIN), scratch.path.open("wb") as file:
        spool(sys.stdin.buffer, file)
    path = scratch.path
    if options.format is None:
        found = format_of_stream(path)
    else:
        found = format_of_file(path, STDIN, "." + options.format.lower().lstrip("."))
    box = found.open(path, STDIN, options.header)
    box.scratch = scratch  # type: ignore[attr-defined]  # removed when the container is
    return box


def _missing(path: Path) -> ClassliftError:
    if is_remote(str(path)):
        return cast("RemotePath", path).missing()
    if not path.parent.is_dir():
        return ClassliftError(str(path), f"the folder {path.parent} does not exist", fix="check the path.")
    near = alike(path.name, [p.name for p in path.parent.iterdir()], 0.5)
    fix = f"did you mean {path.parent / near[0]}?" if near else "check the path."
    return ClassliftError(str(path), "no such file or folder", fix=fix)


def _classes(box: Container, layout: Layout, given: tuple[str, ...] | None, options: ReadOptions) -> ClassList:
    """Class list from, in this order, the user's file, an array of the file, the names of the columns."""
    if layout.binary:
        return class_list(2, given or layout.binary.names, str(options.classes or box.name))
    n_classes = len(layout.scores) if layout.suffixes is not None else box.columns[layout.scores[0]].width[0]
    if given is not None:
        named = layout.suffixes or box.columns[layout.scores[0]].members or None
        if named is not None and set(given) == set(named) and given != tuple(named):
            raise ClassliftError(
                str(options.classes),
                "names the classes in another order than the columns do",
                fix="leave out --classes, or write the names in the order of the columns.",
            )
        return class_list(n_classes, given, str(options.classes))
    if layout.class_names is not None:
        return class_list(n_classes, [str(name) for name in box.whole(layout.class_names)], box.name)
    return class_list(n_classes, layout.suffixes or box.columns[layout.scores[0]].members or None, box.name)

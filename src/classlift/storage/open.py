"""From what a user names, a path, a pattern, standard input, arrays, to a source."""

from __future__ import annotations

import difflib
import glob
import os
import shutil
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from classlift.errors import ClassliftError
from classlift.storage.errors import ours
from classlift.storage.formats import FORMATS, format_of_file, format_of_stream
from classlift.storage.meaning.classes import ClassList, class_list, read_class_file
from classlift.storage.meaning.layout import Layout, find_labels, find_layout
from classlift.storage.options import ReadOptions
from classlift.storage.paths import is_remote, place
from classlift.storage.read.chain import Chain
from classlift.storage.read.container import Column, Container, side_by_side
from classlift.storage.read.memory import MemoryContainer
from classlift.storage.read.npy import NpyContainer
from classlift.storage.read.ranges import ALL_ROWS, RowRange
from classlift.storage.shards import check_paired, in_order, look_into, without_number
from classlift.storage.source import BlockSource, LabelFile

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from classlift.storage.remote import RemotePath

MOST_CLASSES = 2**17
"""A block of more classes would not fit into the memory that we promise to stay within."""

STDIN = "standard input"
LOOKED_AT = 64
"""Rows of a shard that tell whether it holds labels."""


def open_source(where: Any, options: ReadOptions, *, carried: bool = True) -> BlockSource:  # noqa: ANN401
    """Open `where` as a source of predictions, with its other columns if `carried`."""
    options = _folder_of_both(where, options)
    return source_of(open_container(where, options), options, carried=carried)


def open_shards(paths: Sequence[str], name: str, options: ReadOptions, span: RowRange) -> BlockSource:
    """Open a range of the rows of shards that are named one by one; `name` is what messages call them together."""
    return source_of(_chain(name, [place(path) for path in paths], options.header, sort=False), options, span)


def source_of(box: Container, options: ReadOptions, span: RowRange = ALL_ROWS, *, carried: bool = True) -> BlockSource:
    """Make a source of a container, or of a range of its rows."""
    given = None
    if options.classes is not None:
        with ours(str(options.classes)):
            given = read_class_file(options.classes)
    layout = find_layout(box, options, given)
    layout = layout if carried else replace(layout, carried=())
    _check_scores(box, layout)
    if isinstance(box, Chain) and not layout.labels and options.labels is None:
        _check_no_labels_among(box, layout)
    classes = _classes(box, layout, given, options)
    _check_order(box, layout)
    label_file = None
    if options.labels is not None:
        with ours(str(options.labels)):
            label_box = open_container(options.labels, options)
            if span == ALL_ROWS and isinstance(box, Chain) and isinstance(label_box, Chain):
                check_paired(box, label_box)
            columns = find_labels(label_box, options, classes.n_classes, required=True)
        label_file = LabelFile(label_box, columns)
    return BlockSource(box, layout, classes, label_file, options, span)


def open_container(where: Any, options: ReadOptions) -> Container:  # noqa: ANN401
    """Open a path, folder, pattern, ``-``, mapping of arrays or DataFrame as a container."""
    if isinstance(where, Mapping):
        return MemoryContainer(where, "arrays")
    if hasattr(where, "columns") and hasattr(where, "to_numpy"):
        return MemoryContainer({key: _column(where[key]) for key in where.columns}, "DataFrame")
    name = os.fspath(where)
    if name == "-":
        return _open_stdin(options)
    path = place(name)
    if path.is_dir():
        return _open_folder(path, options.header)
    if not path.exists() and any(sign in name for sign in "*?["):
        return _chain(name, _matches(path, name), options.header)
    if not path.exists():
        raise _missing(path)
    if not path.is_file():
        raise ClassliftError(
            name, "is a pipe or a device, not a file", fix="pass - as the name and pipe it into standard input."
        )
    return format_of_file(path, name).open(path, name, options.header)


def _column(series: Any) -> NDArray:  # noqa: ANN401
    """A column of a DataFrame; None where pandas has a missing value of its own."""
    values: NDArray = series.to_numpy()
    missing = series.isna().to_numpy() if values.dtype == object else None
    if missing is not None and missing.any():
        values = values.copy()
        values[missing] = None
    return values


def _matches(path: Path, name: str) -> list[Path]:
    if is_remote(name):
        return cast("RemotePath", path).matches()  # type: ignore[return-value]
    return [Path(match) for match in glob.glob(name)]  # noqa: PTH207 (a pattern may be absolute)


def _open_folder(path: Path, header: bool | None) -> Container:
    found = look_into(path)
    box = _chain(str(path), list(found.shards), header)
    box.notes = found.notes  # type: ignore[attr-defined]  # told with what the source has to say
    return box


def _folder_of_both(where: Any, options: ReadOptions) -> ReadOptions:  # noqa: ANN401
    """Options that name the files of labels and of class names which lie in the same folder as the scores."""
    if isinstance(where, Mapping) or hasattr(where, "columns") or os.fspath(where) == "-":
        return options
    path = place(os.fspath(where))
    if not path.is_dir():
        return options
    found = look_into(path)
    labels = found.labels if options.labels is None and options.labels_key is None else None
    return replace(
        options,
        labels=options.labels if labels is None else str(labels),
        classes=str(found.classes) if options.classes is None and found.classes is not None else options.classes,
    )


def _chain(name: str, paths: list[Path], header: bool | None = None, *, sort: bool = True) -> Container:
    if not paths:
        raise ClassliftError(
            name, "no file in it can be read", fix=f"put files there that end in {', '.join(FORMATS)}."
        )
    shards = []
    for path in in_order(paths) if sort else paths:
        with ours(str(path)):
            shards.append(format_of_file(path, str(path)).open(path, str(path), header))
    if len(shards) == 1:
        return shards[0]
    arrays = [shard for shard in shards if isinstance(shard, NpyContainer)]
    key = without_number(arrays[0].key) if arrays else ""
    for shard in arrays:  # what they hold is named after the file
        shard.called(key)
    return Chain(name, shards)


def _open_stdin(options: ReadOptions) -> Container:
    """Spool standard input into a temporary file, since a source is read more than once."""
    spool = tempfile.NamedTemporaryFile(prefix="classlift-")  # noqa: SIM115 (it lives as long as the container)
    shutil.copyfileobj(sys.stdin.buffer, spool, 1 << 20)
    spool.flush()
    path = Path(spool.name)
    if options.format is None:
        found = format_of_stream(path)
    else:
        found = format_of_file(path, STDIN, "." + options.format.lower().lstrip("."))
    box = found.open(path, STDIN, options.header)
    box.spool = spool  # type: ignore[attr-defined]  # removed when the container is
    return box


def _missing(path: Path) -> ClassliftError:
    if is_remote(str(path)):
        return cast("RemotePath", path).missing()
    if not path.parent.is_dir():
        return ClassliftError(str(path), f"the folder {path.parent} does not exist", fix="check the path.")
    near = difflib.get_close_matches(path.name, [p.name for p in path.parent.iterdir()], 1, 0.5)
    fix = f"did you mean {path.parent / near[0]}?" if near else "check the path."
    return ClassliftError(str(path), "no such file or folder", fix=fix)


def _check_no_labels_among(box: Chain, layout: Layout) -> None:
    """Refuse shards of which some hold one-hot rows alone, as labels do, and some do not."""
    one_hot = {shard.name: _is_one_hot(shard, layout.scores) for shard in box.shards}
    if any(one_hot.values()) and not all(one_hot.values()):
        name = next(name for name, found in one_hot.items() if found)
        raise ClassliftError(
            name,
            "has one 1 and else 0 in its rows, as one-hot labels do, and other shards do not",
            fix=f"name the file of scores alone, and this one with --labels {name}.",
        )


def _is_one_hot(shard: Container, names: Sequence[str]) -> bool:
    chunk = next(iter(shard.chunks(names, [], LOOKED_AT)), None)
    if chunk is None:
        return False
    rows = chunk[names[0]] if len(names) == 1 else side_by_side([chunk[name] for name in names])
    rows = rows[:LOOKED_AT]
    return bool(((rows == 0) | (rows == 1)).all() and (rows.sum(axis=1) == 1).all())


def _check_scores(box: Container, layout: Layout) -> None:
    n_classes = len(layout.scores) if layout.suffixes is not None else (*box.columns[layout.scores[0]].width, 0)[0]
    if n_classes > MOST_CLASSES:
        raise ClassliftError(
            box.name,
            f"has {n_classes:,} classes, expected at most {MOST_CLASSES:,}",
            fix="give scores of fewer classes.",
        )
    if layout.suffixes is not None:
        return
    name = layout.scores[0]
    column: Column = box.columns[name]
    if len(column.width) != 1 or column.width[0] < 2 or column.is_text:
        raise ClassliftError(
            f"{box.name}, {name!r}",
            f"scores have shape {column.shape}, expected (n_samples, n_classes) with at least 2 classes",
            fix="save one column per class; for a binary model save both 1 - p and p.",
        )


def _check_order(box: Container, layout: Layout) -> None:
    """Refuse numbers as labels of classes that every row names in another order."""
    scores = box.columns[layout.scores[0]]
    if scores.in_order or not layout.labels or box.columns[layout.labels[0]].dtype.kind not in "iu":
        return
    shown = ", ".join(scores.members[:4])
    raise ClassliftError(
        f"{box.name}, {layout.labels[0]!r}",
        f"labels are numbers, and the classes in {layout.scores[0]!r} have names ({shown} …) and no order",
        fix="save the labels as names of the classes.",
    )


def _classes(box: Container, layout: Layout, given: tuple[str, ...] | None, options: ReadOptions) -> ClassList:
    """Class list from, in this order, the user's file, an array of the file, the names of the columns."""
    n_classes = len(layout.scores) if layout.suffixes is not None else box.columns[layout.scores[0]].width[0]
    if given is not None:
        return class_list(n_classes, given, str(options.classes))
    if layout.class_names is not None:
        return class_list(n_classes, [str(name) for name in box.whole(layout.class_names)], box.name)
    return class_list(n_classes, layout.suffixes or box.columns[layout.scores[0]].members or None, box.name)

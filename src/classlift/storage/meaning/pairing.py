"""Labels in a file of their own: rows pair by id where both files carry one, else by their order."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from classlift.errors import ClassliftError
from classlift.storage.meaning import names as known
from classlift.storage.meaning.sample import as_text
from classlift.storage.read.container import side_by_side
from classlift.storage.read.rechunk import chunk_rows

if TYPE_CHECKING:
    from collections.abc import Collection

    from numpy.typing import NDArray

    from classlift.storage.read.container import Chunk, Container

ROWS = 1 << 16


@dataclass(frozen=True)
class LabelFile:
    """The other file that holds the labels: which of its columns, and the ids in it and in the file of scores."""

    box: Container
    columns: tuple[str, ...]
    ids: tuple[str, str] | None = None


@dataclass
class LabelsById:
    """Labels by id, and how many of them were asked for.

    Parameters
    ----------
    file : LabelFile
        Whose labels are read whole.
    asked : set of str
        Ids that were asked for in this pass.
    missing : int
        How many of them have no label.
    """

    file: LabelFile
    asked: set[str] = field(default_factory=set)
    missing: int = 0

    def __post_init__(self) -> None:
        assert self.file.ids is not None
        _, theirs = self.file.ids
        self.rows: dict[str, int] = {}
        parts = []
        for chunk in self.file.box.chunks([], list(dict.fromkeys([theirs, *self.file.columns])), ROWS):
            for key in map(as_text, chunk[theirs].tolist()):
                if key in self.rows:
                    raise ClassliftError(
                        self.file.box.name,
                        f"has the {theirs} {key!r} more than once",
                        fix="keep one label for each id, or name another column with --id.",
                    )
                self.rows[key] = len(self.rows)
            parts.append(np.array(joined(chunk, self.file.columns)))
        self.labels: NDArray = np.concatenate(parts) if parts else np.empty(0, np.int64)

    def of(self, ids: NDArray, where: str) -> tuple[NDArray, NDArray[np.bool_]]:
        """Labels of the rows with these ids, and which of the rows have one."""
        keys = [as_text(value) for value in ids.tolist()]
        at = np.array([self.rows.get(key, -1) for key in keys], np.int64)
        if len(set(keys)) < len(keys) or not self.asked.isdisjoint(keys):
            twice = next(k for i, k in enumerate(keys) if k in self.asked or k in keys[:i])
            raise ClassliftError(
                where,
                f"has the id {twice!r} more than once",
                fix="give every row an id of its own, or name another column with --id.",
            )
        self.asked.update(keys)
        found = at >= 0
        self.missing += int((~found).sum())
        if not found.any() and keys:
            raise ClassliftError(
                self.file.box.name,
                f"has none of the ids of {where}, the first one {keys[0]!r}",
                fix="give the labels of the same rows, or name another column with --id.",
            )
        return (self.labels[np.maximum(at, 0)] if len(self.labels) else self.labels), found

    def restart(self) -> None:
        """Forget which ids were asked for: a new pass begins."""
        self.asked.clear()
        self.missing = 0

    def notes(self) -> tuple[str, ...]:
        """How many rows of either side have no partner."""
        assert self.file.ids is not None
        left = len(self.rows) - (len(self.asked) - self.missing)
        parts = [f"{self.missing:,} rows of scores have no label"] if self.missing else []
        parts += [f"{left:,} labels have no row of scores"] if left else []
        return (f"labels paired by {self.file.ids[0]}" + (": " + ", ".join(parts) if parts else ""),)


def shared_id(
    scores: Container, labels: Container, wanted: str | None, taken: Collection[str]
) -> tuple[str, str] | None:
    """The columns of ids in the file of scores and in that of labels."""
    ours, theirs = (
        {known.folded(name): name for name, column in box.columns.items() if not column.width and name not in taken}
        for box in (scores, labels)
    )
    if wanted is not None:
        for box in (scores, labels):
            if wanted not in box.columns:
                raise ClassliftError(
                    box.name,
                    f"has no column {wanted!r}, expected one of {', '.join(box.columns)}",
                    fix="name a column that both files have with --id.",
                )
        return wanted, wanted
    both = [name for name in ours if name in theirs and known.is_id(name)]
    weak = ("index", "row", "rowindex", "")
    both.sort(key=lambda name: name in weak)
    if both:
        return ours[both[0]], theirs[both[0]]
    one, two = ([n for key, n in side.items() if known.is_id(key) and key not in weak] for side in (ours, theirs))
    return (one[0], two[0]) if len(one) == len(two) == 1 and _alike(scores, one[0], labels, two[0]) else None


def _alike(scores: Container, ours: str, labels: Container, theirs: str) -> bool:
    """Whether two columns of other names hold the same ids in their first rows."""
    from classlift.storage.meaning.sample import Sample  # noqa: PLC0415

    a, b = set(Sample(scores).texts(ours)), set(Sample(labels).texts(theirs))
    return bool(a & b) and not all(t.isdigit() for t in a)


def joined(chunk: Chunk, names: tuple[str, ...]) -> NDArray:
    """One column, or several side by side."""
    if not names or not chunk_rows(chunk):
        return np.empty(0)
    return chunk[names[0]] if len(names) == 1 else side_by_side([chunk[name] for name in names])

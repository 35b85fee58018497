"""Labels in a file of their own: rows pair by id where both files carry one, else by their order."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from classlift.errors import ClassliftError
from classlift.storage.meaning import names as known
from classlift.storage.meaning.sample import as_text
from classlift.storage.read.container import side_by_side
from classlift.storage.read.rechunk import chunk_rows

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from numpy.typing import NDArray

    from classlift.storage.meaning.sample import Sample
    from classlift.storage.read.container import Chunk, Container

LABELS, FOUND, CLUSTERS = "\0labels", "\0found", "\0clusters"
"""Keys of what a file of labels gives in a chunk; no file can use them."""

ROWS = 1 << 16
FEWEST_IDS = 5
ROW_NUMBERS = ("index", "row", "rowindex", "")
"""Names of ids that may only count the rows of their own file: any other id is better."""


class LabelFile(NamedTuple):
    """The other file that holds the labels: which of its columns, the ids in it and in the file of scores, clusters."""

    box: Container
    columns: tuple[str, ...]
    ids: tuple[tuple[str, ...], tuple[str, ...]] | None = None
    cluster: str | None = None

    @property
    def wanted(self) -> list[str]:
        """Columns that are read row by row."""
        return list(dict.fromkeys([*self.columns, *([] if self.cluster is None else [self.cluster])]))

    def part(self, chunk: Chunk) -> dict[str, NDArray]:
        """Labels, and clusters where they are wanted, of some rows; copies."""
        found = {LABELS: np.array(joined(chunk, self.columns))}
        return found if self.cluster is None else {**found, CLUSTERS: np.array(chunk[self.cluster])}


@dataclass
class LabelsById:
    """Labels by id, and how many of them were asked for.

    Parameters
    ----------
    file : LabelFile
        Whose labels are read whole.
    asked : set of str
        Ids that were asked for in this pass.
    missing, repeated : int
        How many rows have no label, and how many the id of a row before.
    """

    file: LabelFile
    asked: set[str] = field(default_factory=set)
    missing: int = 0
    repeated: int = 0

    def __post_init__(self) -> None:
        assert self.file.ids is not None
        _, theirs = self.file.ids
        self.rows: dict[str, int] = {}
        parts = []
        for chunk in self.file.box.chunks([], list(dict.fromkeys([*theirs, *self.file.wanted])), ROWS):
            for key in keys_of([chunk[name] for name in theirs]):
                if key in self.rows:
                    raise ClassliftError(
                        self.file.box.name,
                        f"has the {', '.join(theirs)} {key!r} more than once",
                        fix="keep one label for each id, or name another column with --id.",
                    )
                self.rows[key] = len(self.rows)
            parts.append(self.file.part(chunk))
        nothing = {LABELS: np.empty(0, np.int64)}
        self.values = {key: np.concatenate([p[key] for p in parts]) for key in parts[0]} if parts else nothing

    def of(self, keys: list[str], where: str) -> dict[str, NDArray]:
        """Labels, and clusters, of the rows with these ids, and which of the rows have one."""
        at = np.array([self.rows.get(key, -1) for key in keys], np.int64)
        distinct = set(keys)
        self.repeated += len(keys) - len(distinct) + len(distinct & self.asked)
        self.asked.update(keys)
        found = at >= 0
        self.missing += int((~found).sum())
        if not found.any() and keys:
            raise ClassliftError(
                self.file.box.name,
                f"has none of the ids of {where}, the first one {keys[0]!r}",
                fix="give the labels of the same rows, or name another column with --id.",
            )
        rows = np.maximum(at, 0) if self.rows else slice(0)
        return {FOUND: found} | {key: column[rows] for key, column in self.values.items()}

    def restart(self) -> None:
        """Forget which ids were asked for: a new pass begins."""
        self.asked.clear()
        self.missing = self.repeated = 0

    def notes(self) -> tuple[str, ...]:
        """How many rows of either side have no partner."""
        assert self.file.ids is not None
        left = sum(key not in self.asked for key in self.rows)
        parts = [f"{self.missing:,} rows of scores have no label"] if self.missing else []
        parts += [f"{left:,} labels have no row of scores"] if left else []
        parts += [f"{self.repeated:,} rows have the id of a row before them"] if self.repeated else []
        return (f"labels paired by {' and '.join(self.file.ids[0])}" + (": " + ", ".join(parts) if parts else ""),)


def keys_of(columns: Sequence[NDArray]) -> list[str]:
    """Ids of rows as text, those of several columns together."""
    texts = [list(map(as_text, column.tolist())) for column in columns]
    return texts[0] if len(texts) == 1 else list(map(", ".join, zip(*texts, strict=True)))


def shared_id(
    scores: Sample, labels: Sample, wanted: str | None, taken: Collection[str]
) -> tuple[tuple[str, ...], tuple[str, ...]] | None:
    """The columns of ids in the file of scores and in that of labels: of usual names, else of the same values.

    Where no column by itself tells rows apart, those that both files have do it together.
    """
    one = _shared_column(scores, labels, wanted, taken)
    return ((one[0],), (one[1],)) if one else _together(scores, labels, taken)


def _together(scores: Sample, labels: Sample, taken: Collection[str]) -> tuple[tuple[str, ...], tuple[str, ...]] | None:
    """All columns that both files have, if rows have other values in them, and half of the first ones are shared."""
    shared = [
        name
        for name in scores.plain
        if name in labels.box.columns and name in labels.plain and name not in taken
        and scores.box.columns[name].dtype.kind in "OUTiu" and not known.is_predicted(name) and not known.is_label(name)
    ]  # fmt: skip
    if len(shared) < 2:
        return None
    ours = keys_of([scores.values(name) for name in shared])
    theirs = keys_of([labels.box.whole(name) for name in shared])
    every = set(theirs)
    whole = len(every) == len(theirs) and len(ours) == len(set(ours)) >= FEWEST_IDS
    if not whole or 2 * sum(key in every for key in ours) < min(len(ours), len(every)):
        return None
    return tuple(shared), tuple(shared)


def _shared_column(
    scores: Sample, labels: Sample, wanted: str | None, taken: Collection[str]
) -> tuple[str, str] | None:
    if wanted is not None:
        for box in (scores.box, labels.box):
            if wanted not in box.columns:
                raise ClassliftError(
                    box.name,
                    f"has no column {wanted!r}, expected one of {', '.join(box.columns)}",
                    fix="name a column that both files have with --id.",
                )
        return wanted, wanted
    ours, theirs = (
        {known.folded(name): name for name, c in one.box.columns.items() if not c.width and name not in taken}
        for one in (scores, labels)
    )
    both = [name for name in ours if name in theirs and known.is_id(name)]
    usual = [name for name in both if name not in ROW_NUMBERS]
    if usual:
        return ours[usual[0]], theirs[usual[0]]
    found = _same_values(scores, ours, labels, theirs)
    return found or ((ours[both[0]], theirs[both[0]]) if both else None)


def _same_values(
    scores: Sample, ours: Mapping[str, str], labels: Sample, theirs: Mapping[str, str]
) -> tuple[str, str] | None:
    """Columns that hold the same ids, under one name if there are such; other names must leave no choice."""
    a, b = (
        {key: ids for key, name in names.items() if key not in ROW_NUMBERS and (ids := _first_ids(sample, name))}
        for sample, names in ((scores, ours), (labels, theirs))
    )
    alike = sorted((key for key in a if key in b), key=lambda key: all(map(str.isdigit, a[key])))
    for key in alike:
        if _hold_the_same(a[key], labels, theirs[key]):
            return ours[key], theirs[key]
    pairs = [
        (ours[one], theirs[two])
        for one in a
        for two in b
        if one != two and not all(map(str.isdigit, a[one])) and _hold_the_same(a[one], labels, theirs[two])
    ]
    return pairs[0] if len(pairs) == 1 else None


def _first_ids(sample: Sample, name: str) -> list[str]:
    """First values of a column that can be ids, all different; none where it cannot."""
    if name not in sample.plain or known.is_label(name) or known.is_predicted(name):
        return []
    values = sample.values(name)
    if values.dtype.kind == "b" or (values.dtype.kind == "f" and not (values == np.floor(values)).all()):
        return []
    texts = sample.texts(name)
    whole = len(texts) == len(values) >= FEWEST_IDS and len(set(texts)) == len(texts)
    return texts if whole and not all(map(_is_decimal, texts)) else []


def _is_decimal(text: str) -> bool:
    """Whether a text is a number, but not a whole one."""
    try:
        return not float(text).is_integer()
    except (ValueError, OverflowError):
        return False


def _hold_the_same(ids: list[str], labels: Sample, name: str) -> bool:
    """Whether every label has another id, and half of these ids, or of the labels, are shared."""
    every = [as_text(value) for value in labels.box.whole(name).tolist()]
    theirs = set(every)
    return len(theirs) == len(every) and 2 * sum(one in theirs for one in ids) >= min(len(ids), len(theirs))


def joined(chunk: Chunk, names: tuple[str, ...]) -> NDArray:
    """One column, or several side by side."""
    if not names or not chunk_rows(chunk):
        return np.empty(0)
    return chunk[names[0]] if len(names) == 1 else side_by_side([chunk[name] for name in names])

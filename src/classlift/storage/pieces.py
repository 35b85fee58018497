"""A source cut into pieces of whole blocks: other processes and machines open a piece by itself.

Pieces end where blocks of the whole source end, so that every block, and every sum of one, is the same wherever it is
made.
"""

from __future__ import annotations

import bisect
import itertools
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple, Self

from classlift.data.doubts import Doubts
from classlift.data.repairs import Repairs
from classlift.data.repeats import Repeats
from classlift.errors import ClassliftError
from classlift.storage.errors import ours
from classlift.storage.open import STDIN, open_container, open_shards
from classlift.storage.options import ReadOptions
from classlift.storage.paths import is_remote, place
from classlift.storage.read.chain import Chain
from classlift.storage.read.memory import MemoryContainer
from classlift.storage.read.ranges import RowRange, starts_of
from classlift.storage.read.rechunk import block_rows, chunk_rows

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from classlift.storage.read.container import Container
    from classlift.storage.source import BlockSource

    Mapper = Callable[[Callable[["ShardFile"], int], Sequence["ShardFile"]], Iterable[int]]

LARGEST = 64
"""Most blocks in a piece: what is lost with a worker stays small."""

PIECES_EACH = 8
"""Pieces for each worker, so that a slow one holds up little."""


@dataclass(frozen=True)
class ShardFile:
    """One file, the column that tells its number of rows, and whether it has a header where the user says it."""

    path: str
    column: str
    header: bool | None = None


@dataclass(frozen=True)
class FilePiece:
    """Some rows of a source, named so that any process that sees the files can open them.

    Parameters
    ----------
    paths : tuple of str
        The files that hold these rows, in order.
    name : str
        What messages call them.
    options : ReadOptions
        How to read.
    span : RowRange
        Which rows of these files.
    known : bool
        Whether somebody has looked for what is odd about its rows.
    """

    paths: tuple[str, ...]
    name: str
    options: ReadOptions
    span: RowRange
    known: bool = False

    def open(self) -> BlockSource:
        """Open it as a source."""
        with ours(self.name):
            source = open_shards(self.paths, self.name, self.options, self.span)
        source.title = self.name
        if self.known:
            source.repairs = Repairs(doubts=Doubts(source.n_classes), repeats=Repeats())
        return source

    def again(self) -> FilePiece:
        """Give the same to be read once more."""
        return replace(self, known=True)


def plan(source: BlockSource, workers: int, mapper: Mapper) -> list[FilePiece]:
    """Cut a source of files into pieces.

    Parameters
    ----------
    source : BlockSource
        All the rows, as this process sees them.
    workers : int
        How many will work at once.
    mapper : callable
        ``mapper(function, items)`` calls the function for each item; it counts rows where no header tells them.

    Returns
    -------
    list of FilePiece
        In the order of the rows.

    Raises
    ------
    ClassliftError
        If the rows are not in files.
    """
    files = _Files.of(source, mapper)
    return files.pieces(files.cuts(files.goal(workers)))


def plan_beside(
    source: BlockSource, other: BlockSource, workers: int, mapper: Mapper
) -> tuple[list[FilePiece], list[FilePiece]]:
    """Cut two sources of as many classes at the same rows.

    They are cut where `plan` cuts the first, but where reading of the other would begin more than a piece before.
    """
    one, two = _Files.of(source, mapper), _Files.of(other, mapper)
    goal = one.goal(workers)
    starts = [*two.starts()]
    cuts = [cut for cut in one.cuts(goal) if not cut or (two.holds(cut) and cut - _last_start(starts, cut) < goal)]
    return one.pieces(cuts), two.pieces(cuts)


def count_rows(shard: ShardFile) -> int:
    """Count the rows of a file that does not tell them, by reading it."""
    box = open_container(shard.path, ReadOptions(header=shard.header))
    return sum(chunk_rows(chunk) for chunk in box.chunks([], [shard.column], 1))


def _shards(source: BlockSource) -> list[Container]:
    box = source.box
    if isinstance(box, MemoryContainer) or box.name == STDIN:
        raise ClassliftError(
            box.name, "is seen only by this process", fix="name a file, folder or pattern, or leave out --engine."
        )
    return list(box.shards) if isinstance(box, Chain) else [box]


def _offsets(shards: Sequence[Container], column: str, header: bool | None, mapper: Mapper) -> list[int]:
    """First row of each shard, and the number of rows."""
    known = [shard.columns[column].rows for shard in shards]
    unknown = [i for i, rows in enumerate(known[:-1]) if rows is None]
    files = [ShardFile(_absolute(shards[i].name), column, header) for i in unknown]
    counted = dict(zip(unknown, mapper(count_rows, files) if files else (), strict=True))
    return list(itertools.accumulate((counted.get(i, rows) or 0 for i, rows in enumerate(known)), initial=0))


class _Files(NamedTuple):
    """The files of a source, the column that tells their rows, the first row of each and the number of all rows.

    The last file may be as long as it likes where its format does not tell.
    """

    source: BlockSource
    shards: list[Container]
    column: str
    offsets: list[int]
    size: int

    @classmethod
    def of(cls, source: BlockSource, mapper: Mapper) -> Self:
        shards, column = _shards(source), source.layout.scores[0]
        offsets = _offsets(shards, column, source.options.header, mapper)
        return cls(source, shards, column, offsets, block_rows(source.n_classes))

    def goal(self, workers: int) -> int:
        """Rows of a piece, in whole blocks."""
        return max(1, min(LARGEST, -(-self.offsets[-1] // (self.size * workers * PIECES_EACH)))) * self.size

    def starts(self) -> Iterator[int]:
        """Rows at which reading can start at no cost."""
        for shard, offset in zip(self.shards, self.offsets, strict=False):
            yield from (offset + start for start in starts_of(shard, self.column, self.size))

    def holds(self, row: int) -> bool:
        """Whether there may be such a row."""
        return row < self.offsets[-1] or self.shards[-1].columns[self.column].rows is None

    def cuts(self, goal: int) -> Iterator[int]:
        """Row at which each piece starts: the end of a block at or after a place where reading can start."""
        last = 0
        yield last
        for start in self.starts():
            cut = -(-start // self.size) * self.size
            if cut - last >= goal and self.holds(cut):
                yield (last := cut)

    def pieces(self, cuts: Iterable[int]) -> list[FilePiece]:
        """Pieces that begin at these rows."""
        starts = list(cuts)
        options = _everywhere(self.source.options, self.source)
        paths = [_absolute(shard.name) for shard in self.shards]
        return [
            _piece(paths, self.source.name, options, self.offsets, start, end)
            for start, end in itertools.zip_longest(starts, starts[1:])
        ]


def _last_start(starts: Sequence[int], row: int) -> int:
    """Last of some rising rows at or before a row; 0 where there is none."""
    return starts[at - 1] if (at := bisect.bisect_right(starts, row)) else 0


def _piece(
    paths: Sequence[str], name: str, options: ReadOptions, offsets: Sequence[int], start: int, end: int | None
) -> FilePiece:
    first = max(0, bisect.bisect_right(offsets, start, hi=len(paths)) - 1)
    stop = len(paths) if end is None else bisect.bisect_left(offsets, end, hi=len(paths))
    span = RowRange(start - offsets[first], None if end is None else end - start, start)
    return FilePiece(tuple(paths[first:stop]), name, options, span)


def _everywhere(options: ReadOptions, source: BlockSource) -> ReadOptions:
    """Options of a piece: what this process found out, and names that are right in any folder."""
    labels, classes = (None if path is None else _absolute(path) for path in (options.labels, options.classes))
    return replace(options, kind=source.kind, labels=labels, classes=classes)


def _absolute(path: str | os.PathLike[str]) -> str:
    return str(path) if is_remote(path) else str(place(path).absolute())

"""Shards read one after another, as if they were one file."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from classlift.errors import ClassliftError
from classlift.storage.read.head import first_rows
from classlift.storage.read.ranges import RowRange, chunks_of, dropped, starts_of
from classlift.storage.read.rechunk import chunk_rows

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from classlift.storage.read.container import Chunk, Column, Container


HEAD = 2048


class Chain:
    """Containers with the same columns, in order.

    Parameters
    ----------
    name : str
        What messages call the folder or pattern.
    shards : sequence of Container
        At least one.
    """

    def __init__(self, name: str, shards: Sequence[Container]) -> None:
        self.name, self.shards = name, shards
        self.first = shards[0]
        self.refused = self.first.refused
        self.slow = any(shard.slow for shard in shards)
        self.starts_of_shards: dict[int, str] = {}
        for shard in shards[1:]:
            _check_alike(self.first, shard)
        self.columns = {key: self._joined(key, column) for key, column in self.first.columns.items()}

    def chunks(self, numbers: Sequence[str], others: Sequence[str], rows: int) -> Iterator[Chunk]:
        """Yield the rows of all shards."""
        start = 0
        for shard in self.shards:
            self.starts_of_shards[start] = shard.name
            for chunk in shard.chunks(numbers, others, rows):
                yield chunk
                start += chunk_rows(chunk)

    def head(self, names: Sequence[str]) -> Mapping[str, NDArray]:
        """First rows of the first shard."""
        return first_rows(self.first, names, HEAD)

    def starts(self, name: str, step: int) -> Sequence[int]:
        """Rows at which reading of a shard may start, as far as the rows before it are known."""
        found, before = [], 0
        for shard in self.shards:
            found += [before + row for row in starts_of(shard, name, step)]
            rows = shard.columns[name].rows
            if rows is None:
                break
            before += rows
        return found

    def chunks_from(self, start: int, numbers: Sequence[str], others: Sequence[str], rows: int) -> Iterator[Chunk]:
        """Yield the rows from `start` on; whole shards before it are skipped where their number of rows is known."""
        before = 0
        for shard in self.shards:
            self.starts_of_shards[before] = shard.name
            known = shard.columns[next(iter([*numbers, *others]))].rows
            if known is not None and before + known <= start:
                before += known
                continue
            if known is None:  # only reading tells where it ends
                for chunk in shard.chunks(numbers, others, rows):
                    yield from dropped([chunk], max(0, start - before))
                    before += chunk_rows(chunk)
                continue
            yield from chunks_of(shard, RowRange(max(0, start - before)), numbers, others, rows)
            before += known

    def whole(self, name: str) -> NDArray:
        """One small array, which must be the same in every shard."""
        values = self.first.whole(name).copy()
        for shard in self.shards[1:]:
            if not np.array_equal(values, shard.whole(name)):
                raise ClassliftError(
                    shard.name,
                    f"its array {name!r} differs from the one in {self.first.name}",
                    fix="read only shards of the same model together.",
                )
        return values

    def locate(self, row: int) -> str:
        """The shard that was read to reach `row`, and the row in it."""
        start = max((s for s in self.starts_of_shards if s <= row), default=0)
        return f"{self.starts_of_shards.get(start, self.name)}, row {row - start}"

    def _joined(self, key: str, column: Column) -> Column:
        parts = [shard.columns[key].rows for shard in self.shards]
        known = [rows for rows in parts if rows is not None]
        total = sum(known) if len(known) == len(parts) else None
        return column._replace(rows=total)


def _check_alike(first: Container, shard: Container) -> None:
    same = set(first.columns) == set(shard.columns)
    truth = next((k for k, a in first.columns.items() if same and _is_truth(a) != _is_truth(shard.columns[k])), None)
    if truth is not None:
        raise ClassliftError(
            f"{shard.name}, {truth!r}",
            f"is {shard.columns[truth].dtype}, {first.columns[truth].dtype} in {first.name}",
            fix="save it as whole numbers, or as true and false, in every shard.",
        )
    for key in first.columns if same else ():
        a, b = first.columns[key], shard.columns[key]
        same &= a.width == b.width and a.is_text == b.is_text and a.members == b.members
    if not same:
        raise ClassliftError(
            shard.name,
            f"its columns differ from those of {first.name}",
            fix="keep shards of one export in a folder of their own, or name them with a quoted pattern.",
        )


def _is_truth(column: Column) -> bool:
    return column.dtype.kind == "b"

"""Files with several rows of scores for each sample: one array of shape (n_samples, views, n_classes)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from classlift.storage.open import folder_of_both, open_container, source_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from classlift.storage.options import ReadOptions
    from classlift.storage.read.container import Chunk, Column, Container
    from classlift.storage.source import BlockSource


def sources_of_views(where: Any, options: ReadOptions) -> tuple[BlockSource, ...]:  # noqa: ANN401
    """Open a source for each view where one array holds several, else one source."""
    options = folder_of_both(where, options)
    box = open_container(where, options)
    name = _array_of_views(box, options)
    if name is None:
        return (source_of(box, options),)
    return tuple(source_of(OneView(box, name, view), options) for view in range(box.columns[name].width[0]))


def _array_of_views(box: Container, options: ReadOptions) -> str | None:
    """The one array of numbers for each sample, view and class, unless other scores are named."""
    found = [name for name, column in box.columns.items() if len(column.width) == 2 and column.dtype.kind == "f"]
    if options.scores_key is not None:
        return options.scores_key if options.scores_key in found else None
    flat = any(len(column.width) == 1 and column.dtype.kind == "f" for column in box.columns.values())
    return found[0] if len(found) == 1 and not flat else None


@dataclass(frozen=True)
class OneView:
    """A container of which one array shows a single view.

    Parameters
    ----------
    box : Container
        The container behind it.
    array : str
        Name of the array of shape (n_samples, views, n_classes).
    view : int
        Which view, counted from 0.
    """

    box: Container
    array: str
    view: int

    @property
    def name(self) -> str:
        """What messages call it."""
        return f"{self.box.name}, view {self.view}"

    @property
    def slow(self) -> bool:
        """Whether reading it again costs much."""
        return self.box.slow

    @property
    def refused(self) -> Mapping[str, str]:
        """Columns that cannot be read safely."""
        return self.box.refused

    @property
    def notes(self) -> tuple[str, ...]:
        """What the container has to say."""
        return tuple(getattr(self.box, "notes", ()))

    @cached_property
    def columns(self) -> dict[str, Column]:
        """The columns, with one view of the array."""
        whole = self.box.columns[self.array]
        return {**self.box.columns, self.array: whole._replace(width=whole.width[1:])}

    def chunks(self, numbers: Sequence[str], others: Sequence[str], rows: int) -> Iterator[Chunk]:
        """Yield successive rows."""
        for chunk in self.box.chunks(numbers, others, rows):
            seen = {self.array: np.ascontiguousarray(chunk[self.array][:, self.view])} if self.array in chunk else {}
            yield {**chunk, **seen}

    def whole(self, name: str) -> np.ndarray:
        """One small column, read whole."""
        values = self.box.whole(name)
        return values[:, self.view] if name == self.array else values

    def locate(self, row: int) -> str:
        """Where `row` lies, for messages."""
        return f"{self.box.locate(row)}, view {self.view}"

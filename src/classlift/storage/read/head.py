"""The first rows of a container, as cheaply as the format allows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, runtime_checkable

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from classlift.storage.read.container import Container


@runtime_checkable
class Headed(Protocol):
    """A container that reads its first rows without more of the file."""

    def head(self, names: Sequence[str]) -> Mapping[str, NDArray]:
        """First rows of columns; a cell that is not a number where one should be is NaN."""


def first_rows(box: Container, names: Sequence[str], rows: int) -> dict[str, NDArray]:
    """First rows of columns, copied."""
    if isinstance(box, Headed):
        return {name: values[:rows] for name, values in box.head(names).items()}
    chunks = box.chunks([], names, rows)
    first = next(iter(chunks), None)
    if first is None:
        return {name: np.empty((0, *box.columns[name].width), box.columns[name].dtype) for name in names}
    return {name: first[name][:rows].copy() for name in names}

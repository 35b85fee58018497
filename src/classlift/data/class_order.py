"""Columns in the order of a layer, or of another result: classes are matched by name, numbers too."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from classlift.data.classes import by_spelling, check_same_classes, inner_names, spelling
from classlift.data.source import Noted, SourceView
from classlift.errors import ClassliftError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from classlift.data.predictions import Predictions
    from classlift.data.source import PredictionSource

Names = tuple[str, ...]


def in_order_of(source: PredictionSource, classes: Names | None, n_classes: int, other: str) -> PredictionSource:
    """A source whose columns are in the order of `classes`, the names of a layer or of another result.

    Parameters
    ----------
    source : PredictionSource
        Predictions of the same classes.
    classes : tuple of str, optional
        Names in the wanted order; None stands for the numbers of the columns.
    n_classes : int
        Number of classes there.
    other : str
        What messages call it.

    Returns
    -------
    PredictionSource
        The source itself where its order is the same; else one that says in a note what was done, or that columns
        are matched by their place because only one side has names.

    Raises
    ------
    ClassliftError
        If the classes differ, or the names of the other side are numbers in another order and this side has none.
    """
    ours, counted = source.classes, tuple(str(k) for k in range(n_classes))
    if source.n_classes != n_classes or ours == classes:
        check_same_classes(ours, classes, source.n_classes, n_classes, where=source.name, other=other)
        return source
    if ours is None and classes is not None and sorted(classes) == sorted(counted):
        if not getattr(source, "is_named", False):
            raise ClassliftError(
                source.name,
                f"does not say which column is which class, and in {other} they are in the order {_few(classes)}",
                fix="name the columns as there, or give the class names in the order of the columns with --classes.",
            )
        ours = counted
    wanted = counted if classes is None and ours is not None and sorted(ours) == sorted(counted) else classes
    if ours is None or wanted is None:
        named, bare = (source.name, other) if wanted is None else (other, source.name)
        return Noted(source, (f"{named} names its classes, {bare} does not: columns are matched by their order",))
    respelled = by_spelling(wanted)
    if sorted(ours) != sorted(wanted) and len(respelled) == n_classes:
        ours = tuple(respelled.get(spelling(name), name) for name in ours)
    called = inner_names(ours, wanted)
    ours = tuple(called.get(name, name) for name in ours)
    if sorted(ours) != sorted(wanted):
        check_same_classes(ours, wanted, n_classes, n_classes, where=source.name, other=other)
    note = f"columns of {source.name} are put into the order of {other}, by name: {_few(wanted)}"
    if ours == wanted:
        note = f"classes of {source.name} are called as in {other}: {_few(wanted)}"
    place = {name: k for k, name in enumerate(ours)}
    return Reordered(Noted(source, (note,)), classes, np.array([place[name] for name in wanted]))


def _few(names: Names) -> str:
    return ", ".join(names[:4]) + (", …" if len(names) > 4 else "")


@dataclass(frozen=True, eq=False)
class Reordered(SourceView):
    """A source with its columns in another order.

    Parameters
    ----------
    names : tuple of str, optional
        Class names in the new order.
    order : ndarray of intp, shape (n_classes,)
        Which column of the source comes first, second, …
    """

    names: Names | None
    order: NDArray[np.intp]

    @property
    def classes(self) -> Names | None:
        """Class names, or None where they are the numbers of the columns."""
        return self.names

    def blocks(self) -> Iterator[Predictions]:
        """Yield the rows in order."""
        to = np.append(np.argsort(self.order), -1)  # -1 stays unlabelled
        for block in self.source.blocks():
            labels = None if block.labels is None else to[block.labels]
            decided = None if block.decided is None else to[block.decided]
            scores = block.scores[:, self.order]
            yield replace(block, scores=scores, classes=self.names, labels=labels, decided=decided)

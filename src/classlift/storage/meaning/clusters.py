"""Columns that say which rows belong together, and the other columns that are wanted."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from classlift.errors import ClassliftError
from classlift.storage.meaning.names import is_cluster
from classlift.storage.meaning.pairing import CLUSTERS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from classlift.storage.meaning.layout import Layout
    from classlift.storage.read.container import Container

NOTHING = ("", "nan", "NaN", "None", "<NA>")
"""How a missing value reads as text."""


def naming_columns(box: Container, names: Sequence[str]) -> list[str]:
    """Columns of one value per row whose name says that rows with one value belong together."""
    return [name for name in names if is_cluster(name) and not box.columns[name].width]


def lies_beside(box: Container, labels: Container, cluster: str | None) -> bool:
    """Whether the column of clusters is in the file of labels only."""
    return cluster in labels.columns and cluster not in box.columns and not labels.columns[str(cluster)].width


def carrying(box: Container, layout: Layout, carried: Sequence[str] | None, cluster: str | None) -> Layout:
    """A layout that carries the wanted columns and those of clusters; None: all that it has."""
    plain = [name for name in layout.carried if not box.columns[name].width]
    asked = [*(carried or ()), *([] if cluster is None else [cluster])]
    for name in asked:
        if name not in plain:
            raise ClassliftError(
                box.name,
                f"has no column {name!r} of one value per row, "
                f"expected one of {', '.join(plain) or '(it carries none)'}",
                fix="name a column of the file besides its scores and labels.",
            )
    found = layout.carried if carried is None else (*asked, *naming_columns(box, plain))
    names = tuple(dict.fromkeys(found))
    return layout._replace(carried=names, given=layout.given if carried is None else names)


def clusters_of(columns: dict[str, NDArray], name: str, start: int, box: Container) -> NDArray[np.uint64]:
    """Hashes of the clusters of some rows, the first of which is `start`; refuses a row without one.

    Those of the file of labels are taken out of the columns.
    """
    values = columns.pop(CLUSTERS) if CLUSTERS in columns else columns[name]
    none = np.flatnonzero(np.isin(values.astype(str), NOTHING))
    if len(none):
        raise ClassliftError(
            box.locate(start + int(none[0])),
            f"has no value in the column {name!r}, expected the cluster that the row belongs to",
            fix="fill the column; a row that belongs to no other gets a value of its own.",
        )
    from classlift.data.clusters import keys_of  # noqa: PLC0415  (not everybody's way)

    return keys_of(values)

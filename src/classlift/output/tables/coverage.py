"""Tables of the surest rows."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from classlift.evaluation.coverage import Covered, covered
from classlift.evaluation.result import Evaluation
from classlift.output.tables.table import Points, Share, Table, Value, per_cent

if TYPE_CHECKING:
    from collections.abc import Sequence

    from classlift.evaluation.comparison import Comparison

TITLE = "the surest rows"
FOOTER = "surest: by the largest probability; rows as sure as the last one are counted, too."
AS_COUNTED = "rows are as counted here, whatever class shares were said."
EACH = "each side has its own surest rows."


def coverage_tables(result: Evaluation | Comparison) -> list[Table]:
    """The figures of the surest rows; no table where they were not asked for."""
    sides = (result,) if isinstance(result, Evaluation) else (result.before, result.after)
    if sides[0].details.confidences is None:
        return []
    found = _one(covered(result)) if isinstance(result, Evaluation) else _compared(*map(covered, sides))
    return [found if result.weighted is None else found._replace(footer=(*found.footer, AS_COUNTED))]


def _one(found: Sequence[Covered]) -> Table:
    columns = ("surest", "rows", "classes with rows", "abstain below", "total", "low20")
    rows = tuple(
        (
            per_cent(one.share),
            one.n_samples,
            one.n_classes,
            _floor(one.abstain_below),
            Share(one.total),
            Share(one.low20),
        )
        for one in found
    )
    return Table(TITLE, columns, rows, (FOOTER,))


def _compared(before: Sequence[Covered], after: Sequence[Covered]) -> Table:
    sides = ("before", "after")
    details = tuple(f"{name} {side}" for name in ("rows", "classes with rows") for side in sides)
    figures = tuple(f"{name}{part}" for name in ("total", "low20") for part in (" before", " after", " change"))
    rows = tuple(
        (
            per_cent(was.share),
            *(was.n_samples, now.n_samples, was.n_classes, now.n_classes),
            *map(_floor, (was.abstain_below, now.abstain_below)),
            *_moved(was.total, now.total),
            *_moved(was.low20, now.low20),
        )
        for was, now in zip(before, after, strict=True)
    )
    columns = ("surest", *details, "abstain below before", "abstain below after", *figures)
    return Table(TITLE, columns, rows, (FOOTER, EACH), detail_columns=(*details, "abstain below before"))


def _moved(before: float, after: float) -> tuple[Value, Value, Value]:
    return Share(before), Share(after), Points(after - before)


def _floor(confidence: float) -> float:
    """Rounded down, so that none of these rows is left out by what is shown."""
    return math.floor(confidence * 1e6) / 1e6

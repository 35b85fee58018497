"""The verdict: what a layer does, in one sentence with its intervals."""

from __future__ import annotations

from typing import TYPE_CHECKING

from classlift.judging import IN_SAMPLE
from classlift.report.page import Prose
from classlift.tables import Points, Share
from classlift.tables.table import per_cent

if TYPE_CHECKING:
    from classlift.evaluation import Comparison
    from classlift.findings import Findings
    from classlift.tables import Value


def verdict(findings: Findings) -> Prose:
    """Say what the layer does to the lowest classes and to total accuracy."""
    result = findings.comparison
    rows: tuple[Value, ...] = (" on ", result.counts.before.n_samples, " rows of ", f"{result.name}.")
    if not findings.layer.steps:
        left: tuple[Value, ...] = (
            "The layer leaves every prediction as it is: nothing better was found. Total accuracy is ",
        )
        return Prose((*left, Share(result.before.total), *rows))
    flatters = " These are the rows that it was fitted on, so this flatters it." if IN_SAMPLE in result.notes else ""
    return Prose((*_lowest(result), *_total(result), *rows, *((flatters,) if flatters else ())))


def _lowest(result: Comparison) -> tuple[Value, ...]:
    before, after = result.before.low(), result.after.low()
    of = f" the mean accuracy of the lowest {per_cent(result.low_fraction)} of the classes from "
    if not result.resampling.n_draws:
        word = "raises" if after > before else "lowers" if after < before else "keeps"
        return (f"The layer {word}{of}", Share(before), " to ", Share(after))
    low, high = result.low_change_draws.interval()
    change = (
        Share(before),
        " to ",
        Share(after),
        " (95 % interval of the change: ",
        Points(low),
        " to ",
        Points(high),
        ")",
    )
    if low > 0:
        return (f"The layer raises{of}", *change)
    if high < 0:
        return (f"The layer lowers{of}", *change)
    return (f"The layer moves{of}", *change, ", which may be chance,")


def _total(result: Comparison) -> tuple[Value, ...]:
    low, high = result.interval("total.change")
    ends = (" (", Points(low), " to ", Points(high), ")")
    sides = (Share(result.before.total), " to ", Share(result.after.total), *ends)
    if low > 0:
        return (
            (" and total accuracy from ", *sides) if _rises(result) else (", and raises total accuracy from ", *sides)
        )
    if high < 0:
        return (", and lowers total accuracy from ", *sides)
    return ("; total accuracy goes from ", *sides, ", which may be chance,")


def _rises(result: Comparison) -> bool:
    return bool(result.resampling.n_draws) and result.low_change_draws.interval()[0] > 0

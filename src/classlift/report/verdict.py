"""The verdict: what a layer does, in one sentence with its intervals."""

from __future__ import annotations

from typing import TYPE_CHECKING

from classlift.evaluation.evaluate import IN_SAMPLE
from classlift.output.tables import Points, Share
from classlift.output.tables.table import per_cent
from classlift.report.page import Prose

if TYPE_CHECKING:
    from classlift.evaluation import Comparison
    from classlift.output.tables import Value
    from classlift.report.data import ReportData


def verdict(report_data: ReportData) -> Prose:
    """Say what the layer does to the lowest classes and to total accuracy."""
    result = report_data.comparison
    rows: tuple[Value, ...] = (" on ", result.counts.before.n_samples, " rows of ", f"{result.name}.")
    if not report_data.layer.steps:
        left = "The layer is the identity, which leaves every prediction as it is: total accuracy stays "
        low, high = result.before.interval("total")
        ends = (" (95 % interval: ", Share(low), " to ", Share(high), ")")
        return Prose((left, Share(result.before.total), *ends, *rows))
    flatters = " These are the rows that it was fitted on, so this is too good." if IN_SAMPLE in result.notes else ""
    return Prose((*_lowest(result), *_total(result), *rows, *((flatters,) if flatters else ())))


def _lowest(result: Comparison) -> tuple[Value, ...]:
    before, after = result.before.low(), result.after.low()
    of = f" the mean accuracy of the lowest {per_cent(result.low_fraction)} of the classes from "
    if not result.resampling.n_draws:
        word = "raises" if after > before else "lowers" if after < before else "keeps"
        return (f"The layer {word}{of}", Share(before), " to ", Share(after))
    low, high = result.low_change_draws.interval()
    word = "raises" if low > 0 else "lowers" if high < 0 else "moves"
    return (
        f"The layer {word}{of}",
        Share(before),
        " to ",
        Share(after),
        *_ends(low, high, "95 % interval of the change: "),
    )


def _total(result: Comparison) -> tuple[Value, ...]:
    low, high = result.interval("total.change")
    word = "rises" if low > 0 else "falls" if high < 0 else "goes"
    sides = (Share(result.before.total), " to ", Share(result.after.total))
    return (f"; total accuracy {word} from ", *sides, *_ends(low, high))


def _ends(low: float, high: float, what: str = "") -> tuple[Value, ...]:
    """Interval of a change in brackets, and whether the change may be chance."""
    chance = ", which may be chance" if low <= 0 <= high else ""
    return (f" ({what}", Points(low), " to ", Points(high), f"{chance})")

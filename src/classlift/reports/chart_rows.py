"""Chart of the validation rows by the probability of their label [Choi 2017, Fig. 2]."""

from __future__ import annotations

from typing import TYPE_CHECKING

from classlift.methods.elaborated import ElaboratedSettings
from classlift.reports.drawing import Axis, Boxes, Chart, Rule, places, share_axis

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from classlift.fitting.inspection import Inspection


def histogram_chart(result: Inspection, histogram: NDArray) -> Chart:
    """Rows by the probability of their label, with the ends of the competitive range."""
    rows, paper = histogram.tolist(), ElaboratedSettings()
    n, top = len(rows), max(*rows, 1)
    width = 0.45 / n
    middles = [(i + 0.5) / n for i in range(n)]
    boxes = Boxes(
        tuple(m - width for m in middles),
        (0.0,) * n,
        tuple(m + width for m in middles),
        tuple(float(count) for count in rows),
        "after",
        titles=tuple(f"{i / n:g} to {(i + 1) / n:g}: {count:,} rows" for i, count in enumerate(rows)),
    )
    ticks = tuple((at, f"{at:,.0f}") for at in places(0, top))
    legend = f"competitive rows: the label has more than {paper.rlow:g}, and no class has {paper.rhigh:g} or more"
    ends = (Rule("x", paper.rlow, "chosen", legend), Rule("x", paper.rhigh, "chosen"))
    known = max(sum(rows), 1)
    return Chart(
        "label-probabilities",
        "validation rows by the probability of their label",
        f"{rows[0] / known * 100:.0f} % of {result.n_labelled:,} labelled rows give their label less than 0.1, "
        f"{rows[-1] / known * 100:.0f} % at least 0.9.",
        share_axis("probability of the label"),
        Axis("rows", 0, top * 1.05, ticks),
        (boxes, *ends),
        height=220,
    )

"""The surest rows, as documents hold them."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from classlift.evaluation.comparison import Comparison
    from classlift.evaluation.result import Evaluation
    from classlift.output.documents.types.parts import ComparedCoverage, Coverage, CoverageFigures


def coverage(result: Evaluation) -> list[Coverage]:
    """Figures of the surest rows; empty where they were not asked for."""
    return [cast("Coverage", {"share": share, **figures}) for share, figures in _figures(result)]


def compared_coverage(result: Comparison) -> list[ComparedCoverage]:
    """Figures of the surest rows of either side."""
    pairs = zip(_figures(result.before), _figures(result.after), strict=True)
    return [{"share": share, "before": before, "after": after} for (share, before), (_, after) in pairs]


def _figures(result: Evaluation) -> list[tuple[float, CoverageFigures]]:
    if result.details.confidences is None:
        return []
    from classlift.evaluation.coverage import covered  # noqa: PLC0415  (not everybody's way)

    found = [one._asdict() for one in covered(result)]
    return [(one.pop("share"), cast("CoverageFigures", one)) for one in found]

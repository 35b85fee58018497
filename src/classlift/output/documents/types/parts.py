"""Values with their ranges, and the parts that several documents share; a figure that is not known is null."""

from typing import Annotated, Any, NotRequired, TypedDict

from classlift.data.metrics import CLASS_METRICS, METRICS, Unit
from classlift.gates.result import State
from classlift.gates.units import Measure
from classlift.output.verdict.noun import Outcome

Count = Annotated[int, ("minimum", 0)]
Share = Annotated[float, ("minimum", -1e-12), ("maximum", 1.000000000001)]
Change = Annotated[float, ("minimum", -1.000000000001), ("maximum", 1.000000000001)]
Positive = Annotated[float, ("exclusiveMinimum", 0)]
Score = Annotated[float, ("minimum", -1e-12)]
Digest = Annotated[str, ("pattern", "^[0-9a-f]{64}$")]
Ends = Annotated[list[float | None], ("minItems", 2), ("maxItems", 2)]

_OF_UNIT: dict[Unit, Any] = {Unit.SHARE: Share | None, Unit.COUNT: Count | None, Unit.SCORE: Score | None}


class ReadingDocument(TypedDict):
    """What was taken for what."""

    line: str
    scores: str
    kind: str
    why: str
    labels: str
    matched: str
    ids: str
    rejected: list[str]
    shares: str


class VerdictDocument(TypedDict):
    """What happened: in a word, in a sentence, and what to do next."""

    status: Outcome
    sentence: str
    more: list[str]
    wrote: list[str]
    next: str | None


class Head(TypedDict):
    """What every document begins with."""

    schema: str
    classlift: str
    name: str
    verdict: NotRequired[VerdictDocument]
    reading: ReadingDocument | None
    notes: list[str]


Figures = TypedDict(  # type: ignore[misc]
    "Figures", {"n_samples": Count} | {name: _OF_UNIT[metric.unit] for name, metric in METRICS.items()}
)
_VALUES: dict[Unit, Any] = {Unit.SHARE: Share, Unit.COUNT: Count, Unit.SCORE: Score}
KnownFigures = TypedDict(  # type: ignore[misc]
    "KnownFigures", {"n_samples": Count} | {name: _VALUES[metric.unit] for name, metric in METRICS.items()}, total=False
)
Flat = dict[str, float]
"""Figures that are known, by their names and ``.before``, ``.after`` and ``.change``: for trackers of experiments."""

_ClassMetrics = TypedDict(  # type: ignore[misc]
    "_ClassMetrics", {name: Count if m.unit is Unit.COUNT else Share | None for name, m in CLASS_METRICS.items()}
)


class ClassFigures(_ClassMetrics):
    """Figures of a class."""

    right: Count
    name: NotRequired[str]
    recall_interval: NotRequired[Ends | None]
    competitive: NotRequired[Count | None]


class GateDocument(TypedDict):
    """A checked gate."""

    gate: str
    state: State
    message: str
    measure: Measure
    value: float | None
    bound: float | None
    limit: float | None
    confidence: Annotated[float, ("exclusiveMinimum", 0.5), ("exclusiveMaximum", 1)] | None
    classes: dict[str, str]


class Pair(TypedDict):
    """A figure on both sides."""

    before: float | None
    after: float | None


class Drawn(TypedDict):
    """Ends and middle of draws."""

    low: float | None
    high: float | None
    estimate: float | None


class Intervals(TypedDict):
    """Intervals of one result, or of a change."""

    total: Ends
    low20: Drawn | None
    cost: Ends | None


class Drawing(TypedDict):
    """How intervals are drawn."""

    confidence: float
    n_draws: Count
    seed: Count
    simultaneous: bool
    clusters: Count | None


class EvaluationIntervals(Drawing, Intervals):
    """Intervals of one result, and how they are drawn."""


class ComparisonIntervals(Drawing):
    """Intervals of two results and of the change, and how they are drawn."""

    before: Intervals
    after: Intervals
    change: Intervals


class ConfusionColumns(TypedDict):
    """Pairs that occur, by class number."""

    true: list[Count]
    predicted: list[Count]
    rows: list[Count]


class ConfusionSides(TypedDict):
    """Confusions before and after."""

    before: ConfusionColumns | None
    after: ConfusionColumns | None


class ComparedClass(TypedDict):
    """A class before and after."""

    name: str
    before: ClassFigures
    after: ClassFigures
    change: Change | None
    change_interval: Ends | None
    beyond_chance: Annotated[str, ("enum", ("", "rises", "falls"))]
    fixed: Count
    broken: Count


class GroupFigures(TypedDict):
    """Figures of a group of rows, and its worst class."""

    total: Share | None
    low20: Share | None
    worst: Share | None
    worst_class: str | None


class CoverageFigures(TypedDict):
    """Figures of the surest rows, and their least confidence."""

    n_samples: Count
    abstain_below: Share
    total: Share
    low20: Share
    n_classes: Count


class Coverage(CoverageFigures):
    """The surest rows: which share was asked for, and their figures."""

    share: Share


class ComparedCoverage(TypedDict):
    """The surest rows of either side."""

    share: Share
    before: CoverageFigures
    after: CoverageFigures


class Group(TypedDict):
    """Rows with one value of a column; ranked where there are enough of them."""

    name: str
    n_samples: Count
    ranked: bool
    figures: GroupFigures
    total_interval: Ends | None


class ComparedGroup(TypedDict):
    """A group before and after."""

    name: str
    n_samples: Count
    ranked: bool
    before: GroupFigures
    after: GroupFigures
    total_change: Change | None
    total_change_interval: Ends | None
    fixed: Count
    broken: Count


COMMON = (
    *(ReadingDocument, VerdictDocument, Figures, KnownFigures, ClassFigures, GateDocument, Pair, Intervals),
    *(ConfusionColumns, GroupFigures, CoverageFigures),
)
"""Parts that several documents share."""

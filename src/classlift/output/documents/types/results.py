"""Documents of checked results and of what was fitted."""

from typing import Annotated, Any, NotRequired, TypedDict

from classlift.output.documents.types.parts import (
    ClassFigures,
    ComparedClass,
    ComparedCoverage,
    ComparedGroup,
    ComparisonIntervals,
    ConfusionColumns,
    ConfusionSides,
    Count,
    Coverage,
    EvaluationIntervals,
    Figures,
    Flat,
    GateDocument,
    Group,
    Head,
    KnownFigures,
    Pair,
    Score,
    Share,
)


class Low20(TypedDict):
    """Lowest classes of one result."""

    low20: list[str]


LowClasses = TypedDict(
    "LowClasses", {"low20": list[str], "low20.baseline": list[str], "low20.validation": list[str] | None}
)


class EvaluationDocument(Head):
    """One result, checked."""

    figures: KnownFigures
    intervals: EvaluationIntervals
    shares: dict[str, Share] | None
    low_fraction: Share
    low_classes: Low20
    coverage: list[Coverage]
    classes: list[ClassFigures]
    groups: dict[str, list[Group]]
    confusion: ConfusionColumns | None
    gates: list[GateDocument]


class ComparisonDocument(Head):
    """Two results on the same rows, checked."""

    figures: Flat
    before: Figures
    after: Figures
    intervals: ComparisonIntervals
    mcnemar_p: Share | None
    fixed: Count
    broken: Count
    n_adjusted: Count | None
    shares: dict[str, Share] | None
    low_fraction: Share
    low_classes: LowClasses
    coverage: list[ComparedCoverage]
    classes: list[ComparedClass]
    groups: dict[str, list[ComparedGroup]]
    confusion: ConfusionSides
    gates: list[GateDocument]


class DemoDocument(Head):
    """The demo."""

    figures: Flat
    paper: ComparisonDocument
    tuned: ComparisonDocument


class BatchCounts(TypedDict):
    """How many runs ended how."""

    runs: Count
    done: Count
    kept: Count
    could_not_run: Count


class RunDocument(TypedDict):
    """A run."""

    name: str
    state: Annotated[str, ("enum", ("done", "could not run", "defect"))]
    error: str | None
    kept: bool
    evaluated_on: Annotated[str, ("enum", ("", "test", "out-of-fold", "promise"))]
    method: str
    n_samples: Count
    figures: dict[str, Pair]
    fixed: Count
    broken: Count
    gates: list[GateDocument]
    notes: list[str]


class BatchDocument(Head):
    """Many runs."""

    figures: Flat
    counts: BatchCounts
    mean: dict[str, Pair]
    runs: list[RunDocument]


class FittedLayer(TypedDict):
    """A layer without its steps; other keys say what it was fitted on."""

    n_parameters: Count
    largest_bias: float | None


class FitDocument(Head):
    """A fit."""

    figures: Flat
    settings: dict[str, Any]
    layer: FittedLayer
    classes: list[str]
    in_sample: ComparisonDocument | None
    out_of_fold: ComparisonDocument | None


class ExpectedChange(TypedDict):
    """Expected change of a figure in a new sample, and its 95 % interval."""

    change: float
    low: float
    high: float


class PromiseDocument(TypedDict):
    """What a tuned layer is expected to do, corrected for the choice."""

    low20: ExpectedChange
    total: ExpectedChange
    objective: ExpectedChange
    cost: NotRequired[ExpectedChange]


class TuneDocument(Head):
    """A tuning."""

    figures: Flat
    objective: str
    max_total_drop: Share
    settings: dict[str, Any]
    layer: FittedLayer
    classes: list[str]
    requirements: list[GateDocument]
    met: bool
    promise: PromiseDocument
    out_of_fold: ComparisonDocument
    test: ComparisonDocument | None


class EntryDocument(TypedDict):
    """A method of a benchmark, or a layer."""

    method: str
    rank: Count | None
    n_parameters: Count
    seconds: Score | None
    result: ComparisonDocument


class FlipsDocument(TypedDict):
    """Two results of a benchmark on the same rows: those that only the one before, or only the one after, has right."""

    before: str
    after: str
    fixed: Count
    broken: Count
    negative_flips: Share
    gates: list[GateDocument]


class BenchmarkDocument(Head):
    """Every method, and layers, on the same files."""

    figures: Flat
    max_total_drop: Share
    methods: list[EntryDocument]
    flips: list[FlipsDocument]


class PointDocument(TypedDict):
    """A value of a setting."""

    setting: str
    value: float
    chosen: bool
    out_of_fold: ComparisonDocument
    test: ComparisonDocument | None


class SweepDocument(Head):
    """One setting at a time."""

    method: str
    points: list[PointDocument]

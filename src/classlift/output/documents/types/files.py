"""Documents of files: of predictions, layers, flips, sums, exports, reports and weights."""

from typing import Annotated, Any, TypedDict

from classlift.data.kind import Kind
from classlift.fitting.class_weights import SCHEMES
from classlift.fitting.partials.partial import Stage
from classlift.layer.step import Domain
from classlift.output.documents.types.parts import ClassFigures, Count, Digest, Ends, Flat, Head, Positive, Score, Share
from classlift.output.documents.types.results import ComparisonDocument, SweepDocument


class InspectionDocument(Head):
    """An inspected prediction file."""

    kind: Kind
    n_samples: Count
    n_labelled: Count
    has_class_names: bool
    columns: list[str]
    exact_zeros: Count
    label_probability_histogram: list[Count] | None
    classes: list[ClassFigures]


class StepDocument(TypedDict):
    """A step of a layer."""

    domain: Domain
    weight: list[Count] | None
    temperature: float | None
    maximum_probability: Share | None
    bias: list[float]


class CostsDocument(TypedDict):
    """Ends of the costs by which a layer decides."""

    least: Score
    most: Score


class LayerDocument(Head):
    """A layer file."""

    method: str
    settings: dict[str, Any]
    n_classes: Count
    classes: list[str] | None
    n_parameters: Count
    steps: list[StepDocument]
    costs: CostsDocument | None
    provenance: dict[str, Any]


class AppliedClass(TypedDict):
    """How often a class is predicted."""

    name: str
    predicted_before: Count
    predicted_after: Count


class AppliedShare(TypedDict):
    """Share of a class on the validation file, and in the rows that a layer was applied to."""

    name: str
    validation: Share
    share: Share
    interval: Ends | None


class AppliedShares(TypedDict):
    """Class shares that the scores were shifted to, and how many rows they were estimated from."""

    name: str
    n_samples: Count | None
    classes: list[AppliedShare]


class ApplyDocument(Head):
    """An applied layer."""

    n_samples: Count
    n_adjusted: Count
    n_changed: Count
    n_abstained: Count | None
    shares: AppliedShares | None
    classes: list[AppliedClass]


class FlipCountsDocument(TypedDict):
    """How many rows changed how."""

    n_samples: Count
    fixed: Count
    broken: Count
    changed: Count
    given: Count


class FlipRow(TypedDict):
    """A row that changed; other keys are the columns that its file carries."""

    row: Count
    change: Annotated[str, ("enum", ("fixed", "broken", "wrong", "unlabelled"))]
    true: str
    before: str
    after: str
    p_true_before: Share | None
    p_true_after: Share | None
    p_before: Share | None
    p_after: Share | None
    move: Share | None


class FlipDocument(Head):
    """Rows that changed."""

    counts: FlipCountsDocument
    rows: list[FlipRow]


class PartialsDocument(Head):
    """Sums of shards."""

    stage: Stage
    kind: Kind
    n_classes: Annotated[int, ("minimum", 2)]
    counted_rows: Count
    counted_shards: Annotated[list[Digest], ("minItems", 1), ("uniqueItems", True)]
    summed_rows: Count | None
    summed_shards: Annotated[list[Digest], ("uniqueItems", True)]
    method: str | None
    settings: dict[str, float]


class OutputDocument(TypedDict):
    """An output of what was exported."""

    name: str
    holds: str


class AgreementDocument(TypedDict):
    """What a check of an export found."""

    holds: bool
    n_samples: Count
    n_near_gate: Count
    n_near_tie: Count
    n_other_class: Count
    n_other_values: Count
    largest: Score | None
    row: Annotated[int, ("minimum", -1)]


class ExportDocument(Head):
    """An exported layer."""

    target: Annotated[str, ("enum", ("onnx", "torch", "keras"))]
    files: Annotated[list[str], ("minItems", 1)]
    form: str
    takes: str
    outputs: Annotated[list[OutputDocument], ("minItems", 1)]
    agreement: AgreementDocument | None


NotHelpedDocument = TypedDict("NotHelpedDocument", {"class": str, "reason": str})


class FileDocument(TypedDict):
    """A file that a report depends on."""

    role: Annotated[str, ("enum", ("validation", "test", "layer"))]
    name: str
    sha256: Digest | None


class ReportDocument(Head):
    """Everything that the page of a report is made from."""

    figures: Flat
    comparison: ComparisonDocument
    layer: LayerDocument
    fitted_on_validation: bool
    validation: InspectionDocument
    sweep: SweepDocument | None
    flips: FlipDocument
    not_helped: list[NotHelpedDocument]
    files: list[FileDocument]


Number = Annotated[str, ("pattern", "^[0-9]+$")]


class WeightDocument(Head):
    """Class weights."""

    scheme: Annotated[str, ("enum", tuple(SCHEMES))]
    beta: float | None
    classes: list[str]
    support: list[Count]
    pytorch: list[Positive]
    keras: dict[Number, Positive]

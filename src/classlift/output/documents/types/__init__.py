"""What documents hold: the types that their functions are checked against, and that the JSON Schemas are made from.

Ranges are annotations that a schema takes over as they are; shares have room for rounding.
"""

from typing import Any

from classlift.output.documents.types.blend import BlendDocument
from classlift.output.documents.types.files import (
    ApplyDocument,
    ExportDocument,
    FlipDocument,
    FlipRow,
    InspectionDocument,
    LayerDocument,
    PartialsDocument,
    ReportDocument,
    WeightDocument,
)
from classlift.output.documents.types.parts import COMMON
from classlift.output.documents.types.results import (
    BatchDocument,
    BenchmarkDocument,
    ComparisonDocument,
    DemoDocument,
    EvaluationDocument,
    FitDocument,
    FittedLayer,
    SweepDocument,
    TuneDocument,
)

__all__ = ["COMMON", "DOCUMENTS", "OPEN"]

OPEN = (FittedLayer, FlipRow)
"""Parts that have other keys as well."""

DOCUMENTS: dict[str, Any] = {
    "apply": ApplyDocument,
    "batch": BatchDocument,
    "benchmark": BenchmarkDocument,
    "blend": BlendDocument,
    "comparison": ComparisonDocument,
    "demo": DemoDocument,
    "evaluation": EvaluationDocument,
    "export": ExportDocument,
    "fit": FitDocument,
    "flips": FlipDocument,
    "inspection": InspectionDocument,
    "layer": LayerDocument,
    "partials": PartialsDocument,
    "report": ReportDocument,
    "sweep": SweepDocument,
    "tune": TuneDocument,
    "weights": WeightDocument,
}
"""Type of each document, by its kind; the first line of its docstring is the title of its schema."""

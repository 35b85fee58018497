"""From results to the JSON documents that scripts read: strict JSON, raw fractions, null where unknown."""

from classlift.output.documents.base import SCHEMA_VERSION, Document, to_json
from classlift.output.documents.evaluation import comparison_document, demo_document, evaluation_document
from classlift.output.documents.files import apply_document, inspection_document, stored_layer_document
from classlift.output.documents.fitted import benchmark_document, fit_document, sweep_document, tune_document

__all__ = [
    "SCHEMA_VERSION",
    "Document",
    "apply_document",
    "benchmark_document",
    "comparison_document",
    "demo_document",
    "evaluation_document",
    "fit_document",
    "inspection_document",
    "stored_layer_document",
    "sweep_document",
    "to_json",
    "tune_document",
]

"""Evaluated results: the nouns, their figures and intervals."""

from classlift.data.scoring import Scoring
from classlift.evaluation.comparison import Z95, Comparison, Expected
from classlift.evaluation.confusion import Confusion
from classlift.evaluation.details import Details
from classlift.evaluation.options import EvaluationOptions
from classlift.evaluation.result import Evaluation
from classlift.evaluation.uncertainty import Resampling

__all__ = [
    "Z95",
    "Comparison",
    "Confusion",
    "Details",
    "Evaluation",
    "EvaluationOptions",
    "Expected",
    "Resampling",
    "Scoring",
]

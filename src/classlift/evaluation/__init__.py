"""Judged results: the nouns, their figures and intervals."""

from classlift.evaluation.one import Evaluation, LowChoice
from classlift.evaluation.two import Comparison
from classlift.evaluation.uncertainty import Resampling

__all__ = ["Comparison", "Evaluation", "LowChoice", "Resampling"]

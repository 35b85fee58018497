"""Checked results: the nouns, their figures and intervals."""

from classlift.evaluation.comparison import Comparison
from classlift.evaluation.confusion import Confusion
from classlift.evaluation.details import Details, Tally
from classlift.evaluation.result import Evaluation, LowChoice
from classlift.evaluation.scoring import Scoring
from classlift.evaluation.uncertainty import Resampling

__all__ = ["Comparison", "Confusion", "Details", "Evaluation", "LowChoice", "Resampling", "Scoring", "Tally"]

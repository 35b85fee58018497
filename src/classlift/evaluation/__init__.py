"""Judged results: the nouns, their figures and intervals."""

from classlift.evaluation.confusion import Confusion
from classlift.evaluation.one import Evaluation, LowChoice
from classlift.evaluation.scoring import Scoring
from classlift.evaluation.tally import Details, Tally
from classlift.evaluation.two import Comparison
from classlift.evaluation.uncertainty import Resampling

__all__ = ["Comparison", "Confusion", "Details", "Evaluation", "LowChoice", "Resampling", "Scoring", "Tally"]

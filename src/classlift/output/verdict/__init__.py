"""The verdict: what happened, what it costs and whom, in at most four sentences, before any table."""

from classlift.output.verdict.comparison import compared, evaluated
from classlift.output.verdict.noun import NO_BREAK, Outcome, Verdict
from classlift.output.verdict.results import applied, benchmarked, blended, fitted, tuned

__all__ = [
    "NO_BREAK",
    "Outcome",
    "Verdict",
    "applied",
    "benchmarked",
    "blended",
    "compared",
    "evaluated",
    "fitted",
    "tuned",
]

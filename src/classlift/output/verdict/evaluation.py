"""The verdict on one result."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from classlift.data.repairs import NO_CLASS
from classlift.output.verdict.noun import NAMED, NO_BREAK, Outcome, Verdict, count, few_rows, listed, per_cent

if TYPE_CHECKING:
    from classlift.evaluation.result import Evaluation


def evaluated(result: Evaluation) -> Verdict:
    """Say how good one result is, and which classes are lowest."""
    recall = result.counts.recall
    lowest = [f"{result.classes[k]}{NO_BREAK}{100 * recall[k]:.0f}{NO_BREAK}%" for k in result.lowest_classes[:NAMED]]
    low, high = result.interval("total")
    never = int(((result.counts.support > 0) & (result.counts.predicted == 0)).sum())
    ends = f"95{NO_BREAK}%: {100 * low:.1f} to {100 * high:.1f}"
    sentences = [
        f"total accuracy {per_cent(result.total)} ({ends}), {low_name(result.low_fraction)} "
        f"{per_cent(result.low())}: {listed(lowest, len(result.lowest_classes))}."
    ]
    cost = result.value("cost")
    if not np.isnan(cost):
        low, high = result.interval("cost")
        sentences.append(f"mean cost of a row {cost:.4g} (95{NO_BREAK}%: {low:.4g} to {high:.4g}).")
    if never:
        sentences.append(f"{count(never, 'class is', 'classes are')} never predicted.")
    abstained = (f"{note}." for note in result.notes if NO_CLASS in note)
    return Verdict(Outcome.SHOWN, (*sentences, *abstained, *few_rows(result.counts.support, result.classes)))


def low_name(low_fraction: float) -> str:
    """What people read for the accuracy of the lowest classes."""
    return f"low-{100 * low_fraction:g} % accuracy"


def levels(result: Evaluation) -> str:
    """Write the two figures that every verdict is about."""
    return f"{low_name(result.low_fraction)} {per_cent(result.low())}, total accuracy {per_cent(result.total)}"

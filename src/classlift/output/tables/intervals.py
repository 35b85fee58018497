"""How tables write intervals, and the sentences that say what they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from classlift.evaluation.classes import RATE
from classlift.evaluation.clustered import moved_rows, total_share
from classlift.evaluation.options import CONFIDENCE
from classlift.evaluation.result import Evaluation

if TYPE_CHECKING:
    from classlift.evaluation.comparison import Comparison
    from classlift.intervals.draws import Draws

BEYOND = f"sure (FDR {RATE * 100:g}%)"

FEW_ROWS = 20
"""With fewer rows in a class than this a table says so."""

PICKED = "that of the lowest class accounts for its having been picked"
COVERED_ONE = "93 to 98 % of simulations (92 % where nearly all rows are right)"
COVERED_CHANGE = (
    "95 to 99 % of simulations, but 80 to 90 % where the layer moves classes of near-equal accuracy at random, and "
    "then it is too kind to the layer"
)


def evaluation_footer(result: Evaluation) -> tuple[str, ...]:
    """What the intervals of one result are, and what they cover."""
    return (
        f"intervals: total by Wilson's score method, classes {_of_classes(result, 'by it too')}.",
        f"{_drawn(result, result.low_draws, '{:.1f} %')} It covered {COVERED_ONE}.{_few(result)}",
    )


LEAST_P = 1e-15
"""A smaller p-value is a rounding error of its sum."""


def comparison_footer(result: Comparison) -> tuple[str, ...]:
    """What the intervals of a change are, and what they cover; nothing where nothing can change."""
    if result.identical:
        return ()
    test = "McNemar test of rows" if result.counts.clusters is None else "test of the clusters' rows"
    return (
        f"intervals: total by Tango's score method for paired rows, classes {_of_classes(result.before, 'by it too')}; "
        f"exact {test} fixed and broken: p {f'= {p:.3g}' if (p := result.mcnemar) > LEAST_P else f'< {LEAST_P:g}'}.",
        f"sure: beyond chance by exact tests of all classes; {RATE * 100:g} % of those named are false at most "
        "(Benjamini-Hochberg).",
        f"{_drawn(result, result.low_change_draws, '{:+z.1f} pp')} It covered {COVERED_CHANGE}.{_few(result.before)}",
    )


def _of_classes(result: Evaluation, how: str) -> str:
    together = result.resampling.simultaneous
    return "so wide that all hold together (Bonferroni)" if together else f"{how}, and {PICKED}"


def by_clusters(result: Evaluation | Comparison) -> tuple[str, ...]:
    """What intervals make of rows in clusters; nothing where rows are on their own."""
    clusters = result.counts.clusters
    if clusters is None:
        return ()
    if isinstance(result, Evaluation):
        n, worth = result.counts.n_samples, float(total_share(result.counts).n)
    elif result.identical:
        return ()
    else:
        n, worth = result.before.counts.n_samples, float(moved_rows(result.counts, CONFIDENCE)[2])
    return (f"intervals go by {clusters.n_clusters:,} clusters, whose {n:,} rows are worth {worth:,.0f} of their own.",)


def _drawn(result: Evaluation | Comparison, draws: Draws, form: str) -> str:
    drawn = result.resampling
    return (
        f"interval of low20: {drawn.n_draws:,} draws (seed {drawn.seed}) choose the lowest classes again, those low by "
        f"chance shrunk towards the others; their middle is {form.format(draws.estimate * 100)}."
    )


def _few(result: Evaluation) -> str:
    support = result.counts.support
    smallest = int(support[support > 0].min(initial=FEW_ROWS))
    return f" A class has {smallest} row{'s' * (smallest != 1)}: too few to say much." if smallest < FEW_ROWS else ""

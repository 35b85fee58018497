"""The verdicts on what the other commands made: a fitted layer, a blend, a benchmark."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from classlift.output.verdict.comparison import compared
from classlift.output.verdict.noun import NO_BREAK, Outcome, Verdict, count, per_cent

if TYPE_CHECKING:
    from classlift.fitting.benchmark import Benchmark
    from classlift.fitting.blend import Blend
    from classlift.fitting.result import FitResult


def fitted(result: FitResult) -> Verdict:
    """Say what a layer with fixed numbers does: out of fold, else in-sample, where one of these was found out."""
    method, rows = result.layer.method, count(result.counts.n_samples, "labelled row", "labelled rows")
    if result.effect is None:
        return Verdict(Outcome.SHOWN, (f"{method} is fitted on {rows}; what it does was not found out.",))
    found = compared(result.effect, method)
    if result.out_of_fold is None:
        found = found._replace(sentences=(*found.sentences, "this is in-sample, on the rows of the fit: too good."))
    return found


def blended(result: Blend) -> Verdict:
    """Say what inputs give together, beside the best of them, and where their weights come from."""
    rows, first = count(result.n_samples, "row", "rows"), f"blend of {len(result.inputs)} inputs"
    if not result.has_labels:
        return Verdict(Outcome.SHOWN, (f"{first} on {rows}; there are no labels to judge it by.", _weights(result)))
    best = max(result.inputs, key=lambda one: one.total)
    told = [f"total {per_cent(one.total)}, low-20{NO_BREAK}% {per_cent(one.low20)}" for one in (result.blend, best)]
    beside = f"{first} on {rows}: {told[0]}; the input of highest total, {best.name}: {told[1]}."
    advice = "keep that input" if result.fit else "try --fit-weights, or keep that input"
    worse = (f"the blend has fewer rows right: {advice}.",) if result.blend.total < best.total else ()
    return Verdict(Outcome.SHOWN, (beside, *worse, _weights(result)))


def _weights(result: Blend) -> str:
    """Where the weights come from; of fitted ones what they gain, and how to use them again."""
    shown = ",".join(f"{weight:.4f}".rstrip("0").rstrip(".") for weight in result.weights)
    if result.fit is None:
        equal = np.ptp(result.weights) == 0
        return "the weights are equal." if equal else f"the weights are {shown}."
    gain = f"{result.fit.gain:+z.4f} ± {result.fit.error:.4f} nats a row over equal ones out of fold"
    if not result.fit.taken:
        return f"the weights stay equal: fitted ones give {gain}, which is not beyond noise."
    return f"the fitted weights give {gain}: --weights {shown} blends other rows so. The figures are in-sample."


def benchmarked(result: Benchmark) -> Verdict:
    """Name the method or layer that lifts the low classes most on the test file, of those that hold the guard there."""
    from classlift.fitting.benchmark import TUNED  # noqa: PLC0415  (only for who compares methods: 20 ms)

    drop = f"{100 * result.max_total_drop:g}{NO_BREAK}pp of total accuracy"
    guard = f"at a cost of at most {drop}" if result.max_total_drop < 1 else "by mean cost"
    if not result.place_of_raw:
        what = "method" if len(result.entries) > len(result.given) else "layer"
        told = f"no {what} is better {guard} on this test file; keep the raw predictions."
        return Verdict(Outcome.NOTHING, (told,))
    best = result.ranked[0]
    found = compared(best.result, f"{best.method}, first of {len(result.ranked)} {guard},")
    if len(result.entries) == 1:
        return found
    chosen = f"the order is made on this test file, so the first of {len(result.entries)} looks better than it is"
    others = f"; only {TUNED} was chosen without it" if TUNED in [one.method for one in result.entries] else ""
    return found._replace(sentences=(*found.sentences, f"{chosen}{others}."))

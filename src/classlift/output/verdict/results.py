"""The verdicts on what the commands made: a tuned or fitted layer, an applied one, a benchmark."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from classlift.data.shares import FAR_FROM_SAID
from classlift.output.verdict.comparison import compared, promised, words_of
from classlift.output.verdict.evaluation import levels
from classlift.output.verdict.noun import NAMED, NO_BREAK, Outcome, Verdict, count, few_rows, listed, per_cent
from classlift.output.verdict.wished import lifted, required

if TYPE_CHECKING:
    from classlift.fitting.benchmark import Benchmark
    from classlift.fitting.blend import Blend
    from classlift.fitting.result import FitResult
    from classlift.fitting.tuning import TuneResult
    from classlift.layer.apply import ApplySummary


def tuned(result: TuneResult) -> Verdict:
    """Say what a tuned layer is expected to do in a new sample; of the identity, why nothing else was taken."""
    name = result.trials.candidates[result.chosen].name
    if result.chosen and result.test is not None:
        found = compared(result.test, f"{name}, judged on {result.test.name},", lifted(result, result.test))
        first, *others = found.sentences
        expected = f"expected from VAL: {words_of(result.promise, result.test.low_fraction)}"
        outcome, broken = found.outcome, result.test.change("total") < -result.max_total_drop - 1e-12
        if broken:
            expected += f"; at most {100 * result.max_total_drop:.1f}{NO_BREAK}pp of total accuracy were to be lost"
        if outcome is Outcome.LIFTS and (broken or any(one.state != "passed" for one in result.test_requirements)):
            outcome = Outcome.TRADES  # it lifts, and does not hold what it was asked for
        return found._replace(outcome=outcome, sentences=(first, f"{expected}.", *required(result), *others))
    if result.chosen:
        found = promised(result.effect, result.promise, name, lifted(result, result.effect, result.promise.objective))
        first, *others = found.sentences
        return found._replace(sentences=(first, *required(result), *others))
    why = result.notes[-1]
    few = few_rows(result.counts.support, result.classes)
    raw = () if result.test is None else (f"on {result.test.name} they give {levels(result.test.before)}.",)
    return Verdict(Outcome.NOTHING, (f"{why}; keep the raw predictions.", *raw, *_unpredicted(result), *few))


def _unpredicted(result: TuneResult) -> tuple[str, ...]:
    """What to ask for where classes are never predicted."""
    never = int(((result.counts.support > 0) & (result.counts.predicted == 0)).sum())
    if not never:
        return ()
    return (
        f"{count(never, 'class is', 'classes are')} never predicted: --require 'never_predicted == 0' asks for a layer "
        "that predicts each, --max-total-drop 2pp allows it to cost more.",
    )


def fitted(result: FitResult) -> Verdict:
    """Say what a layer with fixed numbers does: out of fold, else in-sample, where one of these was found out."""
    method, rows = result.layer.method, count(result.counts.n_samples, "labelled row", "labelled rows")
    if result.effect is None:
        return Verdict(Outcome.SHOWN, (f"{method} is fitted on {rows}; what it does was not found out.",))
    found = compared(result.effect, method)
    if result.out_of_fold is None:
        found = found._replace(sentences=(*found.sentences, "this is in-sample, on the rows of the fit: too good."))
    return found


def applied(result: ApplySummary) -> Verdict:
    """Say how many rows a layer adjusted, how many predictions changed, and which classes are predicted now."""
    before, after = result.predicted_before, result.predicted_after
    woken = np.flatnonzero((before == 0) & (after > 0))
    sentences = [
        f"{result.n_adjusted:,} of {count(result.n_samples, 'row', 'rows')} adjusted; the predicted class of "
        f"{result.n_changed:,} changed."
    ]
    if result.shift is not None:
        shares = "estimated class shares" if result.shift.n_samples else f"the class shares of {result.shift.name}"
        doubt = "".join(f"; {note}" for note in result.notes if note.startswith(FAR_FROM_SAID))
        sentences.append(f"the scores were shifted to {shares} before the layer{doubt}.")
    if result.n_abstained is not None:
        part = result.n_abstained / max(1, result.n_samples)
        sentences.append(
            f"{count(result.n_abstained, 'row has', 'rows have')} no predicted class ({part:.1%}), as the largest "
            "probability is lower than was asked for."
        )
    if len(woken):
        named = listed([result.classes[k] for k in woken[:NAMED]], len(woken))
        sentences.append(f"{count(len(woken), 'class is', 'classes are')} predicted now and never before ({named}).")
    return Verdict(Outcome.SHOWN, tuple(sentences))


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

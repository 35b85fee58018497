"""The verdict on a tuned layer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from classlift.output.verdict.comparison import compared, promised, words_of
from classlift.output.verdict.evaluation import levels
from classlift.output.verdict.noun import NO_BREAK, Outcome, Verdict, count, few_rows
from classlift.output.verdict.wished import lifted, required

if TYPE_CHECKING:
    from classlift.fitting.tuning.result import TuneResult


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

"""The verdict of a comparison: one word, whom it costs, what to be careful about; never more than four sentences."""

from dataclasses import replace

import numpy as np
import pytest

import classlift
from classlift.evaluation.comparison import Expected
from classlift.fitting.benchmark import Benchmark, Entry
from classlift.fitting.tuning.promise import Promise
from classlift.gates.check import Gate
from classlift.layer.layer import OutputLayer
from classlift.output.render.values import show
from classlift.output.render.words import in_markdown, in_terminal
from classlift.output.tables.evaluation import comparison_tables
from classlift.output.tables.spans import change_span
from classlift.output.tables.table import Points
from classlift.output.verdict import comparison as verdicts
from classlift.output.verdict import results
from classlift.output.verdict.comparison import _Change as LowChange
from classlift.output.verdict.comparison import promised
from classlift.output.verdict.noun import NO_BREAK, Outcome
from classlift.output.verdict.tuned import tuned as verdict_of_tuned
from support.changes import LABELS, compared, moved

RIGHT_OF_TWO = moved({2: 150}, {2: 0})
CASES = {
    Outcome.LIFTS: (RIGHT_OF_TWO, moved({2: 20}, {2: 0})),
    Outcome.HARMS: (moved({2: 20}, {2: 0}), RIGHT_OF_TWO),
    Outcome.NOTHING: (RIGHT_OF_TWO, moved({2: 149}, {2: 0})),
    Outcome.TRADES: (RIGHT_OF_TWO, moved({0: 90, 1: 90, 2: 60}, {0: 2, 1: 2, 2: 0})),
}


@pytest.mark.parametrize("outcome", CASES)
def test_outcomes(outcome):
    found = verdicts.compared(compared(*CASES[outcome], LABELS))
    assert found.outcome is outcome
    assert 1 <= len(found.sentences) <= 4


def test_where_classes_pay_and_none_surely_gains_it_is_harm():
    """Eight classes of ten rows rise together, but none beyond chance; 32 of 100 rows fall from 100 to 70 %."""
    labels = np.concatenate([np.repeat(np.arange(8), 10), np.repeat(np.arange(8, 40), 100)])
    before = np.where(labels < 8, 39, labels)
    after = np.where(np.arange(len(labels)) % 10 < 3, labels, before)
    after = np.where((labels >= 8) & (np.arange(len(labels)) % 10 >= 7), 8 + (labels + 1) % 32, after)
    result = compared(before, after, labels)
    assert result.interval("low20.change")[0] > 0
    assert not (result.beyond_chance > 0).any()
    assert verdicts.compared(result).outcome is Outcome.HARMS


def test_where_total_accuracy_loses_more_points_than_the_low_classes_gain_it_is_harm():
    """One class rises by 20 points, and is the lowest; the other four fall by 40."""
    labels = np.repeat(np.arange(5), 200)
    place = np.arange(len(labels)) % 200
    before = np.where((labels == 0) & (place < 199), 1, labels)
    after = np.where(labels == 0, np.where(place < 150, 1, 0), np.where(place < 80, (labels + 1) % 5, labels))
    result = compared(before, after, labels)
    assert result.interval("low20.change")[0] > 0
    assert (result.beyond_chance > 0).any()
    assert verdicts.compared(result).outcome is Outcome.HARMS


def test_who_rises_and_falls_and_how_many_rows():
    result = compared(RIGHT_OF_TWO, moved({0: 90, 1: 90, 2: 60}, {0: 2, 1: 2, 2: 0}), LABELS, ["cat", "dog", "emu"])
    (who,) = [s for s in verdicts.compared(result).sentences if s.startswith("beyond chance")]
    words = who.replace(NO_BREAK, " ")
    assert "1 class rises (emu +45), 2 fall (cat -45, dog -45)" in words
    assert "90 rows became right, 180 wrong (net -90)" in words


def test_classes_of_few_rows_are_named():
    labels = np.concatenate([LABELS, np.full(7, 3)])
    found = verdicts.compared(compared(labels.copy(), labels.copy(), labels))
    assert any("1 class has fewer than 20 rows (3: 7)" in sentence for sentence in found.sentences)


def test_a_worse_likelihood_is_said():
    probs = np.full((600, 3), 0.05)
    probs[np.arange(600), LABELS] = 0.9
    worse = np.full((600, 3), 0.3)
    worse[np.arange(600), LABELS] = 0.4
    result = classlift.evaluate({"probs": worse, "labels": LABELS}, against={"probs": probs, "labels": LABELS})
    assert any("trust `predicted`, but not `probs`" in sentence for sentence in verdicts.compared(result).sentences)


def test_no_change_is_shown_below_its_own_lower_bound():
    rng = np.random.default_rng(0)
    for _ in range(20):
        labels = np.repeat(np.arange(30), 30)
        before, after = (np.where(rng.random(900) < 0.7, labels, rng.integers(0, 30, 900)) for _ in range(2))
        result = compared(before, after, labels)
        change = LowChange.of_low(result)
        assert change.low <= change.after - change.before <= change.high


def test_lines_fit_a_terminal_and_units_stay_with_their_numbers():
    for case in CASES.values():
        text = in_terminal(verdicts.compared(compared(*case, LABELS)).followed_by("classlift x", "y.npz"))
        lines = text.splitlines()
        assert max(map(len, lines)) <= 100
        assert not any(line.lstrip().startswith(("%", "pp")) for line in lines)
        assert lines[-2:] == ["wrote y.npz", "next: classlift x"]


def test_markdown_escapes_names():
    names = ["<b>", "a|b", "`c`"]
    text = in_markdown(verdicts.compared(compared(*CASES[Outcome.TRADES], LABELS, names)))
    assert "<b>" not in text
    assert "`c`" not in text.replace("\\`", "")


def test_a_layer_that_adjusts_no_row_changes_nothing():
    identity = classlift.tune({"probs": np.array([[0.9, 0.1], [0.2, 0.8]] * 10), "labels": np.array([0, 1] * 10)}).layer
    given = {"probs": np.array([[0.9, 0.1], [0.2, 0.8], [0.6, 0.4]] * 50), "labels": np.array([0, 1, 1] * 50)}
    found = verdicts.compared(classlift.evaluate(given, layer=identity))
    assert found.outcome is Outcome.NOTHING
    assert "changes no prediction" in found.sentences[0]
    assert "pp" not in found.sentences[0]


@pytest.mark.parametrize("cluster", [None, "patient"])
def test_the_identity_surely_changes_nothing(cluster):
    """Its changes have no noise of pairing: no interval around zero, nothing about clusters."""
    rng = np.random.default_rng(0)
    probs, labels = rng.dirichlet(np.ones(3), 90), np.repeat([0, 1, 2], 30)
    rows = {"probs": probs, "labels": labels, "patient": np.arange(90) // 3}
    result = classlift.evaluate(rows, layer=OutputLayer((), 3), reading=classlift.ReadOptions(cluster=cluster))
    assert [result.interval(name) for name in ("total.change", "low20.change", "class:1.change", "negative_flips")] == [
        (0, 0)
    ] * 4
    figures, *_, classes = comparison_tables(result)
    assert [row[-1] for row in figures.rows if row[-1]] == ["no change"] * 2
    assert {row[classes.columns.index("95% interval (pp)")] for row in classes.rows} == {"no change"}
    assert not any("intervals go by" in note or "Tango" in note for note in (*figures.footer, *figures.explained))
    assert Gate.parse("total.change >= 0pp").check(result, confidence=0.95).state == "passed"


@pytest.fixture(scope="module")
def tuned():
    """A layer that lifts a class that is hardly predicted, on other rows too."""

    def rows(seed):
        rng = np.random.default_rng(seed)
        labels = rng.integers(0, 4, 2000)
        return {"logits": rng.normal(size=(2000, 4)) + 2 * np.eye(4)[labels] - [0, 0, 0, 1.5], "labels": labels}

    return classlift.tune(rows(0), test=rows(1), require=["low20 >= 45%"], methods=("raw",))


def test_no_tick_where_the_test_file_breaks_the_guard_or_a_requirement(tuned):
    assert verdict_of_tuned(tuned).outcome is Outcome.LIFTS
    fell = verdict_of_tuned(replace(tuned, max_total_drop=-0.9))
    assert fell.outcome is Outcome.TRADES
    assert "were to be lost" in fell.sentences[1]
    unmet = replace(tuned, requirements=(replace(tuned.requirements[0], gate="low20 >= 99%"),))
    assert verdict_of_tuned(unmet).outcome is Outcome.TRADES


def test_a_requirement_that_the_promise_does_not_hold_is_said(tuned):
    little = Expected(0.001, -0.1, 0.1)
    for promise, said in ((tuned.promise, False), (Promise(little, little, little), True)):
        told = " ".join(verdict_of_tuned(replace(tuned, promise=promise, test=None)).sentences)
        assert "required, out of fold as counted: low20" in told
        assert ("though what is expected in a new sample does not hold it" in told) is said


def test_another_layer_is_named():
    same = compared(RIGHT_OF_TWO, moved({2: 149}, {2: 0}), LABELS)
    told = verdicts.compared(same, "new.npz against old.npz", kept="old.npz").sentences[0]
    assert told.startswith("new.npz against old.npz changes nothing that can be told from chance")
    assert told.endswith("; keep old.npz.")


def test_predictions_that_change_are_not_called_unchanged():
    """Two wrong rows exchange their classes: every count stays, and no layer was asked."""
    before, after = LABELS.copy(), LABELS.copy()
    before[[0, 1]] = [1, 2]
    after[[0, 1]] = [2, 1]
    assert "changes no prediction" not in verdicts.compared(compared(before, after, LABELS)).sentences[0]


def test_what_may_be_lost_is_no_harm():
    result = compared(RIGHT_OF_TWO, moved({0: 60, 1: 60, 2: 120}, {0: 1, 1: 0, 2: 0}), LABELS)
    unsure, lost = Expected(0.04, -0.01, 0.09), Expected(-0.05, -0.07, -0.03)
    found = promised(result, Promise(unsure, lost, unsure), "it")
    assert found.outcome is Outcome.TRADES
    assert "harm" not in found.sentences[0]
    fallen = Expected(-0.04, -0.06, -0.02)
    assert promised(result, Promise(fallen, lost, fallen), "it").outcome is Outcome.HARMS


def test_classes_that_are_never_predicted_come_with_what_to_ask_for():
    rng = np.random.default_rng(0)
    probs = rng.dirichlet([4, 4, 0.5], 400)
    probs[:, 2] = np.minimum(probs[:, 2], 0.2)
    probs /= probs.sum(axis=1, keepdims=True)
    result = classlift.tune({"probs": probs, "labels": rng.integers(0, 3, 400)})
    assert not result.chosen
    told = " ".join(verdict_of_tuned(result).sentences)
    assert "1 class is never predicted: --require 'never_predicted == 0'" in told


def test_methods_that_all_cost_too_much_leave_the_raw_predictions():
    costly = Entry("naive", OutputLayer((), 3), compared(*CASES[Outcome.TRADES], LABELS), 0.1)
    found = results.benchmarked(Benchmark("test.npz", (costly,), 0.001, ()))
    assert found.outcome is Outcome.NOTHING
    assert "keep the raw predictions" in found.sentences[0]
    assert results.benchmarked(Benchmark("test.npz", (costly,), 0.2, ())).outcome is Outcome.TRADES


def test_equal_low_classes_are_ranked_by_total_accuracy_and_raw_stands_before_what_changes_nothing():
    """Class 2 is always wrong; of the others more or fewer rows are."""
    labels = np.repeat([0, 1, 2], 100)
    logits = np.random.default_rng(3).normal(size=(300, 3)) + 3 * np.eye(3)[labels]
    logits[:, 2] -= 50
    found = classlift.compare({"logits": logits, "labels": labels}, {"logits": logits, "labels": labels})
    order = [(one.result.after.low20, one.result.after.total) for one in found.ranked]
    assert len(order) > 2
    assert order == sorted(order, reverse=True)
    frame = found.to_frame()
    place = frame.index.tolist().index("raw")
    assert frame.loc["raw", "total_after"] == found.raw.total
    levels = list(zip(frame["low20_after"], frame["total_after"], strict=True))[: len(order) + 1]
    assert levels == sorted(levels, reverse=True)
    assert all(level > levels[place] for level in levels[:place])
    assert not any(level > levels[place] for level in levels[place:])


def test_points_have_no_negative_zero():
    """A bound of nothing is +0.0, also where it is -1e-17."""
    assert change_span(-1e-17, 1e-17) == "[+0.0, +0.0]"
    assert show(Points(-1e-17)) == "+0.00 pp"

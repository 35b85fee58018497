"""Tuning: the guard, the choice, odd files, the same answer from run to run and in any number of processes."""

import numpy as np
import pytest

from classlift.data.kind import Kind
from classlift.errors import ClassliftError
from classlift.evaluation.evaluate import evaluate_layer
from classlift.fitting.tuning import parse_drop, tune
from classlift.fitting.tuning.families import Candidate, families
from support.array_source import ArraySource


def weak(n=1500, n_classes=5, seed=0, weakness=1.5):
    """Logits of a classifier that underrates its last class."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, n_classes, n)
    z = rng.normal(size=(n, n_classes))
    z[np.arange(n), labels] += 2
    z[:, -1] -= weakness
    return z, labels


def source(z, labels):
    return ArraySource(z, labels, kind=Kind.LOGITS)


def test_it_lifts_rows_that_it_has_not_seen_and_costs_no_total():
    result = tune(source(*weak()))
    assert result.chosen
    after = evaluate_layer(source(*weak(seed=1)), result.layer)
    assert after.after.low() > after.before.low() + 0.05
    assert after.after.total > after.before.total - 0.002
    assert result.effect.after.total >= result.effect.before.total - 0.001


def test_the_figures_are_those_of_the_chosen_candidate():
    result = tune(source(*weak()))
    checked = result.verdict
    assert result.allowed[result.chosen]
    assert checked.total_change[result.chosen] >= -0.001
    n = len(weak()[1])
    assert result.effect.counts.before.n_samples == n
    pooled = result.trials.fixed[result.chosen].sum() - result.trials.broken[result.chosen].sum()
    assert checked.total_change[result.chosen] == pytest.approx(pooled / n / result.trials.n_repeats)
    recall = result.trials.right.sum(axis=1) / result.trials.support.sum(axis=0)
    lowest = recall.min(axis=1)  # one lowest class of five
    assert checked.gain[result.chosen] == pytest.approx(lowest[result.chosen] - lowest[0])


def test_raw_is_the_first_candidate_and_changes_nothing():
    result = tune(source(*weak()))
    assert result.trials.candidates[0] == Candidate(result.trials.candidates[0].first, 0.0)
    assert result.trials.candidates[0].first.method == "raw"
    assert result.trials.fixed[0].sum() == result.trials.broken[0].sum() == 0
    assert result.trials.expected[0] == 0
    assert result.verdict.gain[0] == 0


def test_the_same_seed_gives_the_same_layer_in_one_process_or_two():
    one, two = tune(source(*weak(400))), tune(source(*weak(400)), jobs=2)
    assert one.chosen == two.chosen
    for a, b in zip(one.layer.steps, two.layer.steps, strict=True):
        np.testing.assert_array_equal(a.bias, b.bias)
    np.testing.assert_allclose(one.verdict.gain, two.verdict.gain, atol=1e-12)


@pytest.mark.parametrize("objective", ["low20", "worst", "macro_f1", "balanced", "gap"])
def test_every_objective(objective):
    result = tune(source(*weak()), objective=objective, methods=("raw",))
    assert result.verdict.gain[result.chosen] > 0


def test_methods_limit_what_is_tried():
    methods = {
        candidate.first.method for candidate in tune(source(*weak(200)), methods=("elaborated",)).trials.candidates
    }
    assert methods == {"raw", "elaborated"}
    with pytest.raises(ClassliftError, match="magic"):
        families(100, 3, ("magic",))


def test_full_matrices_are_left_out_where_they_take_too_long():
    count = [sum(len(family.members) for family in families(n, k, None)) for n, k in ((1000, 10), (50_000, 1000))]
    assert count[1] < count[0]


def identity_and_why(z, labels):
    result = tune(source(np.asarray(z, float), np.asarray(labels)))
    assert result.layer.steps == ()
    assert result.chosen == 0
    assert len(result.notes) == 1
    assert "identity" in result.notes[0]


def test_random_labels_give_the_identity():
    rng = np.random.default_rng(0)
    result = tune(source(rng.normal(size=(600, 4)), rng.integers(0, 4, 600)))
    assert result.effect.after.total >= result.effect.before.total - 0.001


def test_a_perfect_classifier_gives_the_identity_and_says_why():
    labels = np.arange(300) % 3
    identity_and_why(8 * np.eye(3)[labels], labels)


def test_one_row_per_class():
    identity_and_why(np.eye(6), np.arange(6))


@pytest.mark.parametrize("n_rows", [1, 2, 3, 7])
def test_a_few_rows(n_rows):
    rng = np.random.default_rng(n_rows)
    tune(source(rng.normal(size=(n_rows, 3)), rng.integers(0, 3, n_rows)))


def test_two_classes():
    z, labels = weak(n_classes=2, weakness=2.0)
    result = tune(source(z, labels))
    assert result.verdict.total_change[result.chosen] >= -0.001


def test_classes_without_rows():
    z, labels = weak(600, 8)
    result = tune(source(z, labels % 5))
    assert np.isfinite(result.verdict.gain).all()
    for step in result.layer.steps:
        assert np.isfinite(step.bias).all()


def test_many_classes_with_three_rows_each():
    rng = np.random.default_rng(0)
    labels = np.arange(900) % 300
    z = rng.normal(size=(900, 300))
    z[np.arange(900), labels] += 4
    result = tune(source(z, labels), methods=("raw",))
    assert result.effect.after.total >= result.effect.before.total - 0.001


def test_nothing_holds_a_guard_that_asks_for_the_impossible():
    rng = np.random.default_rng(5)
    labels = rng.choice(3, 800, p=[0.9, 0.05, 0.05])
    z = rng.normal(size=(800, 3)) + np.log([0.9, 0.05, 0.05])
    result = tune(source(z, labels), largest_drop=0.0)
    assert result.effect.after.total >= result.effect.before.total


@pytest.mark.parametrize(("text", "value"), [("0.1pp", 0.001), ("0pp", 0.0), (" 2 pp ", 0.02)])
def test_drop(text, value):
    assert parse_drop(text) == pytest.approx(value)


@pytest.mark.parametrize("text", ["0.1", "1%", "pp", "-1pp", "nanpp", "infpp", "200pp", ""])
def test_a_drop_without_its_unit_is_refused(text):
    with pytest.raises(ClassliftError, match="--max-total-drop"):
        parse_drop(text)


def test_no_elaborated_layer_under_which_a_class_without_competitive_rows_loses():
    z, labels = weak(2000)
    z[labels == 0, 0] += 20  # always sure, so never competitive
    z[np.flatnonzero(labels == 0)[:40], 0] -= 19.9
    result = tune(source(z, labels))
    right = result.trials.right.sum(axis=1)
    from classlift.fitting.tuning.selection import spared

    mask = np.array([True, False, False, False, False])
    elaborated = np.array([one.first.method == "elaborated" for one in result.trials.candidates])
    loses = right[:, 0] < right[0, 0]
    marked = elaborated[:, None] & mask
    np.testing.assert_array_equal(spared(result.trials, marked), ~(elaborated & loses))
    assert spared(result.trials, np.zeros_like(marked)).all()

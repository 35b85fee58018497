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
    checked = result.assessment
    assert result.allowed[result.chosen]
    assert checked.total_change[result.chosen] >= -0.001
    n = len(weak()[1])
    assert result.effect.counts.before.n_samples == n
    counts = result.trials.counts(result.chosen)
    assert checked.total_change[result.chosen] == pytest.approx((counts.fixed.sum() - counts.broken.sum()) / n)
    lowest = result.effect.after.low() - result.effect.before.low()  # one lowest class of five
    assert checked.gain[result.chosen] == pytest.approx(lowest, abs=0.03)
    assert result.promise.low20.low < result.promise.low20.change < result.promise.low20.high
    assert result.layer.provenance["search"]["promise"] == result.promise.as_dict()


def test_the_promise_is_below_what_was_counted_where_the_choice_was_lucky():
    result = tune(source(*weak(300, 5, seed=4)))
    assert result.chosen
    counted = result.effect.after.low() - result.effect.before.low()
    assert result.promise.low20.change < counted


def test_the_score_decides_and_a_named_candidate_is_taken():
    result = tune(source(*weak()))
    open_ones = np.array([not reason for reason in result.reasons])
    open_ones[0] = False
    assert result.assessment.score[result.chosen] == result.assessment.score[open_ones].max()
    named = tune(source(*weak()), choose="raw + cvar 0.1")
    assert named.trials.candidates[named.chosen].name == "raw + cvar 0.1" == named.layer.method
    assert tune(source(*weak()), choose=str(named.chosen)).layer.method == "raw + cvar 0.1"
    assert tune(source(*weak()), choose="0").layer.steps == ()
    with pytest.raises(ClassliftError, match=r"did you mean 'raw \+ cvar 0.1'"):
        tune(source(*weak()), choose="raw + cvar 0.11")


def test_what_is_allowed_decides():
    rng = np.random.default_rng(3)
    labels = rng.choice(4, 2000, p=[0.6, 0.2, 0.15, 0.05])
    z = rng.normal(size=(2000, 4)) + np.log([0.6, 0.2, 0.15, 0.05])
    z[np.arange(2000), labels] += 1
    careful, free = (tune(source(z, labels), max_total_drop=drop) for drop in (0.001, 0.2))
    assert free.promise.low20.change > careful.promise.low20.change + 0.05
    assert -0.2 <= free.assessment.total_change[free.chosen] < -0.005


@pytest.mark.parametrize("seed", range(5))
def test_noise_gives_the_identity_and_says_why(seed):
    rng = np.random.default_rng(seed)
    result = tune(source(rng.normal(size=(600, 4)), rng.integers(0, 4, 600)))
    assert result.chosen == 0
    assert result.layer.steps == ()
    assert "no more than by chance" in result.notes[-1]
    assert result.promise.as_dict()["low20"] == {"change": 0.0, "low": 0.0, "high": 0.0}


def test_folds_settle_on_nearly_the_same_biases():
    from classlift.fitting.tuning.biases import CrossFitted, biases

    z, labels = weak(4000)
    log_p = z - np.log(np.exp(z).sum(axis=1, keepdims=True))
    fold = np.arange(len(labels)) % 5
    found = biases(CrossFitted(log_p, labels, fold, 5), (0.1, 0.4), 1, whole=True)
    assert found.shape == (2, 6, 5)
    np.testing.assert_allclose(found[:, :5], found[:, 5:].repeat(5, axis=1), atol=0.25)
    assert (found[:, -1].argmax(axis=-1) == 4).all()


def test_raw_is_the_first_candidate_and_changes_nothing():
    result = tune(source(*weak()))
    assert result.trials.candidates[0] == Candidate(result.trials.candidates[0].first, 0.0)
    assert result.trials.candidates[0].first.method == "raw"
    counts = result.trials.counts(0)
    assert counts.fixed.sum() == counts.broken.sum() == 0
    assert result.assessment.total_change[0] == result.assessment.total_estimate[0] == 0
    assert result.assessment.gain[0] == 0


def test_the_same_seed_gives_the_same_layer_in_one_process_or_two():
    one, two = tune(source(*weak(400))), tune(source(*weak(400)), jobs=2)
    assert one.chosen == two.chosen
    for a, b in zip(one.layer.steps, two.layer.steps, strict=True):
        np.testing.assert_array_equal(a.bias, b.bias)
    np.testing.assert_allclose(one.assessment.gain, two.assessment.gain, atol=1e-12)


@pytest.mark.parametrize("objective", ["low20", "worst", "macro_f1", "balanced", "gap"])
def test_every_objective(objective):
    result = tune(source(*weak()), objective=objective, methods=("raw",))
    assert result.assessment.gain[result.chosen] > 0


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
    assert result.assessment.total_change[result.chosen] >= -0.001


def test_classes_without_rows():
    z, labels = weak(600, 8)
    result = tune(source(z, labels % 5))
    assert np.isfinite(result.assessment.gain).all()
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
    result = tune(source(z, labels), max_total_drop=0.0)
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
    right = result.trials.right
    from classlift.fitting.tuning.choice import spared

    mask = np.array([True, False, False, False, False])
    elaborated = np.array([one.first.method == "elaborated" for one in result.trials.candidates])
    loses = right[:, 0] < right[0, 0]
    marked = elaborated[:, None] & mask
    np.testing.assert_array_equal(spared(result.trials, marked), ~(elaborated & loses))
    assert spared(result.trials, np.zeros_like(marked)).all()

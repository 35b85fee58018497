"""Evaluations of one result and of two: three choices of the lowest classes, never mixed; in-sample rows recognised."""

import importlib.util

import numpy as np
import pytest

from classlift.data.counts import ClassCounts, PairedCounts
from classlift.data.kind import Kind
from classlift.errors import ClassliftError
from classlift.evaluation.compare import evaluate_layer
from classlift.evaluation.comparison import Comparison
from classlift.evaluation.evaluate import evaluate
from classlift.evaluation.options import EvaluationOptions, Resampling
from classlift.evaluation.result import Evaluation
from classlift.evaluation.two_sources import compare_sources
from classlift.evaluation.words import IN_SAMPLE
from classlift.fitting.fit import fit
from classlift.fitting.result import EffectKind
from classlift.layer.layer import OutputLayer
from support import slow
from support.array_source import ArraySource
from support.shared_files import PREDICTION_FILES, load

LOW = ("low20", "low20.baseline", "low20.validation")


def rows(n=400, k=10, seed=0):
    rng = np.random.default_rng(seed)
    labels = rng.integers(-1, k - 1, n)  # the last class has no samples
    z = rng.normal(0, 1, (n, k)) + rng.normal(0, 0.7, k)
    z[np.arange(n), labels] += 1.5
    p = np.exp(z)
    return p / p.sum(axis=1, keepdims=True), labels


def test_one_result_against_counting():
    p, labels = rows()
    result = evaluate(ArraySource(p, labels, block_rows=33))
    accuracy = slow.accuracies(p, labels)
    known = labels >= 0
    assert result.total == pytest.approx(np.mean(p.argmax(axis=1)[known] == labels[known]), abs=1e-15)
    assert result.lowest_classes.tolist() == slow.low_classes(accuracy)
    assert result.low() == pytest.approx(np.mean([accuracy[k] for k in slow.low_classes(accuracy)]), abs=1e-15)
    assert result.low(np.array([0, 9])) == accuracy[0], "class 9 has no samples and does not count"
    assert result.classes == tuple("0123456789")


@pytest.mark.parametrize("kind", [Kind.LOGITS, Kind.SCORES])
def test_any_kind_can_be_judged(kind):
    p, labels = rows()
    result = evaluate(ArraySource(np.log(p), labels, kind))
    assert result.counts.right.tolist() == evaluate(ArraySource(p, labels)).counts.right.tolist()


def split(path):
    scores, labels, kind = load(path)
    order = np.random.default_rng(0).permutation(len(labels))
    half = len(order) // 2
    return [ArraySource(scores[part], labels[part], kind) for part in (order[:half], order[half:])]


@pytest.mark.parametrize("path", PREDICTION_FILES)
def test_three_choices_against_the_referee(path, shared):
    spec = importlib.util.spec_from_file_location("panel", shared / "bench" / "panel.py")
    panel = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(panel)
    val, test = split(path)
    k = val.n_classes
    layer = fit(val, effect=EffectKind.NONE).layer
    result = evaluate_layer(test, layer)
    raw = test.scores.argmax(axis=1)
    adjusted = np.concatenate([layer.apply(block).predicted for block in test.blocks()])
    val_accuracy = panel.class_accuracy(val.scores.argmax(axis=1), val.labels, k)
    expected = panel.judge(raw, adjusted, test.labels, val_accuracy, k)
    changes = [after - before for before, after in (result.values(name) for name in LOW)]
    worst = np.nanmin(result.after.counts.recall) - np.nanmin(result.before.counts.recall)
    got = 100 * np.array([result.after.total - result.before.total, *changes, worst])
    np.testing.assert_allclose(got, expected, rtol=0, atol=1e-10)
    assert result.n_adjusted == sum(int(layer.apply(block).adjusted.sum()) for block in test.blocks())
    assert result.fixed == int(np.sum((raw != test.labels) & (adjusted == test.labels)))
    assert result.broken == int(np.sum((raw == test.labels) & (adjusted != test.labels)))


def test_the_three_choices_are_three():
    p, labels = rows()
    layer = fit(ArraySource(p, labels), effect=EffectKind.NONE).layer
    q, truth = rows(seed=1)
    result = evaluate_layer(ArraySource(q, truth), layer)
    adjusted = np.array([slow.apply_row(row, False, [_plain(s) for s in layer.steps])[0] for row in q])
    before, after = slow.accuracies(q, truth), slow.accuracies(adjusted, truth)
    mean = lambda accuracy, chosen: np.mean([accuracy[k] for k in chosen])  # noqa: E731
    own, fixed = (slow.low_classes(before), slow.low_classes(after)), slow.low_classes(before)
    val = slow.low_classes(slow.accuracies(p, labels))
    assert own[1] != fixed != val, "the case must tell the choices apart"
    assert result.values("low20") == pytest.approx((mean(before, own[0]), mean(after, own[1])), abs=1e-14)
    assert result.values("low20.baseline") == pytest.approx((mean(before, fixed), mean(after, fixed)), abs=1e-14)
    assert result.values("low20.validation") == pytest.approx((mean(before, val), mean(after, val)), abs=1e-14)


def _plain(step):
    return slow.Step(str(step.domain), step.weight, step.bias, step.maximum_probability, step.temperature)


def test_validation_classes_are_unknown_without_their_layer():
    p, labels = rows()
    layer = fit(ArraySource(p, labels), effect=EffectKind.NONE).layer
    other = evaluate_layer(ArraySource(p, labels), layer, EvaluationOptions(low_fraction=0.5))
    assert np.isnan(other.values("low20.validation")).all(), (
        "the layer's lowest classes were chosen with another fraction"
    )
    assert len(other.before.lowest_classes) == 5
    assert np.isnan(evaluate_layer(ArraySource(p, labels), OutputLayer((), 10)).values("low20.validation")).all()


def test_in_sample_rows_are_recognised():
    p, labels = rows()
    layer = fit(ArraySource(p, labels), effect=EffectKind.NONE).layer
    assert IN_SAMPLE in evaluate_layer(ArraySource(p, labels, block_rows=7), layer).notes
    assert IN_SAMPLE not in evaluate_layer(ArraySource(p[1:], labels[1:]), layer).notes
    assert IN_SAMPLE not in evaluate_layer(ArraySource(*rows(seed=1)), layer).notes


def test_two_sources():
    p, labels = rows()
    q = np.roll(p, 1, axis=0)
    result = compare_sources(ArraySource(p, labels), ArraySource(q, labels, Kind.SCORES))
    a, b = p.argmax(axis=1), q.argmax(axis=1)
    assert result.fixed == int(np.sum((a != labels) & (b == labels)))
    assert result.broken == int(np.sum((a == labels) & (b != labels)))
    assert result.before.total == evaluate(ArraySource(p, labels)).total
    assert result.after.total == evaluate(ArraySource(q, labels)).total


def test_two_sources_that_do_not_fit_together():
    p, labels = rows()
    one = ArraySource(p, labels, name="one")
    with pytest.raises(ClassliftError, match="two: does not have as many rows as one"):
        compare_sources(one, ArraySource(p[:-1], labels[:-1], name="two"))
    shifted = np.where(np.arange(len(labels)) == 37, (labels + 1) % 9, labels)
    with pytest.raises(ClassliftError, match="two, row 37: has another label"):
        compare_sources(one, ArraySource(p, shifted, name="two"))
    with pytest.raises(ClassliftError, match="another label"):
        compare_sources(
            ArraySource(p, labels, classes=tuple("abcdefghij")), ArraySource(p, labels, classes=tuple("bacdefghij"))
        )
    with pytest.raises(ClassliftError, match="9 classes"):
        compare_sources(one, ArraySource(p[:, :9] / p[:, :9].sum(axis=1, keepdims=True), labels))


def test_refusals():
    p, _ = rows()
    for verb in (evaluate, lambda source: evaluate_layer(source, OutputLayer((), 10))):
        with pytest.raises(ClassliftError, match="has no labels"):
            verb(ArraySource(p))
        with pytest.raises(ClassliftError, match="no labelled row"):
            verb(ArraySource(p, np.full(len(p), -1)))
    with pytest.raises(ClassliftError, match="classes"):
        evaluate_layer(ArraySource(*rows()), OutputLayer((), 9))


def test_frames_hold_the_same_figures():
    p, labels = rows()
    layer = fit(ArraySource(p, labels), effect=EffectKind.NONE).layer
    result = evaluate_layer(ArraySource(p, labels), layer)
    frame = result.to_frame()
    assert frame.index.tolist() == list("0123456789")
    np.testing.assert_array_equal(frame["recall_after"], result.after.counts.recall)
    np.testing.assert_array_equal(frame["support"], result.before.counts.support)
    np.testing.assert_array_equal(
        frame["fixed"] - frame["broken"], result.after.counts.right - result.before.counts.right
    )


def test_the_bound_of_low_classes_far_below_the_others_holds():
    recalls, passed = np.r_[0.5, 0.5, np.full(8, 0.9)], []
    for seed in range(300):
        right = np.random.default_rng(seed).binomial(30, recalls)
        counts = ClassCounts(np.full(10, 30), right, np.full(10, 30))
        result = Evaluation("", counts, tuple("abcdefghij"), resampling=Resampling(500, seed))
        passed.append([result.interval("low20", 0.9).low > 0.5, result.bounds("low20", 0.95).low > 0.5])
    drawn_together, both = np.mean(passed, axis=0)
    assert drawn_together > 0.1
    assert both < 0.07


@pytest.mark.parametrize("seed", range(40))
def test_the_interval_of_low20_holds_the_counted_change(seed):
    """Classes that are equal: what the draws shrink may lie on one side of what was counted."""
    rng = np.random.default_rng(seed)
    labels = np.repeat(np.arange(10), 60)
    hits = [rng.random(600) < 0.6 for _ in range(2)]
    predicted = [np.where(hit, labels, (labels + 1) % 10) for hit in hits]
    before, after = (ClassCounts.of(labels, one, 10) for one in predicted)
    fixed, broken = (np.bincount(labels[rows], minlength=10) for rows in (hits[1] & ~hits[0], hits[0] & ~hits[1]))
    result = Comparison("", PairedCounts(before, after, fixed, broken), tuple("abcdefghij"))
    low, high = result.interval("low20.change")
    assert low <= result.change("low20") <= high

"""`fit`: what it hands back, honest out-of-fold figures, and the paper's numbers on the sample."""

import json

import numpy as np
import pytest

from classlift.data.folds import Folds
from classlift.data.kind import Kind
from classlift.errors import ClassliftError
from classlift.fitting.fit import fit
from classlift.fitting.passes import N_FOLDS
from classlift.fitting.result import EffectKind
from classlift.methods import METHODS, make_settings
from support import slow
from support.array_source import ArraySource, parameters


def rows(n=260, k=4, seed=0):
    rng = np.random.default_rng(seed)
    labels = rng.choice(k, n, p=np.array([0.55, 0.3, 0.1, 0.05]))
    z = rng.normal(0, 0.8, (n, k)) + np.array([0.6, 0.3, 0, -0.3])
    z[np.arange(n), labels] += 1
    p = np.exp(z)
    return p / p.sum(axis=1, keepdims=True), labels


def slow_out_of_fold(p, labels, *, honest, beta, seed=0):
    """Counts before and after, from layers of the other folds, by loops; also their parameters."""
    fold = np.concatenate([f for _, f in Folds(ArraySource(p, labels), N_FOLDS, seed).blocks()])
    after, layers = np.full(len(labels), -1), []
    for f in range(N_FOLDS):
        training, held_out = np.flatnonzero((fold != f) & (labels >= 0)), np.flatnonzero(fold == f)
        some = training if honest else np.flatnonzero(labels >= 0)
        accuracy = slow.accuracies(p[some], labels[some])
        solved = slow.elaborated(p[training], labels[training], beta=beta, accuracy=accuracy)
        h = solved.parameters.astype(float)
        layers.append(h)
        steps = (slow.Step("probability", h[:, :-1], h[:, -1], 0.8),)
        for i in held_out:
            after[i] = slow.first_maximum(slow.apply_row(p[i], False, steps)[0])
    return slow.count(labels, after, p.shape[1]), layers


def test_out_of_fold_uses_the_training_folds_alone():
    p, labels = rows()
    labels = np.where(np.arange(len(labels)) % 11 == 3, -1, labels)
    settings = make_settings("elaborated", {"beta": 3.0})
    result = fit(ArraySource(p, labels, block_rows=50), settings=settings)
    after, layers = slow_out_of_fold(p, labels, honest=True, beta=3.0)
    got = result.out_of_fold.counts.after
    assert (got.support.tolist(), got.right.tolist(), got.predicted.tolist()) == after
    leaky, other = slow_out_of_fold(p, labels, honest=False, beta=3.0)
    assert max(np.abs(a - b).max() for a, b in zip(layers, other, strict=True)) > 1e-3
    assert leaky != after, "the case must tell weights from all rows apart"


def test_every_labelled_row_is_judged_once():
    p, labels = rows()
    labels[:30] = -1
    result = fit(ArraySource(p, labels))
    for effect in (result.in_sample, result.out_of_fold):
        assert effect.counts.before.support.tolist() == np.bincount(labels[30:], minlength=4).tolist()
        assert effect.counts.before.right.tolist() == result.counts.right.tolist()
    assert result.effect is result.out_of_fold


@pytest.mark.parametrize("method", [name for name, entry in METHODS.items() if not entry.by_hand])
def test_block_size_does_not_change_the_effect(method):
    p, labels = rows()
    logits = np.log(p)
    figures = []
    for block_rows in (13, 4096):
        result = fit(ArraySource(logits, labels, Kind.LOGITS, block_rows=block_rows), method=method)
        after = result.out_of_fold.counts.after
        figures.append((after.right.tolist(), after.predicted.tolist(), result.layer.provenance["fingerprint"]))
    assert figures[0] == figures[1]


def test_effects_that_were_not_asked_for():
    p, labels = rows()
    none = fit(ArraySource(p, labels), effect=EffectKind.NONE)
    assert none.in_sample is none.out_of_fold is none.effect is None
    some = fit(ArraySource(p, labels), effect=EffectKind.IN_SAMPLE)
    assert some.out_of_fold is None
    assert some.effect is some.in_sample


def test_the_seed_is_that_of_the_folds_alone():
    p, labels = rows()
    one, two = (fit(ArraySource(p, labels), seed=seed) for seed in (0, 1))
    np.testing.assert_array_equal(parameters(one.layer), parameters(two.layer))
    assert one.in_sample.counts.after.right.tolist() == two.in_sample.counts.after.right.tolist()
    assert one.out_of_fold.counts.after.predicted.tolist() != two.out_of_fold.counts.after.predicted.tolist()


def test_provenance_is_plain_and_true():
    p, labels = rows()
    labels = labels.copy()
    labels[labels == 3] = 2  # class 3 has no samples
    result = fit(ArraySource(p, labels, classes=("a", "b", "c", "d")))
    known = json.loads(json.dumps(result.layer.provenance, allow_nan=False))
    assert known == dict(result.layer.provenance)
    assert known["support"] == np.bincount(labels, minlength=4).tolist()
    assert known["accuracy"][3] is None
    assert known["accuracy"][:3] == slow.accuracies(p, labels)[:3]
    assert known["low_classes"] == slow.low_classes(slow.accuracies(p, labels))
    assert known["n_samples"] == len(labels)
    assert known["fitted_rows"] == result.fitted.fitted_rows.tolist()
    assert result.layer.classes == ("a", "b", "c", "d") == result.classes


def test_a_left_out_fold_that_meets_accuracy_zero():
    """Class 1 has one right row of three: where that is held out, accuracy 0 meets --accuracy-floor 0."""
    p = np.array([[0.4, 0.6], *[[0.6, 0.4]] * 2, *[[0.7, 0.3]] * 10, *[[0.45, 0.55]] * 3])
    labels = np.array([1, 1, 1, *[0] * 13])
    settings = make_settings("elaborated", {"accuracy_floor": 0.0})
    assert fit(ArraySource(p, labels), settings=settings, effect=EffectKind.IN_SAMPLE).layer.steps
    try:
        result = fit(ArraySource(p, labels), settings=settings)
    except ClassliftError as error:
        assert "fold" in str(error), "class 1 has accuracy 1/3 in the file: the message must say where it is 0"
    else:
        assert any("fold" in note for note in result.notes)


def test_refusals():
    p, labels = rows()
    with pytest.raises(ClassliftError, match="no labelled row"):
        fit(ArraySource(p, np.full(len(p), -1)))
    with pytest.raises(ClassliftError, match="has no labels"):
        fit(ArraySource(p, None))
    with pytest.raises(ClassliftError, match="neither probabilities nor logits"):
        fit(ArraySource(p, labels, Kind.SCORES))


def test_logits_give_the_layer_of_their_softmax():
    p, labels = rows()
    logits = np.log(p) + 3
    one = fit(ArraySource(logits, labels, Kind.LOGITS), effect=EffectKind.NONE)
    two = fit(ArraySource(slow.softmax(logits).astype(float), labels), effect=EffectKind.NONE)
    np.testing.assert_allclose(parameters(one.layer), parameters(two.layer), atol=1e-11)


@pytest.fixture(scope="module")
def papers_fit(sample):
    return fit(ArraySource(*sample["val"]))


def test_papers_numbers_on_the_sample(sample, papers_fit):
    from classlift.evaluation.compare import evaluate_layer

    result = evaluate_layer(ArraySource(*sample["test"]), papers_fit.layer)
    assert pp(result.before.total) == pytest.approx(66.42, abs=0.05)
    assert pp(result.after.total) == pytest.approx(63.25, abs=0.05)
    assert [pp(x) for x in result.values("low20")] == pytest.approx([22.10, 38.70], abs=0.05)
    assert [pp(x) for x in result.values("low20.baseline")] == pytest.approx([22.10, 55.30], abs=0.05)


def test_sample_by_the_slow_implementation(sample):
    """The same figures from loops: the numbers above do not rest on the package alone."""
    p, labels = sample["val"]
    h = slow.elaborated(p, labels).parameters.astype(float)
    q, truth = sample["test"]
    unit = slow.unit_sum(q).astype(float)
    adjusted = np.where(q.max(axis=1).astype(float)[:, None] < 0.8, unit @ h[:, :-1].T + h[:, -1], q)
    assert pp(np.mean(adjusted.argmax(axis=1) == truth)) == pytest.approx(63.25, abs=0.05)
    before, after = slow.accuracies(q, truth), slow.accuracies(adjusted, truth)
    assert pp(np.mean([before[k] for k in slow.low_classes(before)])) == pytest.approx(22.10, abs=0.05)
    assert pp(np.mean([after[k] for k in slow.low_classes(after)])) == pytest.approx(38.70, abs=0.05)
    assert pp(np.mean([after[k] for k in slow.low_classes(before)])) == pytest.approx(55.30, abs=0.05)


def pp(share):
    return 100 * share

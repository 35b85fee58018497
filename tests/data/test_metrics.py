"""Figures against scikit-learn where it defines them, the referee's script, and searching by hand."""

import importlib.util
import math
from fractions import Fraction

import numpy as np
import pytest

from classlift.data import metrics
from classlift.data.counts import ClassCounts
from classlift.evaluation.result import Evaluation
from support import slow
from support.shared_files import PREDICTION_FILES, load

theirs = pytest.importorskip("sklearn.metrics", reason="scikit-learn is not installed")

CLOSE = {"rtol": 0, "atol": 1e-12}


@pytest.fixture(scope="module")
def panel(shared):
    spec = importlib.util.spec_from_file_location("panel", shared / "bench" / "panel.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def against_sklearn(labels, predicted, n_classes):
    counts = ClassCounts.of(labels, predicted, n_classes)
    labels, predicted = labels[labels >= 0], predicted[labels >= 0]
    seen = np.unique(labels)
    absent = np.setdiff1d(np.arange(n_classes), seen)
    precision, recall, f1, _ = theirs.precision_recall_fscore_support(labels, predicted, labels=seen, zero_division=0)
    np.testing.assert_allclose(metrics.total_accuracy(counts), theirs.accuracy_score(labels, predicted), **CLOSE)
    np.testing.assert_allclose(metrics.recall(counts)[seen], recall, **CLOSE)
    np.testing.assert_allclose(metrics.f1(counts)[seen], f1, **CLOSE)
    said = counts.predicted[seen] > 0
    np.testing.assert_allclose(metrics.precision(counts)[seen][said], precision[said], **CLOSE)
    assert np.isnan(metrics.precision(counts)[counts.predicted == 0]).all()
    assert np.isnan(metrics.recall(counts)[absent]).all()
    assert np.isnan(metrics.f1(counts)[absent]).all()
    average = {"labels": seen, "zero_division": 0}
    np.testing.assert_allclose(
        metrics.macro_f1(counts), theirs.f1_score(labels, predicted, average="macro", **average), **CLOSE
    )
    np.testing.assert_allclose(
        metrics.weighted_f1(counts), theirs.f1_score(labels, predicted, average="weighted", **average), **CLOSE
    )
    balanced = theirs.recall_score(labels, predicted, average="macro", **average)
    np.testing.assert_allclose(metrics.balanced_accuracy(counts), balanced, **CLOSE)
    if not len(absent):
        np.testing.assert_allclose(balanced, theirs.balanced_accuracy_score(labels, predicted), **CLOSE)
    assert metrics.worst_recall(counts) == min(recall)
    np.testing.assert_allclose(metrics.gap(counts), max(recall) - min(recall), **CLOSE)
    assert metrics.never_predicted(counts) == sum(1 for k in seen if k not in predicted)
    assert metrics.no_samples(counts) == len(absent)


@pytest.mark.parametrize("path", PREDICTION_FILES)
def test_real_file(path):
    scores, labels, _ = load(path)
    against_sklearn(labels, scores.argmax(axis=1), scores.shape[1])


@pytest.mark.parametrize("seed", range(30))
def test_random_results(seed):
    rng = np.random.default_rng(seed)
    k = int(rng.integers(2, 40))
    labels = rng.integers(-1, max(1, int(k * 0.7)), 60)
    labels[0] = 0
    against_sklearn(labels, rng.integers(0, k, 60), k)


@pytest.mark.parametrize("path", PREDICTION_FILES)
def test_low_classes_of_real_file(path, panel):
    scores, labels, _ = load(path)
    predicted, k = scores.argmax(axis=1), scores.shape[1]
    ours = ClassCounts.of(labels, predicted, k).recall
    np.testing.assert_array_equal(ours, panel.class_accuracy(predicted, labels, k))
    lowest = metrics.low_classes(ours)
    np.testing.assert_array_equal(lowest, panel.lowest(ours))
    assert lowest.tolist() == slow.low_classes(ours.tolist())
    assert metrics.low_recall(ours, lowest) == pytest.approx(np.mean(ours[lowest]), abs=1e-15)


@pytest.mark.parametrize("fraction", [0.2, 0.05, 0.5, 1.0])
@pytest.mark.parametrize("seed", range(20))
def test_low_classes_with_ties_and_absent_classes(seed, fraction):
    rng = np.random.default_rng(seed)
    accuracy = rng.integers(0, 4, 23) / 4
    accuracy[rng.random(23) < 0.3] = np.nan
    lowest = metrics.low_classes(accuracy, fraction)
    assert lowest.tolist() == slow.low_classes(accuracy.tolist(), fraction)
    assert not np.isnan(metrics.low_recall(accuracy, lowest))


def test_low_recall_leaves_out_classes_without_samples():
    accuracy = np.array([0.5, np.nan, 0.25])
    assert metrics.low_recall(accuracy, np.array([0, 1])) == 0.5
    assert np.isnan(metrics.low_recall(accuracy, np.array([1])))


def test_a_fifth_of_the_classes():
    expected = {1: 1, 2: 1, 3: 1, 4: 1, 5: 1, 7: 1, 8: 2, 10: 2, 12: 2, 13: 3, 17: 3, 18: 4, 100: 20, 1000: 200}
    assert {k: metrics.low_size(k) for k in expected} == expected


@pytest.mark.parametrize("hundredths", [5, 10, 15, 25, 29, 35, 41, 50, 57, 58, 70, 82, 100])
def test_halves_are_rounded_up_whatever_binary_makes_of_the_fraction(hundredths):
    """0.35 of 90 classes is 31.5, which is 32; in binary 0.35 * 90 is 31.499999999999996."""
    for n in range(1, 400):
        exact = math.floor(Fraction(hundredths, 100) * n + Fraction(1, 2))
        assert metrics.low_size(n, hundredths / 100) == max(1, exact), n


def test_without_rows_nothing_is_known_and_nothing_crashes():
    nothing = ClassCounts.zeros(3)
    for name in metrics.METRICS:
        value = Evaluation("nothing", nothing, ("a", "b", "c")).value(name)
        assert value == {"never_predicted": 0, "no_samples": 3}.get(name) or np.isnan(value), name
    assert np.isnan(metrics.f1(nothing)).all()
    assert metrics.low_classes(nothing.recall).tolist() == []
    assert np.isnan(metrics.low_recall(nothing.recall, metrics.low_classes(nothing.recall)))


def test_every_figure_is_a_plain_float():
    counts = ClassCounts.of(np.array([0, 1, 1]), np.array([0, 1, 0]), 3)
    result = Evaluation("x", counts, ("a", "b", "c"))
    for name, metric in metrics.METRICS.items():
        assert type(metric.value(result)) is float, name


def test_a_class_without_samples_that_is_predicted():
    counts = ClassCounts.of(np.array([0, 0, 1]), np.array([0, 2, 1]), 3)
    assert np.isnan(counts.recall[2])
    assert metrics.precision(counts)[2] == 0
    assert metrics.balanced_accuracy(counts) == 0.75
    assert metrics.never_predicted(counts) == 0

"""What must hold for every metric; the walk over METRICS finds a new one by its entry there."""

import warnings
from dataclasses import fields

import numpy as np
import pytest

from classlift.data.counts import ClassCounts
from classlift.data.metrics import METRICS
from classlift.evaluation.evaluate import evaluate
from classlift.output.documents import evaluation_document
from support.array_source import ArraySource
from support.cases import ODDITIES, random_case

every_metric = pytest.mark.parametrize("name", METRICS)


def value(name, counts):
    entry = METRICS[name]
    return (entry if callable(entry) else entry.value)(counts)


def counts_of(labels, predicted, n_classes=5):
    scores = np.eye(n_classes)[np.asarray(predicted, int)].reshape(len(predicted), n_classes)
    return evaluate(ArraySource(scores, np.asarray(labels, int))).counts


def some(seed=0, n=200, k=5):
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, k, n)
    return labels, np.where(rng.random(n) < 0.6, labels, rng.integers(0, k, n))


ODD = {
    "one row": ([2], [2]),
    "one class": ([1] * 6, [1, 1, 2, 1, 0, 1]),
    "all wrong": ([0, 1, 2, 3, 4], [1, 2, 3, 4, 0]),
    "all right": ([0, 1, 2, 3, 4], [0, 1, 2, 3, 4]),
    "unlabelled": ([-1, -1, 0, 1], [0, 1, 0, 0]),
}


@every_metric
@pytest.mark.parametrize("odd", ODD)
def test_it_is_a_number_without_a_warning(name, odd):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = value(name, counts_of(*ODD[odd]))
    assert isinstance(found, float)
    assert np.isfinite(found)


@every_metric
def test_without_rows_it_is_unknown_or_counts_classes(name):
    found = value(name, ClassCounts.zeros(5))
    assert np.isnan(found) or (found == int(found) and 0 <= found <= 5)


@every_metric
@pytest.mark.parametrize("seed", range(4))
def test_a_permutation_of_the_classes_changes_nothing(name, seed):
    labels, predicted = some(seed)
    order = np.random.default_rng(seed + 9).permutation(5)
    whole, moved = counts_of(labels, predicted), counts_of(order[labels], order[predicted])
    assert value(name, moved) == pytest.approx(value(name, whole), abs=1e-12)


@every_metric
def test_twice_every_row_changes_nothing(name):
    labels, predicted = some()
    once, twice = counts_of(labels, predicted), counts_of(np.tile(labels, 2), np.tile(predicted, 2))
    assert value(name, twice) == pytest.approx(value(name, once), abs=1e-12)


@every_metric
def test_counts_are_left_alone(name):
    counts = counts_of(*some())
    kept = {entry.name: np.copy(getattr(counts, entry.name)) for entry in fields(counts)}
    value(name, counts)
    for part, before in kept.items():
        np.testing.assert_array_equal(getattr(counts, part), before)


@every_metric
@pytest.mark.parametrize("oddity", ODDITIES)
def test_the_document_has_it(name, oddity):
    case = random_case(1, oddity)
    result = evaluate(ArraySource(case.probabilities, case.labels))
    found = evaluation_document(result)["figures"][name]
    expected = value(name, result.counts)
    assert (found is None and np.isnan(expected)) or found == expected

"""What must hold for every metric; the walk over METRICS finds a new one by its entry there."""

import warnings
from dataclasses import fields, replace

import numpy as np
import pytest

from classlift.data.costs import Costs
from classlift.data.counts import ClassCounts
from classlift.data.metrics import METRICS
from classlift.evaluation.evaluate import evaluate
from classlift.evaluation.options import EvaluationOptions
from classlift.evaluation.result import Evaluation
from classlift.output.documents.evaluation import evaluation_document
from support.array_source import ArraySource
from support.cases import ODDITIES, random_case

COSTS = np.abs(np.subtract.outer(np.arange(7), np.arange(7))) / 2
every_metric = pytest.mark.parametrize("name", METRICS)


def result_of(labels, predicted, order=range(7)):
    """A result of which everything is known; `order` are the numbers that the classes have in it."""
    scores = np.tile(np.argsort(order) / 1000, (len(predicted), 1))
    scores[np.arange(len(predicted)), predicted] = 1 - scores.sum(axis=1)
    scores /= scores.sum(axis=1, keepdims=True)
    costs = np.empty_like(COSTS)
    costs[np.ix_(order, order)] = COSTS
    return known(evaluate(ArraySource(scores, np.asarray(labels, int)), EvaluationOptions(costs=Costs(costs))))


def known(result):
    many = sum([result.counts] * 40, ClassCounts.zeros(len(result.classes)))
    groups = {"site": {"north": many, "south": many}}
    return replace(result, baseline=result.counts, validation_low=result.lowest_classes, groups=groups)


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
        found = result_of(*ODD[odd]).value(name)
    assert isinstance(found, float)
    assert np.isfinite(found)


@every_metric
def test_without_rows_it_is_unknown_or_counts_classes(name):
    found = known(Evaluation("nothing", ClassCounts.zeros(5), tuple("abcde"))).value(name)
    assert np.isnan(found) or (found == int(found) and 0 <= found <= 5)


@every_metric
@pytest.mark.parametrize("seed", range(4))
def test_a_permutation_of_the_classes_changes_nothing(name, seed):
    labels, predicted = some(seed)
    order = np.random.default_rng(seed + 9).permutation(7)
    whole, moved = result_of(labels, predicted), result_of(order[labels], order[predicted], order)
    assert moved.value(name) == pytest.approx(whole.value(name), abs=1e-12)


@every_metric
def test_twice_every_row_changes_nothing(name):
    labels, predicted = some()
    once, twice = result_of(labels, predicted), result_of(np.tile(labels, 2), np.tile(predicted, 2))
    assert twice.value(name) == pytest.approx(once.value(name), abs=1e-12)


@every_metric
def test_counts_are_left_alone(name):
    result = result_of(*some())
    counts = result.counts
    kept = {entry.name: np.copy(getattr(counts, entry.name)) for entry in fields(counts)}
    result.value(name)
    for part, before in kept.items():
        np.testing.assert_array_equal(getattr(counts, part), before)


@every_metric
@pytest.mark.parametrize("oddity", ODDITIES)
def test_the_document_has_it(name, oddity):
    case = random_case(1, oddity)
    costs = Costs(1 - np.eye(case.probabilities.shape[1]))
    result = known(evaluate(ArraySource(case.probabilities, case.labels), EvaluationOptions(costs=costs)))
    found = evaluation_document(result)["figures"][name]
    np.testing.assert_equal(found, result.value(name))

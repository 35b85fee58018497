"""Costs of mistakes: the decision against brute force, sums against scikit-learn, what is refused."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from classlift.data.costs import Costs
from classlift.data.counts import ClassCounts, PairedCounts
from classlift.data.metrics.values import mean_cost
from classlift.errors import ClassliftError
from classlift.evaluation.evaluate import evaluate
from classlift.evaluation.options import EvaluationOptions
from support.array_source import ArraySource

NAMES = ("cat", "dog", "car")


def random_costs(seed, k=5, largest=7.0):
    matrix = np.random.default_rng(seed).random((k, k)) * largest
    np.fill_diagonal(matrix, 0)
    return matrix


def random_rows(seed, n=400, k=5):
    rng = np.random.default_rng(seed)
    return rng.dirichlet(np.full(k, 0.5), n), rng.integers(0, k, n)


@given(st.integers(0, 10_000), st.integers(2, 8))
@settings(max_examples=60, deadline=None)
def test_the_class_of_least_expected_cost_is_decided(seed, k):
    p, costs = random_rows(seed, 20, k)[0], Costs(random_costs(seed, k))
    by_hand = [min(range(k), key=lambda j: sum(row[i] * costs.matrix[i, j] for i in range(k))) for row in p]
    expected = costs.expected(p)
    for row, (one, other) in enumerate(zip(costs.decide(p), by_hand, strict=True)):
        assert one == other or expected[row, one] == pytest.approx(expected[row, other], rel=1e-12)


def test_equal_costs_of_all_mistakes_decide_for_the_most_probable_class():
    p = random_rows(3)[0]
    np.testing.assert_array_equal(Costs(1 - np.eye(5)).decide(p), p.argmax(axis=1))


@pytest.mark.parametrize("largest", [1e-7, 0.3, 1.0, 20.0, 3e9])
def test_the_mean_cost_is_that_of_the_confusion_matrix(largest):
    confusion_matrix = pytest.importorskip("sklearn.metrics").confusion_matrix
    p, labels = random_rows(1, 5000)
    matrix = random_costs(2, largest=largest)
    wanted = (confusion_matrix(labels, p.argmax(axis=1), labels=range(5)) * matrix).sum() / len(p)
    found = evaluate(ArraySource(p, labels), EvaluationOptions(costs=Costs(matrix))).value("cost")
    assert found == pytest.approx(wanted, rel=1e-8)


def test_costs_with_few_digits_are_kept_to_the_bit():
    matrix = np.array([[0, 0.1, 0.7], [12.5, 0, 3.3], [1e-6, 20, 0]])
    np.testing.assert_array_equal(Costs(matrix).matrix, matrix)
    once = Costs(random_costs(4)).matrix
    np.testing.assert_array_equal(Costs(once).matrix, once)


@given(st.integers(0, 1000), st.lists(st.integers(0, 400), max_size=5))
@settings(max_examples=40, deadline=None)
def test_parts_add_up_to_the_whole_exactly(seed, cuts):
    p, labels = random_rows(seed)
    labels[::7] = -1
    costs, after = Costs(random_costs(seed)), random_rows(seed + 1)[0].argmax(axis=1)
    whole = PairedCounts.of(labels, p.argmax(axis=1), after, 5, costs=costs)
    edges = sorted({0, *cuts, 400})
    parts = [
        PairedCounts.of(labels[a:b], p[a:b].argmax(axis=1), after[a:b], 5, costs=costs) for a, b in pairwise(edges)
    ]
    total = sum(parts, PairedCounts.zeros(5))
    assert mean_cost(total.before) == mean_cost(whole.before)
    np.testing.assert_array_equal(total.cost_change.squares, whole.cost_change.squares)
    known = labels >= 0
    change = costs.matrix[labels, after][known] - costs.matrix[labels, p.argmax(axis=1)][known]
    assert whole.cost_change.mean(known.sum()) == pytest.approx(change.mean(), abs=1e-8)
    assert whole.cost_change.second_moment(known.sum()) == pytest.approx((change**2).mean(), rel=1e-7)


def test_superclasses():
    costs = Costs.of_groups({"cat": "pet", "dog": "pet", "car": "thing"}, 0.25)
    np.testing.assert_array_equal(costs.matrix, [[0, 0.25, 1], [0.25, 0, 1], [1, 1, 0]])


def test_costs_follow_the_order_of_the_classes():
    matrix = np.array([[0, 1, 2], [3, 0, 4], [5, 6, 0.0]])
    moved = Costs(matrix, NAMES).in_order(("car", "cat", "dog"), "file")
    np.testing.assert_array_equal(moved.matrix, [[0, 5, 6], [2, 0, 1], [4, 3, 0]])
    assert moved.classes == ("car", "cat", "dog")


def test_rows_and_columns_of_a_table_are_matched_by_name():
    costs = Costs.of_rows(np.array([[3, 0, 4], [0, 1, 2], [5, 6, 0.0]]), ("dog", "cat", "car"), NAMES)
    np.testing.assert_array_equal(costs.matrix, [[0, 1, 2], [3, 0, 4], [5, 6, 0]])


def test_the_diagonal_may_cost_something_and_be_left_out():
    assert Costs(np.array([[1, 3], [2, 1.0]])).matrix[0, 0] == 1
    np.testing.assert_array_equal(
        Costs.of_names({"cat": {"dog": 2}, "dog": {"cat": 1, "dog": 0.5}}, 0.5).matrix, [[0, 2], [1, 0.5]]
    )


REFUSED = {
    "negative": (lambda: Costs(np.array([[0, -1], [1, 0]])), "class 0 taken for class 1 costs -1"),
    "not a number": (lambda: Costs(np.array([[0, np.nan], [1, 0]])), "costs nan"),
    "endless": (lambda: Costs(np.array([[0, np.inf], [1, 0]])), "costs inf"),
    "not square": (lambda: Costs(np.zeros((2, 3))), "as many rows as columns"),
    "one axis": (lambda: Costs(np.zeros(3)), "as many rows as columns"),
    "all 0": (lambda: Costs(np.zeros((2, 2))), "are all 0"),
    "similarities": (lambda: Costs(np.eye(3), NAMES), "'cat' costs 1 where it is right and 0 where it is"),
    "a class twice": (lambda: Costs(1 - np.eye(3), ("cat", "cat", "dog")), "more than once"),
    "a missing class": (lambda: Costs(1 - np.eye(3), NAMES).in_order(("cat", "dog", "cars"), "f"), "the class 'cars'"),
    "another class": (lambda: Costs(1 - np.eye(3), NAMES).in_order(("cat", "dog"), "f"), "name the class 'car'"),
    "another number": (lambda: Costs(1 - np.eye(3)).in_order(("cat", "dog"), "f"), "are for 3 classes, f has 2"),
    "no row": (lambda: Costs.of_rows(np.zeros((2, 3)), ("cat", "dog"), NAMES), "no row for the class 'car'"),
    "no column": (lambda: Costs.of_rows(np.zeros((3, 2)), NAMES, ("cat", "dog")), "no column for the class 'car'"),
    "names without costs": (lambda: Costs.of_names({"cat": {"dog": 1}, "dog": {}}, 0.5), "'dog' taken for 'cat'"),
    "a strange name": (lambda: Costs.of_names({"cat": {"cow": 1}}, 0.5), "no row for the class 'cow'"),
    "a truth value": (lambda: Costs.of_names({"cat": {"dog": True}, "dog": {"cat": 1}}, 0.5), "else than numbers"),
    "a list": (lambda: Costs.of_names([1, 2], 0.5), "do not hold costs"),
    "nothing": (lambda: Costs.of_names({}, 0.5), "do not hold costs"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_is_no_cost_is_refused_with_a_fix(what):
    make, told = REFUSED[what]
    with pytest.raises(ClassliftError, match=r"costs|class") as error:
        make()
    assert told in str(error.value)
    assert error.value.fix


def test_a_misspelled_class_is_named_with_the_one_that_is_meant():
    with pytest.raises(ClassliftError) as error:
        Costs(1 - np.eye(3), NAMES).in_order(("cat", "dog", "cars"), "file")
    assert error.value.fix == "did you mean 'car'?"


def test_counts_without_costs_do_not_know_a_cost():
    assert np.isnan(mean_cost(ClassCounts.of(np.array([0, 1]), np.array([0, 0]), 2)))

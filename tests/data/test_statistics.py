"""Counts and moments: against counting one by one, and that they add, subtract and weigh as rows do."""

import numpy as np
import pytest

from classlift.data.counts import ClassCounts, PairedCounts
from classlift.data.kind import Kind
from classlift.data.moments import Moments, MomentSum
from classlift.data.predictions import Predictions
from support import slow
from support.cases import random_case


def moments(probabilities, labels, squared_weights, rows=None, pieces=1):
    sums = MomentSum(squared_weights)
    for part in np.array_split(np.arange(len(labels)) if rows is None else rows, pieces):
        block = Predictions(probabilities[part], Kind.PROBABILITIES, labels=labels[part])
        sums.add(block, np.arange(len(part)))
    return sums.total()


def assert_close(a, b, scale=1e-12):
    np.testing.assert_allclose(a.gram, b.gram, rtol=scale, atol=scale * max(1, np.abs(b.gram).max()))
    np.testing.assert_allclose(a.cross, b.cross, rtol=scale, atol=scale * max(1, np.abs(b.cross).max()))
    np.testing.assert_array_equal(a.rows, b.rows)
    np.testing.assert_allclose(a.weight, b.weight, rtol=scale)


def test_class_counts_against_counting():
    rng = np.random.default_rng(0)
    labels, predicted = rng.integers(-1, 6, 300), rng.integers(0, 7, 300)
    counts = ClassCounts.of(labels, predicted, 8)
    support, right, said = slow.count(labels, predicted, 8)
    assert counts.support.tolist() == support
    assert counts.right.tolist() == right
    assert counts.predicted.tolist() == said
    assert counts.n_samples == sum(support)
    assert counts.n_classes == 8
    expected = [r / s if s else np.nan for r, s in zip(right, support, strict=True)]
    np.testing.assert_array_equal(counts.recall, expected)
    assert np.isnan(counts.recall[7])


def test_counts_add():
    rng = np.random.default_rng(1)
    labels, before, after = rng.integers(-1, 4, 200), rng.integers(0, 4, 200), rng.integers(0, 4, 200)
    whole = PairedCounts.of(labels, before, after, 4)
    parts = PairedCounts.zeros(4)
    for rows in np.array_split(np.arange(200), 7):
        parts += PairedCounts.of(labels[rows], before[rows], after[rows], 4)
    for a, b in ((parts.before, whole.before), (parts.after, whole.after)):
        assert a.support.tolist() == b.support.tolist()
        assert a.right.tolist() == b.right.tolist()
        assert a.predicted.tolist() == b.predicted.tolist()
    assert parts.fixed.tolist() == whole.fixed.tolist()
    fixed = [sum(1 for c, b, a in zip(labels, before, after, strict=True) if c == k and b != c == a) for k in range(4)]
    broken = [sum(1 for c, b, a in zip(labels, before, after, strict=True) if c == k and b == c != a) for k in range(4)]
    assert whole.fixed.tolist() == fixed
    assert whole.broken.tolist() == broken
    np.testing.assert_array_equal(whole.after.right - whole.before.right, whole.fixed - whole.broken)


@pytest.mark.parametrize("seed", [0, 1, 4, 8])
def test_moments_against_a_loop(seed):
    case = random_case(seed)
    k = case.probabilities.shape[1]
    squared = np.random.default_rng(seed).uniform(0.1, 9, k)
    gram, cross = np.zeros((k + 1, k + 1)), np.zeros((k, k + 1))
    for row, label in zip(slow.unit_sum(case.probabilities).astype(float), case.labels, strict=True):
        augmented = np.append(row, 1.0)
        gram += squared[label] * np.outer(augmented, augmented)
        cross[label] += squared[label] * augmented
    rows = np.bincount(case.labels, minlength=k)
    expected = Moments(gram, cross, rows, float(rows @ squared))
    assert_close(moments(case.probabilities, case.labels, squared, pieces=5), expected)


def test_weight_two_is_every_row_twice():
    case = random_case(8)
    k = case.probabilities.shape[1]
    twice = np.repeat(np.arange(len(case.labels)), 2)
    a = moments(case.probabilities, case.labels, np.full(k, 2.0))
    b = moments(case.probabilities, case.labels, np.ones(k), rows=twice)
    np.testing.assert_allclose(a.gram, b.gram, rtol=1e-12)
    np.testing.assert_allclose(a.cross, b.cross, rtol=1e-12, atol=1e-15)
    assert a.weight == b.weight
    assert (2 * a.rows == b.rows).all()


def test_moments_add():
    case = random_case(16)
    squared = np.linspace(1, 3, case.probabilities.shape[1])
    n = len(case.labels)
    a = moments(case.probabilities, case.labels, squared, rows=np.arange(n // 3))
    b = moments(case.probabilities, case.labels, squared, rows=np.arange(n // 3, n))
    whole = moments(case.probabilities, case.labels, squared)
    assert_close(a + b, whole)
    assert_close(whole + Moments.zeros(whole.n_classes), whole, 0)


def test_more_rows_than_the_buffer_holds():
    rng = np.random.default_rng(0)
    p = rng.dirichlet([1, 2], 140_000).astype(np.float32)
    labels = rng.integers(0, 2, len(p))
    total = moments(p, labels, np.array([1.0, 4.0]), pieces=3)
    unit = p.astype(float) / p.astype(float).sum(axis=1, keepdims=True)
    left = np.hstack([unit, np.ones((len(p), 1))])
    weight = np.array([1.0, 4.0])[labels]
    np.testing.assert_allclose(total.gram, (left * weight[:, None]).T @ left, rtol=1e-11)
    assert total.rows.tolist() == np.bincount(labels).tolist()


def test_total_can_be_asked_twice():
    case = random_case(8)
    sums = MomentSum(np.ones(case.probabilities.shape[1]))
    block = Predictions(case.probabilities, Kind.PROBABILITIES, labels=case.labels)
    sums.add(block, np.arange(len(case.labels)))
    assert_close(sums.total(), sums.total(), 0)
    assert sums.total().rows.sum() == len(case.labels)


def test_adding_rows_leaves_the_block_alone():
    case = random_case(4)
    kept = case.probabilities.copy()
    moments(case.probabilities, case.labels, np.ones(kept.shape[1]))
    np.testing.assert_array_equal(case.probabilities, kept)

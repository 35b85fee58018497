"""Most likely class shares against a slow implementation of the paper's words, and what their errors cover."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.optimize import minimize

from classlift import kernels
from classlift.kernels.calibration import RIDGE, fit_calibration
from classlift.kernels.shares import most_likely_shares, share_errors

OLD = np.array([0.5, 0.3, 0.2])
NEW = np.array([0.15, 0.25, 0.6])
CENTRES = np.array([[0.0, 0.0], [1.5, 0.0], [0.5, 1.5]])


def drawn(rng, n, shares, hot=1.0):
    """Log-probabilities of a model that was trained on equal shares, and labels; `hot` above 1 is overconfident."""
    labels = rng.choice(3, n, p=shares)
    x = CENTRES[labels] + rng.normal(size=(n, 2))
    return kernels.log_softmax(-hot * ((x[:, None] - CENTRES) ** 2).sum(axis=2) / 2 + [0.4, 0, -0.2]), labels


def slow_shares(p, old, rounds=20_000):
    """Saerens 2002, equation 2.4, row by row as it is written."""
    new = old.copy()
    for _ in range(rounds):
        adjusted = p * new / old
        adjusted /= adjusted.sum(axis=1, keepdims=True)
        new = adjusted.mean(axis=0)
    return new


@pytest.fixture
def rng():
    return np.random.default_rng(3)


def test_shares_are_those_of_the_slow_steps(rng):
    p = np.exp(drawn(rng, 400, NEW)[0])
    found = most_likely_shares(p / OLD, OLD)
    assert_allclose(found, slow_shares(p, OLD), atol=2e-4)
    assert found.sum() == pytest.approx(1)


def test_shares_at_the_edge_are_found(rng):
    p = np.exp(drawn(rng, 300, [0.5, 0.5, 0])[0])
    ratios = p / OLD
    found, slow = most_likely_shares(ratios, OLD), slow_shares(p, OLD)
    levels = [np.log(ratios @ shares).sum() for shares in (found, slow)]
    assert levels[0] > levels[1] - 0.01
    assert_allclose(found, slow, atol=0.01)


def test_one_hot_rows_are_counted():
    rows = np.repeat([0, 1, 2], [10, 30, 60])
    assert_allclose(most_likely_shares(np.eye(3)[rows] / OLD, OLD), [0.1, 0.3, 0.6])


def test_calibration_is_the_minimum(rng):
    x, labels = drawn(rng, 500, OLD, hot=2.0)

    def loss(point):
        logits = point[0] * x + point[1:]
        rows = kernels.log_softmax(logits)[np.arange(len(labels)), labels]
        return -rows.sum() + RIDGE / 2 * (point[1:] ** 2).sum()

    best = minimize(loss, [1.0, 0, 0, 0], method="BFGS", options={"gtol": 1e-4})
    found = fit_calibration(x, labels)
    assert loss(np.array([found.inverse, *found.bias])) < best.fun + 0.01
    assert found.inverse == pytest.approx(best.x[0], abs=0.01)
    assert_allclose(found.bias - found.bias.mean(), best.x[1:] - best.x[1:].mean(), atol=0.02)


def test_errors_of_the_rows_are_those_of_a_bootstrap(rng):
    p = np.exp(drawn(rng, 800, NEW)[0])
    ratios = p / OLD
    shares = most_likely_shares(ratios, OLD)
    again = [most_likely_shares(ratios[rng.integers(0, 800, 800)], shares) for _ in range(300)]
    found = share_errors(ratios, shares, OLD, np.zeros(3), 10**9)
    assert_allclose(found.error, np.std(again, axis=0), rtol=0.15)


def test_intervals_cover_with_a_calibration_from_few_rows():
    """Both samples drawn again and again; without the part of the calibration they would cover 87 %."""
    inside, alone, n = np.zeros(3), np.zeros(3), 300
    for seed in range(n):
        rng = np.random.default_rng(seed)
        x, labels = drawn(rng, 250, OLD, hot=1.7)
        fit, old = fit_calibration(x, labels), np.bincount(labels, minlength=3) / 250
        ratios = np.exp(kernels.log_softmax(fit(drawn(rng, 1500, NEW, hot=1.7)[0]))) / old
        shares = most_likely_shares(ratios, old)
        low, high = share_errors(ratios, shares, old, fit.bias, 250).ends(shares)
        inside += (low <= NEW) & (high >= NEW)
        low, high = share_errors(ratios, shares, old, fit.bias, 10**9).ends(shares)
        alone += (low <= NEW) & (high >= NEW)
    assert 0.92 < inside.mean() / n < 0.98
    assert alone.mean() / n < 0.9


def test_a_class_that_no_row_looks_like_is_bounded_from_above():
    rows = np.repeat([0, 1], [40, 60])
    ratios = np.eye(3)[rows] / OLD
    shares = most_likely_shares(ratios, OLD)
    low, high = share_errors(ratios, shares, OLD, np.zeros(3), 1000).ends(shares)
    assert low[2] == 0
    assert 0.015 < high[2] < 0.04  # 3 in 100 by the rule of three


def test_columns_alike_are_not_told_apart(rng):
    p = np.exp(drawn(rng, 500, NEW)[0])
    p[:, 1:] = p[:, 1:].sum(axis=1, keepdims=True) * (OLD[1:] / OLD[1:].sum())
    ratios = p / OLD
    shares = most_likely_shares(ratios, OLD)
    found = share_errors(ratios, shares, OLD, np.zeros(3), 1000)
    assert found.told_apart < 1e-6
    assert {int(found.direction.argmax()), int(found.direction.argmin())} == {1, 2}

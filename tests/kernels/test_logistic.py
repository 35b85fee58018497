"""Temperature and penalised multinomial regression against scikit-learn and scipy."""

import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.special import logsumexp

from classlift import kernels
from classlift.kernels import logistic


def data(n=300, n_classes=4, seed=0):
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, n_classes, n)
    scores = rng.normal(size=(n, n_classes))
    scores[np.arange(n), labels] += 1.5
    return 3 * scores, labels


def cross_entropy(z, labels):
    return (logsumexp(z, axis=1) - z[np.arange(len(z)), labels]).mean()


@pytest.mark.parametrize("seed", range(5))
def test_the_temperature_is_that_of_scikit_learn(seed):
    from sklearn.calibration import CalibratedClassifierCV
    from sklearn.frozen import FrozenEstimator
    from sklearn.linear_model import LogisticRegression

    z, labels = data(seed=seed)
    model = LogisticRegression(C=1e9).fit(z, labels)
    scores = model.decision_function(z)
    fitted = CalibratedClassifierCV(FrozenEstimator(model), method="temperature").fit(z, labels)
    theirs = fitted.calibrated_classifiers_[0].calibrators[0].beta_
    ours = logistic.fit_inverse_temperature(scores, labels)
    assert cross_entropy(ours * scores, labels) <= cross_entropy(theirs * scores, labels) + 1e-6
    assert ours == pytest.approx(theirs, rel=5e-3)


@pytest.mark.parametrize("weighted", [False, True])
def test_the_temperature_is_a_minimum(weighted):
    z, labels = data()
    weights = np.random.default_rng(1).random(len(z)) if weighted else np.ones(len(z))

    def loss(t):
        return weights @ (logsumexp(t * z, axis=1) - t * z[np.arange(len(z)), labels])

    best = logistic.fit_inverse_temperature(z, labels, weights if weighted else None)
    assert loss(best) <= min(loss(t) for t in np.geomspace(0.02, 50, 2000)) * (1 + 1e-5)


def test_a_perfect_model_has_the_largest_inverse_temperature():
    labels = np.array([0, 1, 2] * 10)
    assert logistic.fit_inverse_temperature(np.eye(3)[labels], labels) > 25


@pytest.mark.parametrize("ridge", [0.5, 10.0, 1000.0])
def test_the_matrix_is_what_scipy_finds(ridge):
    z, labels = data(200)
    rng = np.random.default_rng(3)
    features = np.column_stack([z, np.ones(len(z))])
    weights = rng.random(len(z)) + 0.1
    base = z - logsumexp(z, axis=1, keepdims=True)

    def loss(flat):
        v = flat.reshape(4, 5)
        s = base + features @ v.T
        return weights @ (logsumexp(s, axis=1) - s[np.arange(len(s)), labels]) + ridge / 2 * (v**2).sum()

    best = minimize(loss, np.zeros(20), method="BFGS", options={"gtol": 1e-6}).x
    problem = logistic.Problem(base, features, labels, weights, ridge, logistic.Curvature.of(base, weights))
    found = logistic.fit_matrix(problem, tolerance=1e-6, rounds=300)
    assert loss(found.ravel()) <= loss(best) + 1e-7 * abs(loss(best))
    again = logistic.fit_matrix(problem, found, tolerance=1e-6, rounds=300)
    np.testing.assert_allclose(again, found, atol=1e-4)


def test_float32_finds_what_float64_finds():
    """Blocks of rows and narrow numbers change neither the temperature nor the matrix by more than rounding."""
    z, labels = data(3000, n_classes=100)
    weights = np.random.default_rng(2).random(len(z)) + 0.1
    found = []
    for dtype in (np.float32, np.float64):
        x = (z - logsumexp(z, axis=1, keepdims=True)).astype(dtype)
        inverse = logistic.fit_inverse_temperature(x, labels, weights)
        base = kernels.tempered(x, inverse)
        assert base.dtype == dtype
        assert logistic.cross_entropy(x, labels, inverse) == pytest.approx(cross_entropy(inverse * x, labels), rel=1e-5)
        problem = logistic.Problem(base, x, labels, weights, 500.0, logistic.Curvature.of(base, weights))
        found.append((inverse, logistic.fit_matrix(problem)))
    assert found[0][0] == pytest.approx(found[1][0], rel=1e-5)
    np.testing.assert_allclose(found[0][1], found[1][1], atol=1e-4 * np.abs(found[1][1]).max())


def test_the_start_does_not_change_the_temperature():
    z, labels = data()
    found = [logistic.fit_inverse_temperature(z, labels, start=start) for start in (1.0, 0.02, 50.0, 1e9)]
    np.testing.assert_allclose(found, found[0], rtol=1e-3)

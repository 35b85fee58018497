"""final-bn: against scipy on the obvious objective, in float64 and float32, in memory and read again and again."""

import numpy as np
import pytest
from scipy.optimize import minimize as scipy_minimize

from classlift.data.counts import ClassCounts
from classlift.data.kind import Kind
from classlift.data.pieces import as_pieces
from classlift.data.predictions import Predictions
from classlift.errors import ClassliftError
from classlift.kernels import minimize
from classlift.layer.layer import OutputLayer
from classlift.layer.step import Domain
from classlift.methods import METHODS, final_bn, make_settings
from classlift.methods.shared import normal_rows, rows
from support.array_source import ArraySource

K = 5


def data(n=400, k=K, seed=0, dtype=np.float32):
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, k, n)
    logits = rng.normal(0, 1, (n, k)) * rng.uniform(0.5, 4, k) + rng.normal(3, 2, k)
    logits[np.arange(n), labels] += 1.5
    return logits.astype(dtype), labels


def layer_of(logits, labels, kind=Kind.LOGITS, **settings):
    counts = ClassCounts.of(labels, logits.argmax(axis=1), logits.shape[1])
    source = ArraySource(logits, labels, kind, block_rows=37)
    return METHODS["final-bn"].fit(source, counts, make_settings("final-bn", settings))


def loss(gain, shift, logits, labels, weights, ridge, epsilon=1e-5):
    """The objective, plainly."""
    z = logits.astype(float)
    mean, scale = z.mean(axis=0), np.sqrt(z.var(axis=0) + epsilon)
    u = gain * (z - mean) / scale + shift
    top = u.max(axis=1)
    log_p = u[np.arange(len(u)), labels] - top - np.log(np.exp(u - top[:, None]).sum(axis=1))
    w = weights[labels]
    away = ((gain - scale) ** 2 + (shift - (mean - mean.mean())) ** 2) / scale**2
    return -(w @ log_p) / w.sum() + ridge / 2 * away.mean()


def found_loss(fitted, logits, labels, weights, ridge):
    (step,) = fitted.steps
    z = logits.astype(float)
    mean, scale = z.mean(axis=0), np.sqrt(z.var(axis=0) + 1e-5)
    return loss(step.weight * scale, step.bias + step.weight * mean - mean.mean(), logits, labels, weights, ridge)


def weights_of(how, logits, labels):
    support = np.bincount(labels, minlength=logits.shape[1])
    if how == "none":
        return np.ones(len(support))
    if how == "balanced":
        return 1 / np.maximum(support, 1)
    right = np.bincount(labels[logits.argmax(axis=1) == labels], minlength=len(support))
    accuracy = np.where(support > 0, right / np.maximum(support, 1), 1)
    return np.maximum(accuracy, 0.1) ** -1.5


def scipy_loss(logits, labels, weights, ridge):
    k = logits.shape[1]
    z = logits.astype(float)
    start = np.concatenate([np.sqrt(z.var(axis=0) + 1e-5), z.mean(axis=0) - z.mean()])
    result = scipy_minimize(
        lambda t: loss(t[:k], t[k:], logits, labels, weights, ridge),
        start,
        method="L-BFGS-B",
        options={"maxfun": 100_000, "maxiter": 5000, "ftol": 1e-14, "gtol": 1e-8},
    )
    return result.fun


@pytest.mark.parametrize("how", ["none", "balanced", "accuracy"])
@pytest.mark.parametrize("ridge", [1e-3, 0.1, 10.0])
def test_loss_is_that_of_scipy(how, ridge):
    logits, labels = data()
    labels[labels == 4] = 3  # an absent class
    weights = weights_of(how, logits, labels)
    fitted = layer_of(logits, labels, ridge=ridge, class_weight=how)
    mine = found_loss(fitted, logits, labels, weights, ridge)
    assert abs(mine - scipy_loss(logits, labels, weights, ridge)) < 1e-5


@pytest.mark.parametrize("budget", [0, 2**28])
def test_float32_work_and_reading_again_end_at_the_same_loss(monkeypatch, budget):
    logits, labels = data(3000, 7)
    exact = layer_of(logits, labels)
    monkeypatch.setattr(normal_rows, "EXACT_ENTRIES", 0)
    monkeypatch.setattr(normal_rows, "BUDGET", budget)
    monkeypatch.setattr(rows, "PART_ENTRIES", 700)
    other = layer_of(logits, labels)
    ones = np.ones(7)
    assert abs(found_loss(exact, logits, labels, ones, 0.1) - found_loss(other, logits, labels, ones, 0.1)) < 1e-7
    np.testing.assert_allclose(other.steps[0].weight, exact.steps[0].weight, rtol=1e-2)


def test_passes_over_the_source(monkeypatch):
    logits, labels = data()
    counts, settings = ClassCounts.of(labels, labels, K), make_settings("final-bn", {})
    kept, streamed = (ArraySource(logits, labels, Kind.LOGITS) for _ in range(2))
    METHODS["final-bn"].fit(kept, counts, settings)
    assert kept.passes == 1
    monkeypatch.setattr(normal_rows, "BUDGET", 0)
    METHODS["final-bn"].fit(streamed, counts, settings)
    assert streamed.passes > 5


def test_derivatives():
    logits, labels = data(200)
    cut = as_pieces(ArraySource(logits.astype(float), labels, Kind.LOGITS))
    made = normal_rows.NormalRows(cut, Domain.LOGIT, 1e-5, len(labels))
    objective = final_bn.CrossEntropy(made, np.array([1, 2, 0.5, 1, 3.0]), 0.3)
    rng = np.random.default_rng(1)
    at = objective.centre + rng.normal(0, 0.3, (2, K))
    value = objective(at, True)
    for row in range(2):
        for k in range(K):
            step = np.zeros((2, K))
            step[row, k] = 1e-5
            up, down = objective(at + step, False), objective(at - step, False)
            np.testing.assert_allclose((up.value - down.value) / 2e-5, value.gradient[row, k], atol=1e-8)
            second = (up.gradient - down.gradient)[:, k] / 2e-5
            np.testing.assert_allclose(second, value.curvature[[row, row + 1], k], atol=1e-7)


def test_separable_classes_converge_and_ridge_leads_to_the_raw_logits():
    logits, labels = data(60)
    logits[np.arange(60), labels] += 50
    weak, strong = layer_of(logits, labels, ridge=1e-6), layer_of(logits, labels, ridge=1e9)
    assert not any("stopped" in note for note in weak.notes)
    assert np.isfinite(weak.steps[0].weight).all()
    np.testing.assert_allclose(strong.steps[0].weight, 1, atol=1e-6)
    np.testing.assert_allclose(strong.steps[0].bias, 0, atol=1e-5)


def test_a_search_that_is_cut_short_says_so_or_is_refused(monkeypatch):
    monkeypatch.setattr(minimize, "MOST_ITERATIONS", 9)
    assert any("stopped after 9 steps" in note for note in layer_of(*data()).notes)
    monkeypatch.setattr(minimize, "MOST_ITERATIONS", 0)
    with pytest.raises(ClassliftError, match="stopped far from its end"):
        layer_of(*data())


@pytest.mark.parametrize("hot", [30, 300, 1000])
@pytest.mark.parametrize("class_weight", ["none", "balanced"])
def test_logits_many_times_too_hot_give_the_layer_of_cooler_ones(hot, class_weight):
    logits, labels = data(3000)
    plain, hotter = (
        OutputLayer(layer_of(z, labels, class_weight=class_weight).steps, K).apply(Predictions(z, Kind.LOGITS))
        for z in (logits, (logits * hot).astype(np.float32))
    )
    right = [np.mean(found.predicted == labels) for found in (plain, hotter)]
    assert right[1] > right[0] - 0.01
    assert np.mean(plain.predicted == hotter.predicted) > 0.95


def test_a_logit_that_never_varies_and_a_large_level():
    logits, labels = data(dtype=np.float64)
    logits[:, 2] = 7
    fitted, moved = layer_of(logits, labels), layer_of(logits + 1e4, labels)
    assert np.isfinite(fitted.steps[0].bias).all()
    np.testing.assert_allclose(moved.steps[0].weight, fitted.steps[0].weight, rtol=1e-4)


def test_probabilities_are_refused_unless_allowed():
    logits, labels = data()
    p = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    p[labels == 1] = np.eye(K)[1]
    p = p.astype(np.float32)
    with pytest.raises(ClassliftError, match="needs logits") as caught:
        layer_of(p, labels, Kind.PROBABILITIES)
    assert "--from-probabilities" in caught.value.fix
    fitted = layer_of(p, labels, Kind.PROBABILITIES, from_probabilities=True)
    assert fitted.steps[0].domain is Domain.LOG_PROBABILITY
    zeros = int((p == 0).sum())
    assert any("1e-12" in note and f"{zeros:,} of {p.size:,}" in note for note in fitted.notes)
    made = OutputLayer(fitted.steps, K).apply(Predictions(p, Kind.PROBABILITIES)).probabilities()
    assert np.isfinite(made).all()


def test_class_weight_is_one_of_three_words():
    with pytest.raises(ClassliftError, match="--class-weight: is rare, expected one of none, balanced, accuracy"):
        make_settings("final-bn", {"class_weight": "rare"})

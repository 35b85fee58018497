"""scaled-bn: mean and variance of every class's logit, over all rows."""

import numpy as np
import pytest

from classlift.data.counts import ClassCounts
from classlift.data.kind import Kind
from classlift.data.predictions import Predictions
from classlift.errors import ClassliftError
from classlift.fitting.fit import fit
from classlift.fitting.result import EffectKind
from classlift.layer.layer import OutputLayer
from classlift.layer.step import Domain
from classlift.methods import METHODS, make_settings
from classlift.methods.shared import rows
from classlift.methods.shared.spread import Spread
from support.array_source import ArraySource


def fitted(scores, labels=None, kind=Kind.LOGITS, **settings):
    source = ArraySource(scores, labels, kind, block_rows=13)
    return METHODS["scaled-bn"].fit(source, ClassCounts.zeros(scores.shape[1]), make_settings("scaled-bn", settings))


@pytest.mark.parametrize("scale", [0.8, 0.9, 1.0])
def test_formula_over_all_rows_with_and_without_labels(scale):
    z = np.random.default_rng(0).normal([1, -3, 0.2], [2, 0.5, 9], (300, 3))
    (step,) = fitted(z, scale=scale, epsilon=0.01).steps
    expected = scale * (z - z.mean(axis=0)) / np.sqrt(z.var(axis=0) + 0.01)
    np.testing.assert_allclose(step(z), expected, atol=1e-12)
    (other,) = fitted(z, np.where(np.arange(300) % 2, -1, 0), scale=scale, epsilon=0.01).steps
    np.testing.assert_array_equal(step.bias, other.bias)
    assert step.domain is Domain.LOGIT


def test_defaults():
    assert METHODS["scaled-bn"].settings().values() == {
        "scale": 0.9,
        "epsilon": 1e-5,
        "from_probabilities": False,
    }


def test_spread_keeps_its_digits_at_a_large_mean(monkeypatch):
    monkeypatch.setattr(rows, "PART_ENTRIES", 30)
    z = np.random.default_rng(1).normal(0, 1, (500, 3)) + 1e8
    (step,) = fitted(z, scale=1.0).steps
    exact = (z.astype(np.longdouble) - 1e8).var(axis=0).astype(float)
    np.testing.assert_allclose(step.weight, 1 / np.sqrt(exact + 1e-5), rtol=1e-9)


def test_spreads_add():
    z = np.random.default_rng(2).normal(size=(100, 4))
    total = Spread.zeros(4) + Spread.of(z[:1]) + Spread.zeros(4) + Spread.of(z[1:60]) + Spread.of(z[60:])
    np.testing.assert_allclose(total.mean, z.mean(axis=0), atol=1e-14)
    np.testing.assert_allclose(total.scale(0), z.std(axis=0), rtol=1e-13)


def test_constant_logit_and_no_rows():
    assert np.isfinite(fitted(np.ones((5, 3))).steps[0].weight).all()
    assert fitted(np.ones((0, 3))).steps == ()


def test_probabilities_are_refused_unless_allowed():
    p = np.array([[1, 0, 0], [0.2, 0.3, 0.5]])
    with pytest.raises(ClassliftError, match="--from-probabilities"):
        fitted(p, kind=Kind.PROBABILITIES)
    result = fitted(p, kind=Kind.PROBABILITIES, from_probabilities=True)
    assert result.steps[0].domain is Domain.LOG_PROBABILITY
    assert any("2 of 6" in note and "1e-12" in note for note in result.notes)
    made = OutputLayer(result.steps, 3).apply(Predictions(p, Kind.PROBABILITIES))
    np.testing.assert_allclose(made.scores.mean(axis=0), 0, atol=1e-12)


def test_a_file_without_labels_is_enough():
    z = np.random.default_rng(3).normal(size=(50, 3))
    without = fit(ArraySource(z, None, kind=Kind.LOGITS), method="scaled-bn")
    labelled = fit(ArraySource(z, np.arange(50) % 3, kind=Kind.LOGITS), method="scaled-bn", effect=EffectKind.NONE)
    np.testing.assert_array_equal(without.layer.steps[0].weight, labelled.layer.steps[0].weight)
    assert without.effect is None
    assert any("no row is labelled" in note for note in without.notes)
    with pytest.raises(ClassliftError, match="labels"):
        fit(ArraySource(z, None, kind=Kind.LOGITS), method="final-bn")

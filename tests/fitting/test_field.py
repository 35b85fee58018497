"""The quick search for biases looks at the rows that can move only; recalls have to be those of all rows."""

import numpy as np
import pytest

from classlift.fitting.tuning.biases import CrossFitted, _bounds, biases
from classlift.fitting.tuning.field import Field, Game
from classlift.fitting.tuning.smooth import blended_recall


def rows(seed, n_samples=400, n_classes=7, decimals=None):
    rng = np.random.default_rng(seed)
    log_p = 2 * rng.normal(size=(n_samples, n_classes))
    log_p -= np.log(np.exp(log_p).sum(axis=1, keepdims=True))
    if decimals is not None:
        log_p = np.log(np.maximum(np.round(np.exp(log_p), decimals), 1e-3))
    return log_p.astype(np.float32), rng.integers(0, n_classes, n_samples), rng.integers(0, 5, n_samples)


def slow_recall(log_p, labels, keep, bias):
    """One row at a time, with all its classes."""
    support, right, mass, expected = np.zeros((4, log_p.shape[1]))
    for row, label in zip(log_p[keep], labels[keep], strict=True):
        best = int(np.argmax(row + bias.astype(np.float32)))
        support[label] += 1
        right[best] += best == label
        mass[best] += np.exp(row[best])
        expected += np.exp(row)
    return blended_recall(right, support, mass / expected)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("decimals", [None, 1, 2])
def test_recalls_are_those_of_all_rows_ties_and_all(seed, decimals):
    log_p, labels, fold = rows(seed, decimals=decimals)
    most = len(labels) / np.bincount(labels, minlength=7) / 2
    low, high = _bounds(0.6, most, np.ones(7))
    field = Field.of(log_p, labels, fold, 5, low, high)
    rng = np.random.default_rng(seed)
    bias = low + rng.random((6, 7)) * (high - low)
    bias[0] = low  # equal biases: rounded probabilities tie
    near = field.narrowed(bias.min(axis=0) - 0.1, bias.max(axis=0) + 0.1)
    assert len(near.labels) < len(labels)
    for found in (Game.of(field).recall(bias), Game.of(near).recall(bias)):
        for part in range(6):
            np.testing.assert_allclose(found[part], slow_recall(log_p, labels, fold != part, bias[part]), atol=1e-6)


def test_narrow_bounds_settle_every_row():
    log_p, labels, fold = rows(0)
    bias = np.linspace(0, 1, 7)
    field = Field.of(log_p, labels, fold, 5, bias, bias)
    assert len(field.labels) == 0
    found = Game.of(field.narrowed(bias, bias)).recall(np.tile(bias, (6, 1)))
    np.testing.assert_allclose(found[5], slow_recall(log_p, labels, fold >= 0, bias), atol=1e-6)


def test_rows_with_more_rivals_than_are_looked_at_keep_the_likeliest():
    log_p, labels, fold = rows(1, n_samples=60, n_classes=40)
    field = Field.of(log_p, labels, fold, 5, *_bounds(0.8, np.full(40, 40 / 8), np.ones(40)))
    assert np.bincount(field.rows).max() == 16
    np.testing.assert_allclose(
        Game.of(field).recall(np.zeros((6, 40)))[5], slow_recall(log_p, labels, fold >= 0, np.zeros(40)), atol=1e-6
    )


@pytest.mark.parametrize("m", [3, 7])
def test_bounds_hold_where_a_fold_has_most_rows_of_a_class(m, monkeypatch):
    log_p, labels, _ = rows(2)
    labels[labels > 4] = 4  # no rows of two classes, so fewer share the weight
    fold = np.where(np.arange(len(labels)) % 20, labels % 3, 0)
    bounds, of = [], Field.of
    monkeypatch.setattr(Field, "of", lambda *given: bounds.append(given[-2:]) or of(*given))
    found = biases(CrossFitted(log_p, labels, fold, 3), [0.6], m, np.ones(7))
    [(low, high)] = bounds
    assert (found >= low - 1e-9).all()
    assert (found <= high + 1e-9).all()

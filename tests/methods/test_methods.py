"""One suite for every method: it walks METHODS, so that a new method is tested by its entry there.

All methods take logits, so the rows are logits. What must hold for all: row order and cutting into blocks and shards
do not matter; a permutation of the classes permutes the layer; the input is left alone; classes that are absent,
never predicted or unsupported are no reason to crash.
"""

import re
import warnings
from dataclasses import FrozenInstanceError, fields

import numpy as np
import pytest

from classlift.data.kind import Kind
from classlift.data.predictions import Predictions
from classlift.errors import ClassliftError
from classlift.fitting.fit import fit
from classlift.fitting.result import EffectKind
from classlift.methods import METHODS, make_settings
from classlift.methods.elaborated import ElaboratedSettings, class_weights, competitive
from support import slow
from support.array_source import ArraySource, Shards

K = 6
CLASSES = tuple("abcdef")
BY_HAND = {"weights": {"weights": {"b": 2.0}}}
"""Settings of the methods that cannot be fitted with the defaults."""

every_method = pytest.mark.parametrize("method", METHODS)


def settings_of(method):
    return make_settings(method, BY_HAND.get(method, {}))


def rows(n=600, seed=0, dtype=np.float32):
    rng = np.random.default_rng(seed)
    labels = rng.choice(K, n, p=[0.4, 0.25, 0.15, 0.1, 0.06, 0.04])
    logits = rng.normal(0, 1.2, (n, K)) + np.array([1.0, 0.6, 0.3, 0, 0, -0.4])
    logits[np.arange(n), labels] += 1.6
    return logits.astype(dtype), labels


def layer_of(method, scores, labels, source=ArraySource, classes=CLASSES, **more):
    made = source(scores, labels, kind=Kind.LOGITS, classes=classes, **more)
    return fit(made, method=method, settings=settings_of(method), effect=EffectKind.NONE).layer


def test_methods_by_hand_are_tested_with_settings():
    assert {name for name, entry in METHODS.items() if entry.by_hand} == set(BY_HAND)


def numbers(layer, order=None):
    """All numbers of a layer, in the class order `order`."""
    order = np.arange(layer.n_classes) if order is None else order
    out = []
    for step in layer.steps:
        out += [step.bias[order], [step.temperature, step.maximum_probability or 0.0]]
        if step.weight is not None:
            out.append(step.weight[np.ix_(order, order)].ravel() if step.is_full else step.weight[order])
    return np.concatenate([np.asarray(part, float) for part in out]) if out else np.empty(0)


def assert_same(a, b, order=None, close=1e-9):
    a, b = numbers(a), numbers(b, order)
    assert a.shape == b.shape
    np.testing.assert_allclose(a, b, rtol=0, atol=close * max(1, np.abs(a).max(initial=0)))


@every_method
def test_it_fits_something(method):
    layer = layer_of(method, *rows())
    assert layer.steps
    assert layer.method == method
    assert layer.settings == settings_of(method).values()
    assert np.isfinite(numbers(layer)).all()


@every_method
def test_row_order_does_not_matter(method):
    scores, labels = rows()
    order = np.random.default_rng(1).permutation(len(labels))
    assert_same(layer_of(method, scores, labels), layer_of(method, scores[order], labels[order]))


@every_method
@pytest.mark.parametrize("block_rows", [1, 7, 600])
def test_block_size_does_not_matter(method, block_rows):
    assert_same(layer_of(method, *rows()), layer_of(method, *rows(), block_rows=block_rows))


@every_method
def test_shards_do_not_matter(method):
    assert_same(layer_of(method, *rows()), layer_of(method, *rows(), source=Shards, cuts=[1, 2, 300, 555]))


@every_method
def test_a_permutation_of_the_classes_permutes_the_layer(method):
    scores, labels = rows()
    order = np.random.default_rng(2).permutation(K)  # new column j is old column order[j]
    permuted = layer_of(method, scores[:, order], np.argsort(order)[labels], classes=tuple(np.array(CLASSES)[order]))
    assert_same(permuted, layer_of(method, scores, labels), order, close=1e-8)


@every_method
def test_two_runs_give_the_same_bytes(method):
    assert numbers(layer_of(method, *rows())).tobytes() == numbers(layer_of(method, *rows())).tobytes()


@every_method
def test_the_input_is_left_alone(method):
    scores, labels = rows()
    kept = scores.copy(), labels.copy()
    fit(ArraySource(scores, labels, Kind.LOGITS, CLASSES), method=method, settings=settings_of(method))
    np.testing.assert_array_equal(scores, kept[0])
    np.testing.assert_array_equal(labels, kept[1])


@every_method
def test_unlabelled_rows_do_not_count(method):
    scores, labels = rows()
    some = np.where(np.arange(600) % 5 == 0, -1, labels)
    known = some >= 0
    if not _uses_labels(method):
        pytest.skip(f"{method} needs no labels: unlabelled rows count")
    assert_same(layer_of(method, scores, some), layer_of(method, scores[known], labels[known]))


def _uses_labels(method):
    scores, labels = rows()
    return not np.array_equal(
        numbers(layer_of(method, scores, labels)), numbers(layer_of(method, scores, (labels + 1) % K))
    )


@every_method
@pytest.mark.parametrize(
    "spoil",
    ["absent", "never predicted", "no competitive row", "one row of a class", "one class", "one row", "two classes"],
)
def test_odd_classes_are_no_reason_to_crash(method, spoil):
    scores, labels = rows()
    if spoil == "absent":
        labels = labels % (K - 2)
    elif spoil == "never predicted":
        scores[:, 3] -= 40
    elif spoil == "no competitive row":
        scores[labels == 2] = np.float32([0, 0, 30, 0, 0, 0])
    elif spoil == "one row of a class":
        scores, labels = np.vstack([scores[labels != 5], scores[labels == 5][:1]]), np.append(labels[labels != 5], 5)
    elif spoil == "one class":
        scores, labels = scores[labels == 1], labels[labels == 1]
    elif spoil == "one row":
        scores, labels = scores[:1], labels[:1]
    else:
        scores, labels = scores[labels < 2, :2], labels[labels < 2]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        source = ArraySource(scores, labels, Kind.LOGITS, CLASSES[: scores.shape[1]])
        result = fit(source, method=method, settings=settings_of(method))
    assert np.isfinite(numbers(result.layer)).all()
    assert result.out_of_fold.counts.before.n_samples == len(labels)
    adjusted = result.layer.apply(Predictions(scores, Kind.LOGITS)).probabilities()
    assert np.isfinite(adjusted).all()
    np.testing.assert_allclose(adjusted.sum(axis=1), 1, atol=1e-5)


@every_method
def test_settings_are_frozen_bounded_and_explained(method):
    made = METHODS[method].settings()
    for entry in fields(made):
        assert entry.metadata["help"]
        with pytest.raises(FrozenInstanceError):
            setattr(made, entry.name, entry.default)
        with pytest.raises(ClassliftError, match=re.escape("--" + entry.name.replace("_", "-"))):
            make_settings(method, {entry.name: "nonsense"})
        if entry.metadata["kind"] != "number":
            continue
        low, high = entry.metadata["bounds"]
        assert low <= entry.default <= high
        outside = [float("nan"), np.nextafter(low, -np.inf)] + (
            [np.nextafter(high, np.inf)] if np.isfinite(high) else []
        )
        for value in outside:
            with pytest.raises(ClassliftError, match=re.escape("--" + entry.name.replace("_", "-"))):
                make_settings(method, {entry.name: value})
    assert METHODS[method].summary
    assert METHODS[method].reference


def test_wrong_names_are_refused_with_the_mend():
    with pytest.raises(ClassliftError, match="no method 'nave'") as caught:
        make_settings("nave", {})
    assert "naive" in caught.value.fix
    with pytest.raises(ClassliftError, match="--alpha: is not a setting of naive") as caught:
        make_settings("naive", {"alpha": 1.0})
    assert "--method elaborated" in caught.value.fix
    with pytest.raises(ClassliftError, match="is not a setting of naive\nfix: leave it out; naive has none"):
        make_settings("naive", {"nonsense": 1.0})


def test_defaults_are_those_of_the_paper():
    expected = {"rlow": 0.1, "rhigh": 0.8, "alpha": 3.0, "beta": 1.5, "accuracy_floor": 0.1}
    assert ElaboratedSettings().values() == expected


def test_class_weights():
    accuracy = np.array([1.0, 0.25, 0.05, np.nan, 0.0])
    weights = class_weights(accuracy, ElaboratedSettings(beta=1.5))
    np.testing.assert_allclose(weights, [1, 8, 0.1**-1.5, 1, 0.1**-1.5])
    np.testing.assert_array_equal(class_weights(accuracy, ElaboratedSettings(beta=0, accuracy_floor=0)), 1)
    with pytest.raises(ClassliftError, match="class 4 has accuracy 0"):
        class_weights(accuracy, ElaboratedSettings(accuracy_floor=0))


def test_competitive_bounds_are_strict_and_compare_widened_values():
    p = np.array(
        [
            [0.1, 0.5, 0.4],  # float64: the label's 0.1 is not above 0.1
            [0.15, 0.8, 0.05],  # 0.8 is not below 0.8
            [0.11, 0.79, 0.1],
            [0.3, 0.3, 0.4],
        ]
    )
    labels = np.zeros(4, np.int64)
    wide = competitive(Predictions(p, Kind.PROBABILITIES, labels=labels), 0.1, 0.8)
    assert wide.tolist() == [False, False, True, True]
    narrow = competitive(Predictions(p.astype(np.float32), Kind.PROBABILITIES, labels=labels), 0.1, 0.8)
    assert narrow.tolist() == [True, False, True, True]  # float32 0.1 is above 0.1, and so is 0.8 above 0.8
    labels[3] = -1
    some = competitive(Predictions(p, Kind.PROBABILITIES, labels=labels), 0.1, 0.8)
    assert some.tolist() == [False, False, True, False]
    with pytest.raises(ClassliftError, match="no labels"):
        competitive(Predictions(p, Kind.PROBABILITIES), 0.1, 0.8)


@pytest.mark.parametrize("seed", range(5))
def test_competitive_against_a_loop(seed):
    rng = np.random.default_rng(seed)
    p = (rng.multinomial(20, np.ones(4) / 4, 300) / 20).astype(np.float32)  # many exact 0.1 and 0.8
    labels = rng.integers(-1, 4, 300)
    mask = competitive(Predictions(p, Kind.PROBABILITIES, labels=labels), 0.1, 0.5)
    assert np.flatnonzero(mask).tolist() == slow.competitive(p, labels, 0.1, 0.5)

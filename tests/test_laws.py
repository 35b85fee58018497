"""What follows from the formulas, on real files and on whatever hypothesis thinks of.

Measured over the real files and the sample, elaborated defaults, as a share of max(1, max|H|): column sums are off
by 1e-11, a permutation of the classes moves H by 1e-11, another row order by 2e-11, other blocks and shards by 5e-11
(all on or near the worst file, of condition 3e5); the naive layer stays within 2e-14.
"""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from classlift import kernels
from classlift.data.folds import Folds
from classlift.data.kind import Kind
from classlift.data.predictions import Predictions
from classlift.fitting.fit import fit
from classlift.fitting.result import EffectKind
from classlift.methods import make_settings
from support.array_source import ArraySource, Shards, parameters
from support.cases import random_case
from support.shared_files import PREDICTION_FILES, load

METHODS = pytest.mark.parametrize("method", ["elaborated", "naive"])


def solve(scores, labels, kind=Kind.PROBABILITIES, method="elaborated", source=ArraySource, more=None, **settings):
    made = source(scores, labels, kind=kind, **(more or {}))
    return fit(made, method=method, settings=make_settings(method, settings), effect=EffectKind.NONE)


def column_sum_error(h):
    return np.abs(h.sum(axis=0) - np.append(np.ones(len(h)), 0)).max()


def assert_close(a, b, bound=1e-9):
    assert np.abs(a - b).max() < bound * max(1, np.abs(a).max())


@METHODS
@pytest.mark.parametrize("path", PREDICTION_FILES)
def test_columns_of_h_sum_to_one_and_the_bias_to_zero(path, method):
    scores, labels, kind = load(path)
    layer = solve(scores, labels, kind, method).layer
    assert column_sum_error(parameters(layer)) < 1e-9
    result = layer.apply(Predictions(scores.astype(np.float64), kind))
    assert np.abs(result.scores[result.adjusted].sum(axis=1) - 1).max() < 1e-9


@METHODS
@pytest.mark.parametrize("path", PREDICTION_FILES)
def test_permuting_classes_permutes_h(path, method):
    scores, labels, kind = load(path)
    top = np.sort(scores, axis=1)[:, -2:]
    scores, labels = scores[top[:, 0] < top[:, 1]], labels[top[:, 0] < top[:, 1]]
    order = np.random.default_rng(0).permutation(scores.shape[1])
    h = parameters(solve(scores, labels, kind, method).layer)
    permuted = parameters(solve(scores[:, order], np.argsort(order)[labels], kind, method).layer)
    assert_close(h[np.ix_(order, np.append(order, len(order)))], permuted)


@METHODS
@pytest.mark.parametrize("path", PREDICTION_FILES)
def test_order_blocks_and_shards_do_not_matter(path, method):
    scores, labels, kind = load(path)
    h = parameters(solve(scores, labels, kind, method).layer)
    rng = np.random.default_rng(0)
    order = rng.permutation(len(labels))
    assert_close(h, parameters(solve(scores[order], labels[order], kind, method).layer))
    assert_close(h, parameters(solve(scores, labels, kind, method, more={"block_rows": 61}).layer))
    cuts = rng.integers(0, len(labels), 5).tolist()
    assert_close(h, parameters(solve(scores, labels, kind, method, Shards, {"cuts": cuts}).layer))


@pytest.mark.parametrize("path", PREDICTION_FILES)
def test_rows_at_or_above_the_gate_keep_their_bits(path):
    scores, labels, kind = load(path)
    layer = solve(scores, labels, kind).layer
    result = layer.apply(Predictions(scores, kind))
    out = result.probabilities()
    stored = scores if kind is Kind.PROBABILITIES else kernels.softmax(scores)
    sure = stored.max(axis=1).astype(np.float64) >= 0.8
    np.testing.assert_array_equal(result.adjusted, ~sure)
    assert out[sure].tobytes() == stored[sure].astype(out.dtype).tobytes()
    np.testing.assert_array_equal(out.argmax(axis=1), result.predicted)
    assert (~sure).any()  # a weak net may be sure of no row at all


seeds = st.integers(0, 2**32 - 1)


@given(seeds, st.sampled_from([0.0, 1.0, 3.0, 100.0]), st.sampled_from([0.0, 0.5, 1.5, 3.0]))
def test_columns_sum_to_one_for_any_rows(seed, alpha, beta):
    case = random_case(seed, n_classes=2 + seed % 9)
    result = solve(case.probabilities, case.labels, alpha=alpha, beta=beta)
    assume(result.layer.steps)
    assert column_sum_error(parameters(result.layer)) < 1e-9


@pytest.mark.parametrize("beta", [4.0, 6.0, 8.0, 12.0])
def test_columns_sum_to_one_however_ill_the_system(beta):
    """The law does not depend on the condition: 1^T R = 0, so the correction has no part along 1 at all."""
    for seed in range(40):
        case = random_case(seed, n_classes=(3, 6, 10)[seed % 3])
        result = solve(case.probabilities, case.labels, beta=beta)
        if result.layer.steps:
            assert column_sum_error(parameters(result.layer)) < 1e-9, (case.name, result.fitted.condition)


@given(seeds, st.data())
def test_any_cut_gives_the_same_layer(seed, data):
    case = random_case(seed, n_classes=2 + seed % 5)
    n = len(case.labels)
    cuts = data.draw(st.lists(st.integers(0, n), max_size=6))
    order = np.array(data.draw(st.permutations(range(n)))) if n < 60 else np.arange(n)[::-1]
    a = solve(case.probabilities, case.labels)
    b = solve(case.probabilities[order], case.labels[order], source=Shards, more={"cuts": cuts})
    assert len(a.layer.steps) == len(b.layer.steps)
    if a.layer.steps:
        assert_close(parameters(a.layer), parameters(b.layer))


@given(seeds)
def test_weight_two_is_every_row_twice(seed):
    """Twice every row and padding of alpha stretched by sqrt(2) is no other problem for the naive layer."""
    case = random_case(seed, n_classes=2 + seed % 5)
    twice = np.repeat(np.arange(len(case.labels)), 2)
    a = solve(case.probabilities, case.labels, method="naive")
    b = solve(case.probabilities[twice], case.labels[twice], method="naive")
    assert_close(parameters(a.layer), parameters(b.layer))
    assert_close(np.array(a.fitted.squared_error) * 2, np.array(b.fitted.squared_error), 1e-8)


@given(
    hnp.arrays(np.int64, st.integers(1, 200), elements=st.integers(-1, 6)),
    st.integers(2, 9),
    st.integers(0, 2**63 - 1),
    st.integers(1, 64),
)
def test_folds_are_a_stratified_partition(labels, n_folds, seed, block_rows):
    source = ArraySource(np.full((len(labels), 7), 1 / 7), labels, block_rows=block_rows)
    fold = np.concatenate([f for _, f in Folds(source, n_folds, seed).blocks()])
    assert ((fold >= 0) == (labels >= 0)).all()
    assert fold.max(initial=-1) < n_folds
    for k in range(7):
        sizes = np.bincount(fold[labels == k], minlength=n_folds)
        assert sizes.max() - sizes.min() <= 1


@given(
    hnp.arrays(
        st.sampled_from([np.float32, np.float64]),
        st.tuples(st.integers(1, 12), st.integers(2, 6)),
        elements=st.floats(0, 1, width=32),
    ),
    seeds,
)
def test_lifted_rows_are_probabilities_of_the_same_class(weights, seed):
    sums = weights.sum(axis=1, dtype=np.float64, keepdims=True)
    assume((sums > 1e-3).all())
    p = (weights / sums).astype(weights.dtype)
    case = random_case(seed, oddity="plain", n_classes=p.shape[1])
    layer = solve(case.probabilities, case.labels, rlow=0).layer
    result = layer.apply(Predictions(p, Kind.PROBABILITIES))
    out = result.probabilities()
    eps = np.finfo(p.dtype).eps
    assert out.dtype == p.dtype
    assert (out >= 0).all()
    assert np.abs(out[result.adjusted].sum(axis=1, dtype=np.float64) - 1).max(initial=0) <= 8 * eps
    assert out[~result.adjusted].tobytes() == p[~result.adjusted].tobytes()
    np.testing.assert_array_equal(out.argmax(axis=1), result.predicted)

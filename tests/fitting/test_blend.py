"""Blends against slow arithmetic row by row, their symmetries, and fitted weights against a search of the simplex."""

import itertools

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import classlift
from classlift import ClassliftError
from classlift.fitting import blend_weights
from classlift.fitting.blend_weights import fit_weights, least_on_simplex
from classlift.output.verdict.results import blended

N, K = 400, 4
NAMES = np.array(["ant", "bee", "cat", "dog"])


def model(strength, seed, n=N, labels=None):
    rng = np.random.default_rng(seed)
    z = rng.normal(size=(n, K)) + strength * np.eye(K)[labels]
    return np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)


@pytest.fixture
def rows():
    labels = np.random.default_rng(0).integers(0, K, N)
    return [model(s, i, labels=labels) for i, s in enumerate((2.0, 1.5, 0.2), start=1)], labels


def slow(matrices, weights):
    """The weighted geometric mean of each row, as products of powers."""
    out = []
    for i in range(len(matrices[0])):
        row = [
            np.prod([max(float(p[i, k]), 1e-12) ** w for p, w in zip(matrices, weights, strict=True)]) for k in range(K)
        ]
        out.append([value / sum(row) for value in row])
    return np.array(out)


def blend(*files, **more):
    return classlift.blend(*files, **more).columns["probs"]


@pytest.mark.parametrize("weights", [None, (2, 1, 1), (0, 3, 1)])
def test_it_is_the_geometric_mean(rows, weights):
    matrices, _ = rows
    expected = slow(matrices, np.full(3, 1 / 3) if weights is None else np.array(weights) / sum(weights))
    assert np.allclose(blend(*matrices, weights=weights), expected, atol=1e-12)


def test_a_zero_of_one_model_does_not_forbid_a_class():
    one, two = np.array([[1.0, 0, 0, 0]]), np.array([[0.0, 1, 0, 0]])
    assert np.allclose(blend(one, two), slow([one, two], (0.5, 0.5)))
    assert np.allclose(blend(one, two)[0, :2], 0.5, atol=1e-5)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6), st.permutations(range(3)), st.permutations(range(K)))
def test_order_of_files_and_of_classes_does_not_matter(seed, files, classes):
    matrices = [np.random.default_rng((seed, i)).dirichlet(np.full(K, 0.5), 20) for i in range(3)]
    plain = blend(*matrices)
    assert np.allclose(blend(*(matrices[i] for i in files)), plain, atol=1e-12)
    frames = [pd.DataFrame(p, columns=[f"prob_{name}" for name in NAMES]) for p in matrices]
    turned = [frames[0], *(frame.iloc[:, list(classes)] for frame in frames[1:])]
    assert np.allclose(blend(*turned), plain, atol=1e-12)
    assert np.allclose(blend(matrices[0], matrices[0]), slow([matrices[0]], [1]), atol=1e-12)


def test_a_file_blended_with_itself_is_the_file(rows):
    (one, *_), labels = rows
    single = one.astype(np.float32)
    found = blend({"probs": single, "labels": labels}, {"probs": single, "labels": labels})
    assert found.dtype == np.float32
    assert np.allclose(found, single, rtol=3e-6, atol=1e-7)
    assert np.allclose(blend({"logits": np.log(one)}, {"probs": one}), one, atol=1e-9)


def test_views_of_one_array_are_inputs(rows, tmp_path):
    matrices, labels = rows
    expected = blend(*matrices)
    np.savez(tmp_path / "v.npz", probs=np.stack(matrices, axis=1), labels=labels)
    for where in (np.stack(matrices, axis=1), tmp_path / "v.npz"):
        found = classlift.blend(where)
        assert len(found.inputs) == 3
        assert np.array_equal(found.columns["probs"], expected)
    assert np.allclose(blend(tmp_path / "v.npz", matrices[0]), slow([*matrices, matrices[0]], [0.25] * 4))


def test_rows_pair_by_id_in_any_order_over_many_blocks(rows, monkeypatch):
    monkeypatch.setattr("classlift.storage.source.block_rows", lambda k: 64)
    matrices, labels = rows
    ids = np.array([f"r{i}" for i in range(N)])
    files = [{"probs": matrices[0], "labels": labels, "id": ids, "site": np.arange(N)}]
    for i in (1, 2):
        order = np.random.default_rng(i).permutation(N)
        files.append({"probs": matrices[i][order], "labels": labels[order], "id": ids[order]})
    found = classlift.blend(*files, fit_weights=True)
    assert np.array_equal(found.columns["id"], ids)
    assert np.array_equal(found.columns["site"], np.arange(N))
    assert np.array_equal(found.columns["labels"], labels)
    assert np.allclose(found.columns["probs"], slow(matrices, found.weights), atol=1e-12)
    assert not any("paired by their order" in note for note in found.notes)
    without = classlift.blend({k: v for k, v in files[0].items() if k != "labels"}, *files[1:])
    assert np.array_equal(without.columns["labels"], labels), "labels that only other files have, in the first's order"


def test_figures_are_those_counted_by_hand(rows):
    matrices, labels = rows
    found = classlift.blend(*({"probs": p, "labels": labels} for p in matrices))
    for one, p in zip((*found.inputs, found.blend), (*matrices, slow(matrices, [1 / 3] * 3)), strict=True):
        right = p.argmax(axis=1) == labels
        assert one.total == pytest.approx(right.mean())
        assert one.low20 == pytest.approx(min(right[labels == k].mean() for k in range(K)))
        assert one.nll == pytest.approx(-np.log(p[np.arange(N), labels]).mean(), abs=1e-12)


def test_fitted_weights_are_the_most_likely_on_a_grid(rows):
    matrices, labels = rows
    found = classlift.blend(*({"probs": p, "labels": labels} for p in matrices), fit_weights=True)
    logs = np.log(np.stack(matrices))

    def likely(weights):
        mixed = np.tensordot(weights, logs, 1)
        return float((mixed[np.arange(N), labels] - np.log(np.exp(mixed).sum(axis=1))).mean())

    steps = np.arange(0, 101)
    grid = [(a / 100, b / 100, 1 - (a + b) / 100) for a, b in itertools.product(steps, steps) if a + b <= 100]
    assert found.fit.taken
    assert found.weights.sum() == pytest.approx(1)
    assert (found.weights >= 0).all()
    assert likely(found.weights) >= max(map(likely, grid)) - 1e-6
    assert np.abs(found.weights - max(grid, key=likely)).max() <= 0.011


def test_the_gain_is_out_of_fold_and_equal_weights_stay_within_noise():
    """Models that are equally good: of 20 samples about 2.5 % may be taken for better."""
    taken = 0
    for seed in range(20):
        labels = np.random.default_rng(seed).integers(0, K, 300)
        files = [{"probs": model(1.5, (seed, i), 300, labels), "labels": labels} for i in range(3)]
        found = classlift.blend(*files, fit_weights=True)
        taken += found.fit.taken
        if not found.fit.taken:
            assert np.allclose(found.weights, 1 / 3)
            assert "weights stay equal" in blended(found).sentences[1]
    assert taken <= 2


def test_the_gain_is_that_of_a_slow_cross_validation(rows):
    """Each fold by the weights fitted on the others alone, whose fit is asked anew."""
    matrices, labels = rows
    logs = np.log(np.stack(matrices))
    found = fit_weights(lambda: iter([(logs, labels)]), 3, K, "rows")
    seen, gains = np.zeros(K, np.int64), np.empty(N)
    folds = blend_weights.assign_folds(labels, seen, blend_weights.N_FOLDS, seed=0)

    def likelihood(weights, part):
        mixed = np.log(slow([p[part] for p in matrices], weights))
        return mixed[np.arange(part.sum()), labels[part]]

    for fold in range(blend_weights.N_FOLDS):
        out = folds == fold
        steps = np.arange(0, 1.001, 0.02)
        grid = [(a, b, max(0.0, 1 - a - b)) for a in steps for b in steps if a + b <= 1 + 1e-9]
        inside = [np.tensordot(w, logs[:, ~out], 1) for w in grid]
        scores = [(m[np.arange((~out).sum()), labels[~out]] - np.log(np.exp(m).sum(axis=1))).mean() for m in inside]
        gains[out] = likelihood(grid[int(np.argmax(scores))], out) - likelihood([1 / 3] * 3, out)
    assert found.gain == pytest.approx(gains.mean(), abs=2e-3)
    assert found.error == pytest.approx(gains.std() / np.sqrt(N - 1), rel=0.05)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**6), st.integers(2, 6))
def test_the_quadratic_is_least_where_no_weight_wants_to_move(seed, m):
    rng = np.random.default_rng(seed)
    half, gradient, start = rng.normal(size=(m, m + 1)), rng.normal(size=m), rng.dirichlet(np.ones(m))
    bend = half @ half.T
    point = least_on_simplex(start, gradient, bend)
    slope = gradient + bend @ (point - start)
    assert point.min() >= 0
    assert point.sum() == pytest.approx(1)
    assert slope @ point - slope.min() <= 1e-5 * max(1, np.abs(slope).max())


BAD = {
    "one only": (lambda a, b: ([a], {}), "got one input"),
    "rows": (lambda a, b: ([a, {k: v[:-1] for k, v in b.items()}], {}), "does not have as many rows"),
    "labels": (lambda a, b: ([a, {**b, "labels": b["labels"][::-1].copy()}], {}), "has another label"),
    "classes": (
        lambda a, b: ([{**a, "class_names": NAMES}, {**b, "class_names": np.array([*NAMES[:3], "owl"])}], {}),
        "owl",
    ),
    "number of classes": (lambda a, b: ([a, {"probs": np.full((N, 3), 1 / 3)}], {}), "3"),
    "ids missing": (
        lambda a, b: ([a | {"id": np.arange(N)}, b], {"reading": classlift.ReadOptions(id="id")}),
        "has no column 'id'",
    ),
    "an id of one only": (
        lambda a, b: ([a | {"id": np.arange(N)}, b | {"id": np.arange(N)[::-1] + 1}], {}),
        "whose id is not in",
    ),
    "an id twice": (lambda a, b: ([a | {"id": np.arange(N)}, b | {"id": np.arange(N) // 2}], {}), "more than once"),
    "negative": (lambda a, b: ([a, b], {"weights": [1, -1]}), "from 0 on"),
    "nan": (lambda a, b: ([a, b], {"weights": [1, np.nan]}), "from 0 on"),
    "all 0": (lambda a, b: ([a, b], {"weights": [0, 0]}), "not all 0"),
    "too many": (lambda a, b: ([a, b], {"weights": [1, 1, 1]}), "for each of 2 inputs"),
    "both": (lambda a, b: ([a, b], {"weights": [1, 1], "fit_weights": True}), "--fit-weights"),
    "nan in rows": (lambda a, b: ([a, {**b, "probs": np.where(np.arange(K) == 1, np.nan, b["probs"])}], {}), "row 0"),
    "no labels": (lambda a, b: ([{"probs": a["probs"]}, {"probs": b["probs"]}], {"fit_weights": True}), "0 labelled"),
    "adjusted": (
        lambda a, b: ([a | {"changed": np.zeros(N, bool), "adjusted": np.zeros(N, bool)}, b], {}),
        "was written by apply",
    ),
    "a column probs": (
        lambda a, b: ([{"logits": np.log(a["probs"]), "probs": np.arange(N), "labels": a["labels"]}, b], {}),
        "that blend writes",
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_input_is_named_in_two_lines(rows, name):
    (one, two, _), labels = rows
    made, words = BAD[name]
    files, more = made({"probs": one, "labels": labels}, {"probs": two, "labels": labels})
    with pytest.raises(ClassliftError, match="fix: ") as caught:
        classlift.blend(*files, **more)
    assert words in str(caught.value)
    assert len(str(caught.value).splitlines()) == 2

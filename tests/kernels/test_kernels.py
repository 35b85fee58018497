"""Each kernel against loops, and the solver against systems whose solution is known."""

import numpy as np
import pytest

from classlift import kernels
from classlift.kernels import solving
from support import slow


def spread(seed, shape, dtype=np.float64):
    return np.random.default_rng(seed).normal(0, 20, shape).astype(dtype)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_softmax(dtype):
    logits = spread(0, (50, 7), dtype)
    logits[0] = [1e4, -1e4, 0, 0, 0, 0, 1e4]
    kept = logits.copy()
    out = kernels.softmax(logits)
    assert out.dtype == np.float64
    np.testing.assert_array_equal(logits, kept)
    np.testing.assert_allclose(out, slow.softmax(logits).astype(float), rtol=1e-13, atol=1e-300)
    np.testing.assert_allclose(out.sum(axis=1), 1, rtol=0, atol=1e-15)


def test_log_softmax_keeps_what_softmax_loses():
    logits = np.array([[0.0, -2000.0, 3.0], [5.0, 5.0, 5.0]], np.float32)
    expected = [[-3.04858735157, -2003.04858735157, -0.04858735157], [-np.log(3)] * 3]
    np.testing.assert_allclose(kernels.log_softmax(logits), expected, rtol=1e-10)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_normalize_rows_in_place(dtype):
    rows = np.abs(spread(1, (20, 5), dtype))
    expected = slow.unit_sum(rows).astype(dtype)
    kernels.normalize_rows(rows)
    np.testing.assert_allclose(rows, expected, rtol=4 * np.finfo(dtype).eps)


def test_augmented_gram():
    rows, weight = spread(2, (30, 4)), np.abs(spread(3, 30))
    expected = sum(w * np.outer(r, r) for w, r in zip(weight, rows, strict=True))
    gram = kernels.augmented_gram(rows.copy(), weight)
    np.testing.assert_allclose(gram, expected, rtol=1e-12, atol=1e-9)
    np.testing.assert_array_equal(gram, gram.T)
    np.testing.assert_array_equal(kernels.augmented_gram(np.empty((0, 3)), np.empty(0)), np.zeros((3, 3)))


def test_class_sums():
    rows, labels = spread(4, (30, 4)), np.random.default_rng(4).choice([0, 2, 5], 30)
    expected = np.array([rows[labels == k].sum(axis=0) for k in range(7)])
    np.testing.assert_allclose(kernels.class_sums(rows, labels, 7), expected, rtol=1e-12)
    assert not kernels.class_sums(rows[:0], labels[:0], 7).any()


def system(eigenvalues, seed=5):
    n = len(eigenvalues)
    vectors = np.linalg.qr(spread(seed, (n, n)))[0]
    return (vectors * eigenvalues) @ vectors.T, vectors


@pytest.fixture(params=["small", "large"])
def size(request, monkeypatch):
    """Solve these small systems once as such, once as large ones are."""
    if request.param == "large":
        monkeypatch.setattr(solving, "LARGE", 1)


@pytest.mark.usefixtures("size")
def test_regular_system():
    gram, _ = system(np.array([1e-3, 0.1, 1.0, 7.0]))
    gram = (gram + gram.T) / 2
    wanted = spread(6, (3, 4))
    solution = kernels.solve_symmetric(gram.copy(), wanted @ gram)
    np.testing.assert_allclose(solution.correction, wanted, rtol=1e-10)
    assert not solution.singular
    np.testing.assert_allclose(kernels.condition_number(gram.copy()), 7000, rtol=1e-9)


@pytest.mark.usefixtures("size")
def test_singular_system_takes_the_minimum_norm():
    gram, vectors = system(np.array([0.0, 0.1, 1.0, 8.0]))
    gram = (gram + gram.T) / 2
    wanted = spread(7, (3, 4))
    solution = kernels.solve_symmetric(gram.copy(), wanted @ gram)
    inside = wanted - np.outer(wanted @ vectors[:, 0], vectors[:, 0])
    np.testing.assert_allclose(solution.correction, inside, rtol=1e-10, atol=1e-12)
    assert solution.singular
    np.testing.assert_allclose(kernels.condition_number(gram), 80, rtol=1e-9)


@pytest.mark.usefixtures("size")
@pytest.mark.parametrize(("smallest", "singular"), [(1.01e-12, False), (0.99e-12, True)])
def test_singular_means_below_1e_12_of_the_largest(smallest, singular):
    for largest in (1.0, 1e6):
        gram = np.diag([largest, smallest * largest])
        solution = kernels.solve_symmetric(gram.copy(), np.array([[1.0, smallest]]) * largest)
        assert solution.singular == singular
        np.testing.assert_allclose(solution.correction, [[1.0, 0.0 if singular else 1.0]], rtol=1e-9)


@pytest.mark.usefixtures("size")
def test_badly_scaled_but_diagonal_is_exact():
    scale = np.array([1e-5, 1.0, 1e3])
    gram = np.array([[2.0, 0.5, 0], [0.5, 2, 0.3], [0, 0.3, 2]]) * scale * scale[:, None] * 1e2
    gram[0, 0] = gram[0, 0] + 0.01
    wanted = np.array([[3.0, -1.0, 0.25]])
    np.testing.assert_allclose(kernels.solve_symmetric(gram.copy(), wanted @ gram).correction, wanted, rtol=1e-9)


@pytest.mark.usefixtures("size")
def test_nothing_to_solve():
    solution = kernels.solve_symmetric(np.zeros((3, 3)), np.zeros((2, 3)))
    assert solution.singular
    assert not solution.correction.any()


def ill_conditioned(n, smallest):
    """A system with eigenvalues from `smallest` to 1 in log steps, and rows to find."""
    gram, _ = system(np.geomspace(smallest, 1, n))
    return (gram + gram.T) / 2, spread(8, (n - 1, n))


@pytest.mark.usefixtures("size")
@pytest.mark.parametrize("smallest", [1e-3, 1e-6, 1e-9, 1e-11])
def test_the_error_follows_the_condition(smallest):
    gram, wanted = ill_conditioned(40, smallest)
    solution = kernels.solve_symmetric(gram.copy(), wanted @ gram)
    assert not solution.singular
    error = np.abs(solution.correction - wanted).max() / np.abs(wanted).max()
    assert error < max(1e-12, 1e-15 / smallest)
    np.testing.assert_allclose(kernels.condition_number(gram.copy()), 1 / smallest, rtol=max(1e-8, 1e-14 / smallest))


def test_a_large_system_that_is_singular_is_said_to_be_and_comes_back_unharmed(monkeypatch):
    monkeypatch.setattr(solving, "LARGE", 1)
    gram, wanted = ill_conditioned(40, 0.5e-12)
    solution = kernels.solve_symmetric(gram.copy(), wanted @ gram)
    values, vectors = np.linalg.eigh(gram)
    inside = wanted @ vectors[:, values >= 1e-12] @ vectors[:, values >= 1e-12].T
    assert solution.singular
    assert np.abs(solution.correction - inside).max() < 2e-3 * np.abs(wanted).max()


def test_fold_of_is_pinned():
    labels = np.array([0, 0, 0, 0, 0, 0, 1, 1, 1, 1])
    occurrence = np.array([0, 1, 2, 3, 4, 5, 0, 1, 2, 3])
    # folds are part of what two machines must agree on: a change here changes every out-of-fold figure
    assert kernels.fold_of(occurrence, labels, 3, 0).tolist() == [0, 1, 2, 2, 1, 0, 0, 1, 2, 0]
    assert kernels.fold_of(occurrence, labels, 3, 12345).tolist() == [2, 1, 0, 1, 0, 2, 0, 1, 2, 2]


def test_fold_of_spreads_a_run_over_all_folds():
    occurrence = np.arange(60)
    for seed in range(5):
        folds = kernels.fold_of(occurrence, np.full(60, 3), 4, seed).reshape(-1, 4)
        assert (np.sort(folds, axis=1) == np.arange(4)).all()
        assert len({tuple(run) for run in folds.tolist()}) > 5


@pytest.mark.parametrize("n_classes", [1, 2, 10, 31, 32, 63, 64, 1000])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_rows_are_reduced_as_numpy_reduces_them(n_classes, dtype):
    rows = np.random.default_rng(n_classes).normal(size=(700, n_classes)).astype(dtype)
    np.testing.assert_array_equal(kernels.row_maxima(rows), rows.max(axis=1))
    for tied in (rows, rows.round(), np.zeros_like(rows), rows[:0]):
        np.testing.assert_array_equal(kernels.first_maxima(tied), tied.argmax(axis=1))
    np.testing.assert_allclose(
        kernels.row_sums(rows), rows.sum(axis=1), atol=200 * np.finfo(dtype).eps * n_classes**0.5
    )
    matrix = np.random.default_rng(1).normal(size=(n_classes, n_classes)).astype(dtype)
    product = kernels.products(np.tile(rows, (20, 1)) if n_classes < 64 else rows, matrix)
    np.testing.assert_allclose(product[-700:], rows @ matrix.T, atol=200 * np.finfo(dtype).eps * n_classes)
    blocks = [rows[block] for block in kernels.row_blocks(*rows.shape)]
    np.testing.assert_array_equal(np.concatenate(blocks), rows)
    expected = np.log(kernels.softmax(1.7 * rows.astype(np.float64)))
    np.testing.assert_allclose(
        kernels.tempered(rows, 1.7), expected, atol=50 * np.finfo(dtype).eps * (1 + abs(expected).max())
    )

"""Scoring rules and confusions against scikit-learn on real files, and against counting by hand."""

import warnings

import numpy as np
import pytest

from classlift.data.kind import Kind
from classlift.evaluation import confusion as confusions
from classlift.evaluation.compare import evaluate_layer
from classlift.evaluation.confusion import ConfusionSum
from classlift.evaluation.evaluate import evaluate
from classlift.evaluation.options import EvaluationOptions
from classlift.fitting.fit import fit
from classlift.fitting.result import EffectKind
from classlift.intervals.proportions import wilson
from support import slow
from support.array_source import ArraySource
from support.shared_files import PREDICTION_FILES, load

theirs = pytest.importorskip("sklearn.metrics", reason="scikit-learn is not installed")

CLOSE = {"rtol": 0, "atol": 1e-12}


def sklearn_scores(p, labels):
    """Log loss (p floored as we floor it) and Brier score in its sum form."""
    known = labels >= 0
    p, labels, k = p[known].astype(np.float64), labels[known], list(range(p.shape[1]))
    if p.max() > 1:  # scikit-learn refuses such rows: the formulas
        true = p[np.arange(len(p)), labels]
        return -np.log(np.maximum(true, 1e-12)).mean(), ((p - np.eye(len(k))[labels]) ** 2).sum(axis=1).mean()
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "The y_prob values do not sum to one")  # not to 1e-8, as stored
        log_loss = theirs.log_loss(labels, np.maximum(p, 1e-12), labels=k)
        brier = theirs.brier_score_loss(labels, p, labels=k, scale_by_half=False)
    return log_loss, brier


def slow_calibration_error(p, labels):
    """Bin by bin, row by row."""
    bins = [[] for _ in range(15)]
    rows = [(row, label) for row, label in zip(p.astype(np.float64), labels, strict=True) if label >= 0]
    for row, label in rows:
        k = slow.first_maximum(row)
        at = next(i for i in range(15) if row[k] <= (i + 1) / 15 + 1e-15 or i == 14)
        bins[at].append((float(k == label), row[k]))
    return sum(abs(sum(right for right, _ in b) - sum(top for _, top in b)) for b in bins) / len(rows)


@pytest.mark.parametrize("path", PREDICTION_FILES)
def test_real_file(path):
    scores, labels, kind = load(path)
    p = scores
    if kind is Kind.LOGITS:
        p = np.exp(scores.astype(np.float64) - scores.max(axis=1, keepdims=True).astype(np.float64))
        p /= p.sum(axis=1, keepdims=True)
    result = evaluate(ArraySource(scores, labels, kind, block_rows=1000), EvaluationOptions(confusion=True))
    scoring = result.details.scoring
    np.testing.assert_allclose((scoring.log_loss, scoring.brier), sklearn_scores(p, labels), **CLOSE)
    assert_tops(result, p, labels)
    expected = theirs.confusion_matrix(labels, p.argmax(axis=1), labels=range(p.shape[1]))
    np.testing.assert_array_equal(result.details.confusion.dense(), expected)


def assert_tops(result, p, labels):
    """Shares of rows whose class is among the first k, where a row has no equal probabilities also by scikit-learn."""
    p, labels = p[labels >= 0], labels[labels >= 0]
    order = np.argsort(-p, axis=1, kind="stable")
    for k in sorted({1, 2, 5, p.shape[1] // 2, p.shape[1] - 1}):
        if k >= p.shape[1]:
            assert np.isnan(result.value(f"top{k}"))
            continue
        found = result.value(f"top{k}")
        assert found == np.mean([label in row for label, row in zip(labels, order[:, :k], strict=True)])
        untied = [i for i, row in enumerate(p) if len(np.unique(row)) == len(row)]
        if len(untied) == len(p) and p.shape[1] > 2:
            theirs_k = theirs.top_k_accuracy_score(labels, p, k=k, labels=range(p.shape[1]))
            assert found == pytest.approx(theirs_k, abs=1e-12)


def test_bounds_of_scores_and_of_the_first_k():
    p, labels = rows(n=400, k=8)
    result, known = evaluate(ArraySource(p, labels, block_rows=77)), labels >= 0
    assert_tops(result, p, labels)
    assert_tops(evaluate(ArraySource(np.round(p, 1) + np.float32(1e-4), labels, Kind.LOGITS)), np.round(p, 1), labels)
    true = p[known, labels[known]].astype(np.float64)
    error = np.std(-np.log(true), ddof=1) / np.sqrt(known.sum())
    low, high = result.interval("nll")
    assert ((low + high) / 2, (high - low) / 2) == pytest.approx((result.value("nll"), 1.959963984540054 * error))
    square = ((p[known].astype(np.float64) - np.eye(8)[labels[known]]) ** 2).sum(axis=1)
    low, high = result.interval("brier")
    half = 1.959963984540054 * np.std(square, ddof=1) / np.sqrt(known.sum())
    assert ((low + high) / 2, (high - low) / 2) == pytest.approx((square.mean(), half))
    right = round(result.value("top3") * known.sum())
    assert result.interval("top3") == pytest.approx([float(end) for end in wilson(right, known.sum())])
    with pytest.raises(KeyError):
        result.interval("ece")


def rows(n=300, k=6, seed=0):
    rng = np.random.default_rng(seed)
    z = rng.normal(0, 1.5, (n, k))
    labels = rng.integers(-1, k, n)
    z[np.arange(n), labels] += 1
    p = np.exp(z)
    return (p / p.sum(axis=1, keepdims=True)).astype(np.float32), labels


@pytest.mark.parametrize("k", [2, 3, 17])
def test_calibration_error_against_counting(k):
    p, labels = rows(k=k)
    p[:5] = np.eye(k)[0]
    scoring = evaluate(ArraySource(p, labels, block_rows=77)).details.scoring
    assert scoring.n_samples == np.sum(labels >= 0)
    assert scoring.calibration_error == pytest.approx(slow_calibration_error(p, labels), abs=1e-12)
    np.testing.assert_allclose((scoring.log_loss, scoring.brier), sklearn_scores(p, labels), **CLOSE)


def test_after_is_what_apply_writes():
    p, labels = rows()
    layer = fit(ArraySource(p, labels), effect=EffectKind.NONE).layer
    result = evaluate_layer(ArraySource(p, labels, block_rows=50), layer, EvaluationOptions(confusion=True))
    written = np.concatenate([layer.apply(block).probabilities() for block in ArraySource(p, labels).blocks()])
    after = result.after.details
    np.testing.assert_allclose(
        (after.scoring.log_loss, after.scoring.brier), sklearn_scores(written, labels), rtol=0, atol=1e-12
    )
    assert after.scoring.calibration_error == pytest.approx(slow_calibration_error(written, labels), abs=1e-12)
    known = labels >= 0
    expected = theirs.confusion_matrix(labels[known], written[known].argmax(axis=1), labels=range(6))
    np.testing.assert_array_equal(after.confusion.dense(), expected)
    np.testing.assert_array_equal(np.diag(after.confusion.dense()), result.after.counts.right)


def test_what_was_not_asked_for_is_not_there():
    p, labels = rows()
    assert evaluate(ArraySource(p, labels)).details.confusion is None
    assert evaluate(ArraySource(p, labels, Kind.SCORES)).details.scoring is None


def test_certain_and_wrong_is_finite():
    p, labels = np.array([[1.0, 0.0], [0.0, 1.0]]), np.array([1, 1])
    scoring = evaluate(ArraySource(p, labels)).details.scoring
    assert scoring.log_loss == pytest.approx(-np.log(1e-12) / 2)
    assert scoring.brier == 1
    assert scoring.calibration_error == 0.5


def test_confusions_add_up_however_they_are_cut(monkeypatch):
    rng = np.random.default_rng(0)
    labels, predicted = rng.integers(-1, 40, 5000), rng.integers(0, 40, 5000)
    monkeypatch.setattr(confusions, "WAITING_CODES", 333)
    total = ConfusionSum(40)
    for part in np.array_split(np.arange(5000), 60):
        total.add(labels[part], predicted[part])
    found, known = total.total(), labels >= 0
    expected = theirs.confusion_matrix(labels[known], predicted[known], labels=range(40))
    np.testing.assert_array_equal(found.dense(), expected)
    np.fill_diagonal(expected, 0)
    top = found.top(10)
    assert [pair.rows for pair in top] == sorted(expected.ravel().tolist(), reverse=True)[:10]
    assert all(expected[pair.true, pair.predicted] == pair.rows for pair in top)
    assert sum(pair.rows for pair in found.pairs()) == known.sum()
    assert ConfusionSum(3).total().top(None) == []

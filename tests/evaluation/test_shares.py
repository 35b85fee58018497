"""Figures under class shares that are not those of the file: against scikit-learn's sample_weight, and by meaning."""

import json
from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose

from classlift.api.evaluate import evaluate
from classlift.data.shares import Shares, differing
from classlift.errors import ClassliftError
from classlift.evaluation.uncertainty import Resampling
from classlift.gates.check import Gate
from classlift.intervals.homogeneity import same_shares
from classlift.layer.layer import OutputLayer
from classlift.layer.step import AffineStep, Domain
from classlift.output.verdict import comparison as verdicts
from support.process import classlift

theirs = pytest.importorskip("sklearn.metrics", reason="scikit-learn is not installed")
NAMES = ("ant", "bee", "cat", "dog", "elk")
SHARES = dict(zip(NAMES, (0.4, 0.1, 0.05, 0.15, 0.3), strict=True))
FEW = Resampling(50)


def rows(seed=0, n=1500):
    rng = np.random.default_rng(seed)
    labels = rng.choice(5, n, p=[0.05, 0.35, 0.3, 0.2, 0.1])
    z = rng.normal(size=(n, 5))
    z[np.arange(n), labels] += 1.2
    p = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
    return {"probs": p, "labels": labels, "class_names": np.array(NAMES), "id": np.arange(n)}


def weights(labels):
    n = np.bincount(labels)
    return (np.array([*SHARES.values()]) / n)[labels] * len(labels)


@pytest.fixture(scope="module")
def data():
    return rows()


def their_ece(p, labels, w, n_bins=15):
    top, right, out = p.max(axis=1), p.argmax(axis=1) == labels, 0.0
    for i in range(n_bins):
        here = (top > i / n_bins) & (top <= (i + 1) / n_bins)
        out += abs((w[here] * (right[here] - top[here])).sum())
    return out / w.sum()


def test_figures_are_those_of_weighted_rows(data):
    result = evaluate(data, shares=SHARES, resampling=FEW)
    p, labels, w = data["probs"], data["labels"], weights(data["labels"])
    y = p.argmax(axis=1)
    onehot = np.eye(5)[labels]
    expected = {
        "total": theirs.accuracy_score(labels, y, sample_weight=w),
        "macro_f1": theirs.f1_score(labels, y, average="macro", sample_weight=w),
        "weighted_f1": theirs.f1_score(labels, y, average="weighted", sample_weight=w),
        "nll": theirs.log_loss(labels, p, sample_weight=w),
        "brier": np.average(((p - onehot) ** 2).sum(axis=1), weights=w),
        "ece": their_ece(p, labels, w),
        "top3": theirs.top_k_accuracy_score(labels, p, k=3, sample_weight=w),
        "balanced": theirs.balanced_accuracy_score(labels, y),
    }
    assert_allclose([result.value(name) for name in expected], [*expected.values()], rtol=1e-9)
    assert_allclose(result.class_values("precision"), theirs.precision_score(labels, y, average=None, sample_weight=w))
    assert_allclose(result.to_frame()["f1"], theirs.f1_score(labels, y, average=None, sample_weight=w))
    plain = evaluate(data, resampling=FEW)
    assert result.value("low20") == plain.value("low20")
    assert (result.counts.right == plain.counts.right).all()
    assert_allclose(result.shares, [*SHARES.values()])


def test_the_files_own_shares_change_no_figure(data):
    own = np.bincount(data["labels"]) / len(data["labels"])
    found, plain = evaluate(data, shares=dict(zip(NAMES, own, strict=True))).to_dict(), evaluate(data).to_dict()
    assert found.keys() == plain.keys()
    assert_allclose([*found.values()], [*plain.values()], rtol=1e-9)


def test_weight_2_is_every_row_of_the_class_twice(data):
    n = np.bincount(data["labels"])
    twice = np.where(np.arange(5) == 1, 2 * n, n)
    shares = dict(zip(NAMES, twice / twice.sum(), strict=True))
    again = np.concatenate([np.arange(len(data["labels"])), np.flatnonzero(data["labels"] == 1)])
    doubled = {key: value if key == "class_names" else value[again] for key, value in data.items()}
    found, expected = evaluate(data, shares=shares), evaluate(doubled)
    for name in ("total", "macro_f1", "nll", "brier", "ece", "top2"):
        assert found.value(name) == pytest.approx(expected.value(name)), name


def test_the_standard_error_of_a_score_is_that_within_classes(data):
    result = evaluate(data, shares=SHARES)
    p, labels = data["probs"], data["labels"]
    loss = -np.log(p[np.arange(len(labels)), labels])
    groups = [loss[labels == k] for k in range(5)]
    variance = sum(q**2 * g.var(ddof=1) / len(g) for q, g in zip(SHARES.values(), groups, strict=True))
    low, high = result.interval("nll")
    assert (high - low) / 2 == pytest.approx(1.959964 * np.sqrt(variance), rel=1e-3)


def layer(strength=1.0):
    return OutputLayer((AffineStep(Domain.LOG_PROBABILITY, np.array([strength, 0, 0, 0, -strength])),), 5, NAMES)


def test_a_change_is_that_of_weighted_rows_in_one_process_or_many(data, tmp_path):
    np.savez(tmp_path / "rows.npz", **data)
    result = evaluate(tmp_path / "rows.npz", layer=layer(), shares=SHARES)
    w, labels = weights(data["labels"]), data["labels"]
    before, after = data["probs"].argmax(axis=1), (np.log(data["probs"]) + layer().steps[0].bias).argmax(axis=1)
    moved = ((after == labels) * w - (before == labels) * w).mean()
    assert result.change("total") == pytest.approx(moved)
    broken = ((before == labels) & (after != labels)) * w
    gate = Gate.parse("negative_flips <= 0%").check(result, confidence=0.95)
    assert float(gate.value) == pytest.approx(broken.mean())
    low, high = result.interval("total.change")
    assert low < moved < high
    many = evaluate(tmp_path / "rows.npz", layer=layer(), shares=SHARES, engine="processes")
    assert_allclose([*many.to_dict().values()], [*result.to_dict().values()], rtol=1e-12)
    beside = evaluate({**data, "probs": np.roll(data["probs"], 1, axis=1)}, against=data, shares=SHARES)
    assert beside.before.value("total") == pytest.approx(result.before.value("total"))


def test_a_gate_on_precision_and_its_word_go_by_the_shares(data):
    result = evaluate(data, shares=SHARES)
    y, w = data["probs"].argmax(axis=1), weights(data["labels"])
    expected = theirs.precision_score(data["labels"], y, average=None, sample_weight=w)[0]
    assert float(Gate.parse('class["ant"].precision >= 99%').check(result).value) == pytest.approx(expected)
    assert result.reading.line.endswith("; class shares: shares")
    assert any("macro_f1" in note and "as counted" in note for note in result.notes)


def test_classes_without_rows_are_said(data):
    few = {key: value if key == "class_names" else value[data["labels"] != 4] for key, value in data.items()}
    result = evaluate(few, shares=SHARES)
    assert "classes without rows here have 30.0% of these shares: figures are those of the others" in result.notes
    recall, q = result.counts.recall[:4], np.array([*SHARES.values()])[:4]
    assert result.value("total") == pytest.approx((recall * q).sum() / q.sum())


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({**SHARES, "fox": 0.0}, "gives a share to 'fox', which is not a class of"),
        ({name: 1 / 3 for name in NAMES[:3]}, "gives no share to class 'dog'"),
        ({**SHARES, "elk": -0.3}, "gives class 'elk' the share -0.3, expected 0 to 1"),
        ({**SHARES, "elk": float("nan")}, "gives class 'elk' the share nan, expected 0 to 1"),
        ({**SHARES, "elk": 0.4}, "holds shares whose sum is 1.1, expected 1"),
        ({}, "holds shares whose sum is 0, expected 1"),
        ([0.2] * 5, "is of type list, expected shares by class name"),
    ],
)
def test_other_shares_are_refused(data, given, told):
    with pytest.raises(ClassliftError, match=told):
        evaluate(data, shares=given)


def test_rounded_shares_are_divided_by_their_sum():
    assert Shares({"a": 0.333, "b": 0.333, "c": 0.333}).in_order(("c", "b", "a"), "x").tolist() == [1 / 3] * 3


def test_files_of_shares_and_what_is_written(data, tmp_path):
    np.savez(tmp_path / "rows.npz", **data)
    (tmp_path / "s.json").write_text(json.dumps(SHARES))
    (tmp_path / "s.csv").write_text("class,share\n" + "".join(f"{name},{share}\n" for name, share in SHARES.items()))
    (tmp_path / "s.tsv").write_text("".join(f"{name}\t{share}\t0\n" for name, share in SHARES.items()))
    texts = []
    for given in ("s.json", "s.csv", "s.tsv", ",".join(f"{name}={share}" for name, share in SHARES.items())):
        done = classlift("evaluate", "rows.npz", "--shares", given, "--format", "json", cwd=tmp_path)
        assert done.returncode == 0, done.stderr
        found = json.loads(done.stdout)
        assert_allclose([*found["shares"].values()], [*SHARES.values()], rtol=1e-12)
        assert found["reading"]["shares"] == ("--shares" if "=" in given else given)
        texts.append(found["figures"])
    assert all(text == texts[0] for text in texts)
    shown = classlift("evaluate", "rows.npz", "--shares", "s.csv", cwd=tmp_path).stdout
    assert "class shares: s.csv" in shown
    for text in ("ant,0.5\nant,0.5\n", "ant,0.5\nbee\n", "class,share\n", '"ant,1'):
        (tmp_path / "bad.csv").write_text(text)
        done = classlift("evaluate", "rows.npz", "--shares", "bad.csv", cwd=tmp_path)
        assert (done.returncode, done.stderr.splitlines()[0]) == (
            2,
            "bad.csv: does not hold one number by class name for each class",
        )


def test_shares_of_validation_and_test_that_differ_are_noted(data):
    support = np.bincount(data["labels"]).tolist()
    told = "class shares here are not those of the validation file (ant 5"
    for known, expected in ((support, False), ([100] * 5, True), (None, False), ("x", False), ([1.5] * 5, False)):
        result = evaluate(data, layer=replace(layer(), provenance={"support": known}), resampling=FEW)
        assert any(note.startswith(told[:40]) for note in result.notes) is expected
    shown = evaluate(data, layer=replace(layer(), provenance={"support": [100] * 5}), shares=SHARES, resampling=FEW)
    assert not any(note.startswith(told[:40]) for note in shown.notes)


def test_predictions_of_another_model_are_noted_where_class_shares_are_the_same(data):
    """A layer keeps what its validation file predicted: here the model that is evaluated predicts otherwise."""
    support, n = np.bincount(data["labels"]).tolist(), len(data["labels"])
    ours = np.bincount(data["probs"].argmax(axis=1), minlength=5).tolist()
    for known, expected in ((ours, False), ([0, 0, 0, 0, n], True), (None, False)):
        used = replace(layer(), provenance={"support": support, "predicted": known})
        result = evaluate(data, layer=used, resampling=FEW)
        told = [note for note in result.notes if note.startswith("predicted shares differ from the validation file's")]
        assert bool(told) is expected
        assert any(told[0] in sentence for sentence in verdicts.compared(result).sentences) if expected else True
        both = evaluate(data, layer=used, against=used, resampling=FEW)
        assert not any(note.startswith("predicted shares differ") for note in both.notes)


def test_the_test_of_shares_is_chi_square_and_keeps_its_level():
    from scipy.stats import chi2_contingency

    a, b = [120, 80, 300], [100, 130, 270]
    assert same_shares(a, b) == pytest.approx(chi2_contingency([a, b]).pvalue)
    rng = np.random.default_rng(0)
    shares = rng.dirichlet(np.full(30, 0.5))
    values = [same_shares(rng.multinomial(400, shares), rng.multinomial(150, shares)) for _ in range(2000)]
    assert 0.03 < np.mean(np.array(values) < 0.05) < 0.07
    assert same_shares([0, 0], [3, 4]) == same_shares([1, 0], [0, 1]) == 1.0
    assert differing(np.array([10_050, 9_950]), [1_000_000, 1_000_000], ("a", "b")) == ""

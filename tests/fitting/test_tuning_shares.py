"""Tuning under class shares that are not those of the validation file."""

import importlib.util
import json

import numpy as np
import pytest
from numpy.testing import assert_allclose

from classlift import evaluate, tune
from classlift.errors import ClassliftError
from classlift.evaluation.options import Resampling
from support.process import classlift

NAMES = tuple("abcdefgh")
OLD = np.array([0.3, 0.2, 0.15, 0.1, 0.1, 0.05, 0.05, 0.05])
TAIL = dict(zip(NAMES, OLD[::-1].tolist(), strict=True))
HEAD = dict(zip(NAMES, [0.9, 0.04, 0.01, 0.01, 0.01, 0.01, 0.01, 0.01], strict=True))
FEW = Resampling(0)


def rows(seed, n, shares):
    """A model of known quality per class that believes in the shares OLD."""
    rng = np.random.default_rng(seed)
    labels = rng.choice(8, n, p=shares)
    z = rng.normal(size=(n, 8)) + np.log(OLD)
    z[np.arange(n), labels] += np.linspace(0.8, 2.2, 8)[labels]
    p = np.exp(1.3 * z)
    return {"probs": p / p.sum(axis=1, keepdims=True), "labels": labels, "class_names": np.array(NAMES)}


@pytest.fixture(scope="module")
def val():
    return rows(0, 3000, OLD)


@pytest.fixture(scope="module")
def results(val):
    given = {"plain": None, "tail": TAIL, "head": HEAD}
    return {name: tune(val, shares=shares, methods=("raw",)) for name, shares in given.items()}


@pytest.mark.parametrize(("name", "shares"), [("tail", TAIL), ("head", HEAD)])
def test_total_is_guarded_and_shown_under_the_shares(results, val, name, shares):
    result = results[name]
    before, after = result.trials.predicted[0], result.trials.predicted[result.chosen]
    weights = np.array([*shares.values()]) / np.bincount(val["labels"])
    labels = result.trials.labels
    moved = (((after == labels) * 1.0 - (before == labels)) * weights[labels]).sum()
    assert result.effect.change("total") == pytest.approx(moved)
    assert result.assessment.total_change[result.chosen] == pytest.approx(moved)
    assert moved >= -0.001 - 1e-9
    assert all(bool(result.reason(i)) for i in np.flatnonzero(result.assessment.total_change < -0.0011) if i), (
        "a candidate that costs more under the shares could be taken"
    )
    assert_allclose([*result.effect.after.shares], [*shares.values()])
    assert result.reading.shares == "shares"


def test_it_does_better_where_these_shares_hold(results):
    test = rows(1, 10_000, OLD[::-1])
    plain, tail = (evaluate(test, layer=results[name].layer, resampling=FEW) for name in ("plain", "tail"))
    assert tail.change("total") > plain.change("total") + 0.03
    assert tail.change("low20") > 0.05
    promised = results["tail"].promise.total
    assert promised.low - 0.02 < tail.change("total") < promised.high + 0.02


def test_the_files_own_shares_choose_the_same_layer(val, results):
    own = np.bincount(val["labels"]) / 3000
    found = tune(val, shares=dict(zip(NAMES, own, strict=True)), methods=("raw",))
    plain = results["plain"]
    n = len(plain.trials.candidates)
    assert len(found.trials.candidates) > n  # the candidates of the shift, which shifts by nothing
    assert_allclose(found.assessment.total_change[:n], plain.assessment.total_change, atol=1e-12)
    assert_allclose(found.assessment.gain[:n], plain.assessment.gain, atol=1e-12)
    assert found.search.names[found.chosen] == plain.search.names[plain.chosen]
    assert found.promise.low20.change == pytest.approx(plain.promise.low20.change, abs=0.005)


def test_requirements_on_total_are_asked_under_the_shares(val):
    result = tune(val, shares=TAIL, methods=("raw",), require=["total.change >= 5pp", "every class.recall >= 20%"])
    assert result.met
    first = result.requirements[0]
    assert first.gate == "total.change >= 5pp"
    assert float(first.value) == pytest.approx(result.effect.change("total"))


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (
            {"objective": "macro_f1"},
            "objective (--maximize): names macro_f1, and under --shares tuning weights only total accuracy and cost",
        ),
        ({"require": ['class["a"].precision >= 50%']}, 'names class["a"].precision, and under --shares'),
        ({"shares": {**TAIL, "z": 0}}, "gives a share to 'z', which is not a class of"),
    ],
)
def test_what_the_search_does_not_weight_is_refused(val, words, told):
    with pytest.raises(ClassliftError) as problem:
        tune(val, **{"shares": TAIL, "methods": ("raw",), **words})
    assert told in str(problem.value)


def test_a_class_with_a_share_needs_rows(val):
    few = {key: value if key == "class_names" else value[val["labels"] != 7] for key, value in val.items()}
    with pytest.raises(ClassliftError, match="gives a share to class 'h', of which"):
        tune(few, shares=TAIL, methods=("raw",))
    none = {**TAIL, "h": 0.0, "a": TAIL["a"] + TAIL["h"]}
    assert tune(few, shares=none, methods=("raw",)).shares.of["h"] == 0


def test_the_command_and_what_its_layer_keeps(val, tmp_path):
    np.savez(tmp_path / "val.npz", **val)
    np.savez(tmp_path / "test.npz", **rows(1, 2000, OLD))
    (tmp_path / "tail.json").write_text(json.dumps(TAIL))
    words = ("tune", "val.npz", "test.npz", "-o", "layer.npz", "--shares", "tail.json", "--methods", "raw")
    done = classlift(*words, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "class shares: tail.json" in done.stdout
    again = json.loads(classlift(*words, "--format", "json", cwd=tmp_path).stdout)
    assert_allclose([*again["out_of_fold"]["shares"].values()], [*TAIL.values()])
    assert_allclose([*again["test"]["shares"].values()], [*TAIL.values()])
    judged = evaluate(tmp_path / "test.npz", layer=tmp_path / "layer.npz", shares=TAIL, resampling=FEW)
    assert again["test"]["after"]["total"] == pytest.approx(judged.after.total)
    layer = json.loads(classlift("inspect", "layer.npz", "--format", "json", cwd=tmp_path).stdout)
    assert_allclose(layer["provenance"]["shares"], [*TAIL.values()])
    done = classlift("apply", "layer.npz", "test.npz", "-o", "out.npz", "--shares", "tail.json", cwd=tmp_path)
    assert done.returncode == 2
    assert "the layer was tuned under class shares of its own" in done.stderr
    if importlib.util.find_spec("onnxruntime") is not None:
        exported = ("export", "layer.npz", "--to", "onnx", "-o", "layer.onnx", "--check", "test.npz")
        assert "agrees with apply" in classlift(*exported, cwd=tmp_path).stdout


def test_an_identity_is_not_bound_to_shares(tmp_path):
    rng = np.random.default_rng(0)
    p = rng.dirichlet(np.ones(3), 300)
    result = tune(p, rng.integers(0, 3, 300), shares={"0": 0.5, "1": 0.3, "2": 0.2}, methods=("raw",))
    assert result.layer.steps == ()
    assert result.layer.provenance.get("shares") is None

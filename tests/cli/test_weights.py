"""`classlift weights`: the three schemes against their formulas."""

import json

import numpy as np
import pytest

from support.process import classlift

theirs = pytest.importorskip("sklearn.utils.class_weight", reason="scikit-learn is not installed")

LABELS = np.repeat([0, 1, 2], [700, 200, 100])


@pytest.fixture
def val(tmp_path):
    rng = np.random.default_rng(0)
    probs = rng.dirichlet(np.ones(4), len(LABELS))
    probs[np.arange(len(LABELS)), LABELS] += [1, 0.5, 0.2][0] * (LABELS == 0) + 0.3 * (LABELS == 1)
    np.savez(tmp_path / "v.npz", probs=probs / probs.sum(1, keepdims=True), labels=LABELS)
    return tmp_path / "v.npz"


def weights(val, *words):
    done = classlift("weights", val, "--format", "json", *words)
    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout)
    assert document["keras"] == {str(k): w for k, w in enumerate(document["pytorch"])}
    return document


def test_balanced_is_that_of_scikit_learn(val):
    document = weights(val)
    expected = theirs.compute_class_weight("balanced", classes=np.arange(3), y=LABELS)
    np.testing.assert_allclose(document["pytorch"][:3], expected / expected.mean(), rtol=1e-12)
    assert document["pytorch"][3] == 1
    assert document["notes"] == ["class 3 has no rows: its weight is 1"]


@pytest.mark.parametrize("beta", [0.5, 0.99, 0.9999])
def test_effective_number(val, beta):
    ours = weights(val, "--scheme", "effective-number", "--beta", beta)["pytorch"][:3]
    raw = (1 - beta) / (1 - beta ** np.array([700.0, 200, 100]))
    np.testing.assert_allclose(ours, raw / raw.mean(), rtol=1e-9)


def test_accuracy(val):
    with np.load(val) as file:
        right = file["probs"].argmax(1) == LABELS
    accuracy = np.array([right[k == LABELS].mean() for k in range(3)])
    raw = np.maximum(accuracy, 0.5) ** -1.5
    ours = weights(val, "--scheme", "accuracy", "--beta", 1.5, "--accuracy-floor", 0.5)["pytorch"][:3]
    np.testing.assert_allclose(ours, raw / raw.mean(), rtol=1e-12)


def test_counts_of_the_training_set(val):
    ours = weights(val, "--counts", "10,20,40,80")["pytorch"]
    raw = 1 / np.array([10, 20, 40, 80])
    np.testing.assert_allclose(ours, raw / raw.mean(), rtol=1e-12)


def test_lines_to_paste(val):
    shown = classlift("weights", val, "--counts", "10,20,40,80").stdout
    line = next(line for line in shown.splitlines() if line.startswith("Keras: class_weight = "))
    pasted = eval(line.removeprefix("Keras: class_weight = "))
    assert list(pasted) == [0, 1, 2, 3]
    assert np.mean(list(pasted.values())) == pytest.approx(1, abs=1e-4)
    assert "torch.tensor([2.13333, 1.06667, 0.533333, 0.266667])" in shown


@pytest.mark.parametrize(
    "words",
    [
        ["--beta", "2"],
        ["--scheme", "effective-number", "--beta", "1"],
        ["--scheme", "accuracy", "--beta", "nan"],
        ["--counts", "1,2"],
        ["--counts", "1,2,3,0.5"],
        ["--counts", "0,0,0,0"],
        ["--counts", "1e19,1,1,1"],
        ["--counts", "9007199254740994,1,1,1"],
        ["--counts", "nan,1,1,1"],
    ],
)
def test_refusals(val, words):
    done = classlift("weights", val, *words)
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 2

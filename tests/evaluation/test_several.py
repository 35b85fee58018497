"""Several layers on the same rows: every pair as judged on its own, a slow count of flips, gates and the command."""

import json

import numpy as np
import pytest

from classlift import compare, evaluate, fit
from classlift.errors import ClassliftError
from classlift.output.documents.base import to_json
from classlift.output.documents.evaluation import comparison_document
from classlift.storage import ReadOptions, open_predictions
from classlift.storage.own.layers import save_layer
from support.process import classlift
from support.shared_files import SAMPLE

NAMES = ("a.npz", "b.npz", "c.npz")


@pytest.fixture
def given(tmp_path):
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 5, 600)
    z = rng.normal(0, 1, (600, 5)) + np.linspace(0, 1, 5)
    z[np.arange(600), labels] += 1.2
    p = np.exp(z)
    data = {"probs": (p / p.sum(1, keepdims=True)).astype(np.float32), "labels": labels, "patient": np.arange(600) // 4}
    data["labels"][::40] = -1
    np.savez(tmp_path / "t.npz", **data)
    half = {name: array[:300] for name, array in data.items()}
    layers = [fit(half, settings={"beta": beta}, effect="none").layer for beta in (0.0, 1.0)]
    layers.append(fit(half, method="cvar", effect="none").layer)
    for name, layer in zip(NAMES, layers, strict=True):
        save_layer(layer, str(tmp_path / name))
    return data, dict(zip(NAMES, layers, strict=True)), tmp_path


@pytest.mark.parametrize("cluster", [None, "patient"])
def test_every_two_are_as_evaluated_on_their_own(given, cluster):
    data, layers, _ = given
    reading = ReadOptions(cluster=cluster)
    found = compare(None, data, layer=list(layers.values()), reading=reading)
    names = ["raw", "layer 1", "layer 2", "layer 3"]
    assert list(found.between) == [(one, two) for i, one in enumerate(names) for two in names[i + 1 :]]
    of = dict(zip(names[1:], layers.values(), strict=True))
    for (one, two), result in found.between.items():
        alone = evaluate(data, layer=of[two], against=of.get(one), reading=reading)
        ours, theirs = (to_json(comparison_document(each) | {"name": ""}) for each in (result, alone))
        assert ours == theirs


def test_flips_are_counted_row_by_row(given):
    data, layers, _ = given
    block = next(open_predictions(data).blocks())
    right = {"raw": data["probs"].argmax(axis=1) == data["labels"]}
    right |= {
        f"layer {i}": layer.apply(block).predicted == data["labels"] for i, layer in enumerate(layers.values(), 1)
    }
    found = compare(None, data, layer=list(layers.values()))
    flips, n = found.negative_flips(), (data["labels"] >= 0).sum()
    for one in right:
        for two in right:
            assert flips.loc[one, two] == (right[one] & ~right[two]).sum() / n
    assert flips.to_numpy().sum() > 0


def test_layers_stand_beside_the_methods(given):
    data, layers, folder = given
    found = compare(data, data, layer=folder / "a.npz")
    alone = compare(data, data)
    assert [one.method for one in found.entries if one.method not in found.given] == [e.method for e in alone.entries]
    frame = found.to_frame()
    assert frame.loc[str(folder / "a.npz"), "total_after"] == evaluate(data, layer=layers["a.npz"]).after.total
    assert np.isnan(frame.loc[str(folder / "a.npz"), "seconds"])
    with pytest.raises(ClassliftError, match="is given twice"):
        compare(None, data, layer=[folder / "a.npz", folder / "a.npz"])
    with pytest.raises(ClassliftError, match="nothing to compare"):
        compare(None, data)


def test_the_command(given):
    data, layers, folder = given
    words = ["compare", "t.npz", *(word for name in NAMES for word in ("--layer", name))]
    done = classlift(*words, "--json", "o.json", "--csv", "o.csv", cwd=folder)
    assert done.returncode == 0, done.stderr
    assert "layers on t.npz" in done.stdout
    assert "negative flips" in done.stdout
    document = json.loads((folder / "o.json").read_text())
    assert {one["method"] for one in document["methods"]} == set(NAMES)
    assert all(one["seconds"] is None for one in document["methods"])
    flips = {(one["before"], one["after"]): one for one in document["flips"]}
    for (one, two), each in flips.items():
        alone = evaluate(data, layer=layers[two], against=layers.get(one))
        assert (each["broken"], each["fixed"]) == (alone.broken, alone.fixed)
    assert (folder / "o.flips.csv").read_text().count("\n") == 7


def test_the_best_layer_is_named_with_what_to_do_next(tmp_path):
    for words in (["fit", str(SAMPLE / "val.npz"), "-o", "l.npz", "--beta", "0.5", "--effect", "none", "-q"],):
        assert classlift(*words, cwd=tmp_path).returncode == 0
    done = classlift("compare", SAMPLE / "test.npz", "--layer", "l.npz", cwd=tmp_path)
    assert done.stdout.startswith("✓ l.npz, first of 1")
    assert "next: classlift apply l.npz NEW -o OUT" in done.stdout
    assert "The order is made on" not in done.stdout


def test_gates_are_asked_of_each_layer(given):
    data, layers, folder = given
    words = ["compare", "t.npz", "--layer", "a.npz", "--layer", "c.npz"]
    between = evaluate(data, layer=layers["c.npz"], against=layers["a.npz"])
    raw = [evaluate(data, layer=layers[name]) for name in ("a.npz", "c.npz")]
    most = max(each.broken for each in (*raw, between))
    share = 100 * most / between.counts.before.n_samples
    gates = ["--gate", f"negative_flips <= {share + 1e-6}%", "--gate", "total >= 1%"]
    done = classlift(*words, *gates, "--json", "o.json", "--junit", "o.xml", cwd=folder)
    assert done.returncode == 0, done.stderr
    document = json.loads((folder / "o.json").read_text())
    assert [len(one["result"]["gates"]) for one in document["methods"]] == [2, 2]
    assert [len(one["gates"]) for one in document["flips"]] == [0, 0, 1]
    assert (folder / "o.xml").read_text().count("<testsuite ") == 3
    done = classlift(*words, "--gate", "negative_flips < 0%", cwd=folder)
    assert done.returncode == 1
    assert "c.npz against a.npz: gate failed: negative_flips < 0%" in done.stderr
    bound = classlift(*words, "--gate", f"negative_flips <= {share}%", "--confidence", "0.95", cwd=folder)
    assert bound.returncode == 1


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["t.npz"], "got 1 files"),
        (["t.npz", "t.npz", "t.npz", "--layer", "a.npz"], "got 3 files"),
        (["t.npz", "t.npz", "--gate", "total >= 1%"], "there is none"),
        (["t.npz", "--layer", "a.npz", "--layer", "a.npz"], "is given twice"),
        (["t.npz", "--layer", "t.npz"], "t.npz"),
    ],
)
def test_what_cannot_be_asked(given, words, told):
    done = classlift("compare", *words, cwd=given[2])
    assert done.returncode == 2
    assert told in done.stderr.splitlines()[0]
    assert done.stderr.splitlines()[1].startswith("fix: ")


def test_a_project_with_gates_compares_methods_without_them(given):
    folder = given[2]
    (folder / "pyproject.toml").write_text("[tool.classlift]\ngates = ['total >= 99%']\n")
    assert classlift("compare", "t.npz", "t.npz", "--jobs", "1", cwd=folder).returncode == 0
    assert classlift("compare", "t.npz", "--layer", "a.npz", cwd=folder).returncode == 1

"""Two layers on the same rows: the counts row by row, engines, and the command."""

import json

import numpy as np
import pytest

from classlift import evaluate, fit
from classlift.storage.own.layers import save_layer
from support.process import classlift


@pytest.fixture
def given(tmp_path):
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 5, 800)
    z = rng.normal(0, 1, (800, 5)) + np.linspace(0, 1, 5)
    z[np.arange(800), labels] += 1.2
    p = np.exp(z)
    data = {"probs": (p / p.sum(1, keepdims=True)).astype(np.float32), "labels": labels, "site": labels % 2}
    np.savez(tmp_path / "t.npz", **data)
    half = {name: array[:400] for name, array in data.items()}
    layers = [fit(half, settings={"beta": beta}, effect="none").layer for beta in (0.0, 1.0)]
    for name, layer in zip(("old", "new"), layers, strict=True):
        save_layer(layer, str(tmp_path / f"{name}.npz"))
    return data, layers, tmp_path


def test_counts_are_those_of_each_row(given):
    data, (old, new), _ = given
    result = evaluate(data, layer=new, against=old, by=["site"])
    was, now = (
        layer.apply(next(source.blocks())).predicted == data["labels"]
        for layer, source in ((layer, _source(data)) for layer in (old, new))
    )
    assert (result.fixed, result.broken) == ((now & ~was).sum(), (was & ~now).sum())
    assert (result.before.total, result.after.total) == (was.mean(), now.mean())
    assert result.before.value("nll") == evaluate(data, layer=old).after.value("nll")
    one = result.group("site", "1")
    assert one.broken == (was & ~now & (data["site"] == 1)).sum()
    assert result.interval("negative_flips").high > result.broken / 800 > 0
    assert "before is what the old layer makes of the rows, after what the new one does" in result.notes


def _source(data):
    from classlift.storage import open_predictions

    return open_predictions(data)


def test_the_command(given):
    data, (old, new), folder = given
    words = ["evaluate", "t.npz", "--layer", "new.npz", "--against", "old.npz", "--json", "o.json"]
    broken = evaluate(data, layer=new, against=old).broken
    done = classlift(*words, "--gate", f"negative_flips <= {broken / 8}%", cwd=folder)
    assert done.returncode == 0, done.stderr
    document = json.loads((folder / "o.json").read_text())
    assert document["broken"] == broken
    assert classlift(*words, "--gate", f"negative_flips < {broken / 8}%", cwd=folder).returncode == 1
    cut = classlift(*words, "--engine", "processes", cwd=folder)
    assert cut.returncode == 0, cut.stderr
    assert json.loads((folder / "o.json").read_text())["broken"] == broken
    wrong = classlift("evaluate", "t.npz", "--layer", "new.npz", "--against", "t.npz", cwd=folder)
    assert (wrong.returncode, wrong.stdout) == (2, "")
    assert wrong.stderr.startswith("--against: with --layer is another layer; t.npz")


def test_the_verdict_names_both_and_says_which_to_keep(given):
    folder = given[2]
    done = classlift("evaluate", "t.npz", "--layer", "old.npz", "--against", "old.npz", cwd=folder)
    said = " ".join(done.stdout.replace("\N{NO-BREAK SPACE}", " ").split())
    assert said.startswith("· old.npz against old.npz changes nothing that can be told from chance: ")
    assert "; keep old.npz." in said
    assert "raw predictions" not in said
    two = classlift("evaluate", "t.npz", "--against", "t.npz", cwd=folder)
    assert "; keep t.npz." in " ".join(two.stdout.split())

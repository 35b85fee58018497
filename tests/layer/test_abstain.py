"""`apply --abstain-below`: no predicted class where the largest probability is low."""

import csv
import json

import numpy as np
import pytest

from classlift import apply, evaluate, fit
from classlift.errors import ClassliftError
from classlift.storage.own.layers import save_layer
from support.process import classlift


@pytest.fixture
def given(tmp_path):
    rng = np.random.default_rng(0)
    p = rng.dirichlet(np.ones(4), 500).astype(np.float32)
    data = {"probs": p, "labels": rng.integers(0, 4, 500), "class_names": np.array(["a", "b", "c", "d"])}
    np.savez(tmp_path / "t.npz", **data)
    layer = fit(data, settings={"beta": 0.5}, effect="none").layer
    save_layer(layer, str(tmp_path / "l.npz"))
    return layer, data, tmp_path


def test_rows_below_have_no_class(given):
    layer, data, folder = given
    apply(layer, data, folder / "all.npz")
    found = apply(layer, data, folder / "sure.npz", abstain_below=0.6)
    whole, part = np.load(folder / "all.npz"), np.load(folder / "sure.npz")
    unsure = whole["probs"].max(axis=1) < 0.6
    assert 0 < unsure.sum() == found.n_abstained < 500
    assert (part["predicted"] == np.where(unsure, -1, whole["predicted"])).all()
    assert (part["predicted_name"] == np.where(unsure, "", whole["predicted_name"])).all()
    for name in ("probs", "changed", "adjusted", "labels"):
        assert (part[name] == whole[name]).all()
    assert found.predicted_after.sum() == 500 - found.n_abstained
    with pytest.raises(ClassliftError, match="above 0, at most 1"):
        apply(layer, data, folder / "x.npz", abstain_below=1.5)


@pytest.mark.parametrize("suffix", ["csv", "npz", "parquet", "jsonl"])
def test_who_evaluates_such_a_file_is_told(given, suffix):
    layer, data, folder = given
    done = apply(layer, data, folder / f"sure.{suffix}", abstain_below=0.6)
    result = evaluate(folder / f"sure.{suffix}")
    share = done.n_abstained / 500
    told = f"{done.n_abstained} of 500 rows ({share:.1%}) have no predicted class, as apply --abstain-below wrote them"
    (note,) = (note for note in result.notes if "no predicted class" in note)
    assert note == f"{told}: they count here, by their largest score"
    apply(layer, data, folder / f"all.{suffix}")
    plain = evaluate(folder / f"all.{suffix}")
    assert (plain.total, plain.counts.n_samples) == (result.total, result.counts.n_samples)
    assert not any("no predicted class" in note for note in plain.notes)
    shown = classlift("evaluate", f"sure.{suffix}", cwd=folder).stdout
    assert " ".join(shown.split()).count(told) == 1


def test_a_file_without_scores_is_named_as_such(given):
    layer, data, folder = given
    apply(layer, data, folder / "sure.csv", output="labels", abstain_below=0.99)
    with pytest.raises(ClassliftError, match="only predicted classes"):
        evaluate(folder / "sure.csv")


def test_the_command(given):
    _, _, folder = given
    words = ["apply", "l.npz", "t.npz", "--output", "labels", "--abstain-below", "0.6", "--json", "o.json"]
    done = classlift(*words, "-o", "o.csv", cwd=folder)
    assert done.returncode == 0, done.stderr
    with (folder / "o.csv").open() as file:
        rows = list(csv.DictReader(file))
    empty = [row for row in rows if row["predicted"] == "-1"]
    assert empty
    assert all(row["predicted_name"] == "" for row in empty)
    assert json.loads((folder / "o.json").read_text())["n_abstained"] == len(empty)
    assert f"{len(empty)} rows have no predicted class ({len(empty) / 500:.1%})" in " ".join(done.stdout.split())
    cut = classlift(*words, "-o", "parts.csv", "--engine", "processes", cwd=folder)
    assert cut.returncode == 0, cut.stderr
    assert json.loads((folder / "o.json").read_text())["n_abstained"] == len(empty)
    plain = classlift("apply", "l.npz", "t.npz", "-o", "p.csv", "--json", "p.json", cwd=folder)
    assert "no predicted class" not in plain.stdout
    assert json.loads((folder / "p.json").read_text())["n_abstained"] is None
    wrong = classlift("apply", "l.npz", "t.npz", "-o", "p.csv", "--abstain-below", "60", cwd=folder)
    assert wrong.returncode == 2

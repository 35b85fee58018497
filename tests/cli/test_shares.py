"""`apply --shares`: scores shifted to other class shares, given or estimated, in real processes."""

import json

import numpy as np
import pytest
from numpy.testing import assert_allclose

from classlift import apply
from classlift.storage.own.layers import load_layer, save_layer
from support.process import classlift

NAMES = np.array(["ant", "bee", "cat", "dog"])
OLD, NEW = np.array([0.25, 0.35, 0.3, 0.1]), np.array([0.05, 0.15, 0.2, 0.6])


def rows(seed, n, shares, logits=False):
    rng = np.random.default_rng(seed)
    labels = rng.choice(4, n, p=shares)
    z = rng.normal(size=(n, 4)) + np.log(OLD)
    z[np.arange(n), labels] += 2.0
    z *= 1.5
    p = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
    return {"logits" if logits else "probs": z if logits else p, "labels": labels, "class_names": NAMES}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("shares")
    np.savez(folder / "val.npz", **rows(0, 3000, OLD))
    for name, logits in (("new", False), ("new-logits", True)):
        np.savez(folder / f"{name}.npz", **rows(1, 2000, NEW, logits))
    np.savez(folder / "same.npz", **rows(2, 2000, OLD))
    (folder / "new.json").write_text(json.dumps(dict(zip(NAMES.tolist(), NEW.tolist(), strict=True))))
    for how, name, out in (
        ("tune --choose", "raw + cvar 0.1", "layer.npz"),
        ("fit --method", "elaborated", "gated.json"),
    ):
        done = classlift(*how.split(), name, "val.npz", "-o", out, "--quiet", cwd=folder)
        assert done.returncode == 0, done.stderr
    return folder


def applied(folder, *words, layer="layer.npz", new="new.npz", out="out.npz"):
    done = classlift("apply", layer, new, "-o", out, *words, "--format", "json", cwd=folder)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout), dict(np.load(folder / out))


@pytest.mark.parametrize("layer", ["layer.npz", "gated.json"])
@pytest.mark.parametrize("new", ["new.npz", "new-logits.npz"])
def test_the_layer_gets_shifted_scores(folder, layer, new):
    document, found = applied(folder, "--shares", "new.json", layer=layer, new=new)
    old = np.bincount(np.load(folder / "val.npz")["labels"]) / 3000
    p = rows(1, 2000, NEW)["probs"] * NEW / old
    p /= p.sum(axis=1, keepdims=True)
    expected = load_layer(folder / layer)
    from classlift.data.predictions import Predictions

    result = expected.apply(Predictions(p, "probabilities"))
    assert_allclose(found["probs"], result.probabilities(), atol=1e-9)
    raw = rows(1, 2000, NEW)["probs"].argmax(axis=1)
    assert (found["changed"] == (found["predicted"] != raw)).all()
    assert found["adjusted"].all()
    assert document["n_changed"] == int(found["changed"].sum())
    assert [one["share"] for one in document["shares"]["classes"]] == NEW.tolist()
    assert_allclose([one["validation"] for one in document["shares"]["classes"]], old)
    assert document["notes"] == []


def test_shares_are_found_and_handed_on(folder):
    document, found = applied(folder, "--shares", "estimate", "--shares-out", "found.csv")
    classes = document["shares"]["classes"]
    assert document["shares"]["n_samples"] == 2000
    true = np.bincount(rows(1, 2000, NEW)["labels"]) / 2000
    for one, share in zip(classes, true, strict=True):
        assert one["interval"][0] < share < one["interval"][1]
        assert one["interval"][1] - one["interval"][0] < 0.1
    table = (folder / "found.csv").read_text().splitlines()
    assert table[0] == "class,share,low,high"
    assert float(table[4].split(",")[1]) == classes[3]["share"]
    _, same = applied(folder, "--shares", "found.csv", "--shares-out", "again.json", out="same-again.npz")
    assert_allclose(same["probs"], found["probs"], atol=1e-12)
    assert json.loads((folder / "again.json").read_text())["dog"] == pytest.approx(classes[3]["share"])
    judged = classlift("evaluate", "new.npz", "--shares", "found.csv", "--quiet", cwd=folder)
    assert judged.returncode == 0, judged.stderr
    shown = classlift("apply", "layer.npz", "new.npz", "-o", "out.npz", "--shares", "estimate", cwd=folder).stdout
    assert "class shares, from 2,000 rows" in shown
    assert "The scores were shifted to estimated class shares before the layer." in shown


def test_standard_input_and_processes_give_the_same(folder):
    _, found = applied(folder, "--shares", "estimate")
    content = (folder / "new.npz").read_bytes()
    words = ("apply", "layer.npz", "-", "--input-format", "npz", "-o", "piped.npz", "--shares", "estimate", "--quiet")
    done = classlift(*words, stdin=content, cwd=folder)
    assert done.returncode == 0, done.stderr
    assert_allclose(np.load(folder / "piped.npz")["probs"], found["probs"], atol=1e-12)
    summary = apply(
        folder / "layer.npz", folder / "new.npz", folder / "parts.npz", shares="estimate", engine="processes"
    )
    parts = sorted((folder / "parts.npz").iterdir())
    assert_allclose(np.concatenate([np.load(part)["probs"] for part in parts]), found["probs"], atol=1e-12)
    assert summary.shift is not None and summary.shift.n_samples == 2000


def test_predictions_that_moved_are_noted(folder):
    document, _ = applied(folder)
    (note,) = document["notes"]
    assert note.startswith("predicted shares differ from the validation file's by more than chance (dog ")
    assert "other data, or predictions of another model" in note
    assert note.endswith("--shares estimate is for class shares that changed")
    assert applied(folder, new="same.npz")[0]["notes"] == []


@pytest.mark.parametrize("engine", [(), ("--engine", "processes")], ids=["here", "engine"])
def test_rows_that_do_not_have_the_shares_that_were_said_are_noted(folder, tmp_path, engine):
    """Most rows are dogs, where most are said to be bees; with the right shares nothing is said."""
    words = ("apply", "layer.npz", "new.npz", *engine, "--json", tmp_path / "a.json", "--shares")
    done = classlift(*words, "ant=0.05,bee=0.85,cat=0.05,dog=0.05", "-o", tmp_path / "far.npz", cwd=folder)
    assert done.returncode == 0, done.stderr
    (note,) = json.loads((tmp_path / "a.json").read_text())["notes"]
    assert note.startswith("the mean probability of bee is ")
    assert "said to be 85.0 %" in note
    assert " ".join(done.stdout.split()).count(f"before the layer; {note}") == 1
    right = classlift(*words, "new.json", "-o", tmp_path / "right.npz", cwd=folder)
    assert right.returncode == 0, right.stderr
    assert json.loads((tmp_path / "a.json").read_text())["notes"] == []


def changed(folder, name, **entries):
    layer = load_layer(folder / "layer.npz")
    from dataclasses import replace

    save_layer(replace(layer, provenance={**layer.provenance, **entries}), folder / name)


@pytest.mark.parametrize(
    ("entries", "shares", "told"),
    [
        ({"support": None}, "new.json", "--shares: the layer does not say which class shares it was fitted on"),
        ({"support": [1, 2, 3, 0]}, "new.json", "--shares: class 'dog' has no labelled row in the validation file"),
        ({"shares": [0.25] * 4}, "new.json", "--shares: the layer was tuned under class shares of its own: a second"),
        ({"calibration": None}, "estimate", "--shares estimate: the layer keeps no calibration of raw scores"),
        ({"calibration": {"bias": [1]}}, "estimate", "--shares estimate: the layer keeps no calibration"),
        ({}, "ant=0.5,bee=0.5", "--shares: gives no share to class 'cat' of the layer"),
    ],
)
def test_layers_that_cannot_be_shifted(folder, entries, shares, told):
    changed(folder, "other.npz", **entries)
    done = classlift("apply", "other.npz", "new.npz", "-o", "none.npz", "--shares", shares, cwd=folder)
    assert done.returncode == 2
    first, second = done.stderr.splitlines()
    assert first.startswith(told)
    assert second.startswith("fix: ")
    assert not (folder / "none.npz").exists()


def test_classes_that_cannot_be_told_apart(folder):
    data = rows(3, 1000, OLD)
    data["probs"] = 0.999 * OLD + 0.001 * data["probs"]
    np.savez(folder / "flat-val.npz", **data)
    words = ("tune", "flat-val.npz", "-o", "flat.npz", "--choose", "raw + cvar 0.1", "-q")
    assert classlift(*words, cwd=folder).returncode == 0
    flat = rows(4, 500, NEW)
    flat["probs"] = 0.999 * OLD + 0.001 * flat["probs"]
    flat["probs"][:, 2:] = flat["probs"][:, 2:].sum(axis=1, keepdims=True) * OLD[2:] / OLD[2:].sum()
    np.savez(folder / "flat-new.npz", **flat)
    done = classlift("apply", "flat.npz", "flat-new.npz", "-o", "none.npz", "--shares", "estimate", cwd=folder)
    assert done.returncode == 2
    assert "flat-new.npz: does not tell its class shares: classes '" in done.stderr
    assert "cannot be told apart well enough" in done.stderr
    np.savez(folder / "few.npz", **rows(5, 12, NEW))
    done = classlift("apply", "layer.npz", "few.npz", "-o", "none.npz", "--shares", "estimate", cwd=folder)
    assert done.returncode == 2
    assert "the share of 'dog' is unsure by" in done.stderr or "is unsure by" in done.stderr


def told(folder, *words):
    done = classlift(*words, "--format", "json", cwd=folder)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


UNDER = "under the class shares of new.json, not those of this file"


def test_a_page_is_made_under_shares(folder):
    pytest.importorskip("jinja2", reason="the page needs the extra `report`")
    told(folder, "tune", "val.npz", "-o", "under.npz", "--shares", "new.json")
    judged = told(folder, "evaluate", "same.npz", "--layer", "under.npz", "--shares", "new.json")
    found = told(folder, "report", "val.npz", "same.npz", "-o", "page.html", "--shares", "new.json")
    assert found["figures"] == judged["figures"]
    words = ["report", "val.npz", "same.npz", "-o", "gated.html", "--layer", "gated.json", "--shares", "new.json"]
    assert told(folder, *words, "--sweeps")["figures"]["total.before"] == judged["figures"]["total.before"]
    for name, said in (
        ("page.html", "as counted here"),
        ("gated.html", "sweep goes by the class shares of the file"),
    ):
        page = (folder / name).read_text(encoding="utf-8")
        assert UNDER in page and said in page


def test_a_batch_works_under_shares_and_notices_that_they_changed(folder):
    (folder / "runs.toml").write_text(
        '[defaults]\nshares = "mine.json"\nval = "val.npz"\ngates = ["total.change >= 0pp"]\n[[run]]\nname = "tuned"\n'
        '[[run]]\nname = "fitted"\nverb = "fit"\ntest = "same.npz"\nsettings = {method = "cvar"}\n'
    )
    (folder / "mine.json").write_bytes((folder / "new.json").read_bytes())
    tuned, fitted = told(folder, "batch", "runs.toml")["runs"]
    promised = told(folder, "tune", "val.npz", "-o", "under.npz", "--shares", "new.json")["promise"]["total"]
    figures = tuned["figures"]["total"]
    assert figures["after"] - figures["before"] == pytest.approx(promised["change"])
    words = ["--layer", "batch-results/fitted/layer.npz", "--shares", "mine.json"]
    judged = told(folder, "evaluate", "same.npz", *words)["figures"]
    assert fitted["figures"]["total"]["after"] == judged["total.after"]
    assert f"{100 * judged['total.change']:+.2f} pp" in fitted["gates"][0]["message"]
    assert told(folder, "batch", "runs.toml")["counts"]["kept"] == 2
    pytest.importorskip("jinja2", reason="the page needs the extra `report`")
    told(folder, "report", "batch-results", "-o", "batch.html")
    assert (folder / "batch.html").read_text(encoding="utf-8").count("mine.json, not those of this file") >= 2
    (folder / "mine.json").write_text('{"ant": 0.1, "bee": 0.1, "cat": 0.1, "dog": 0.7}')
    assert told(folder, "batch", "runs.toml")["counts"]["kept"] == 0


def test_fit_in_a_batch_is_judged_under_shares_on_a_test_file_only(folder):
    (folder / "fit.toml").write_text('[[run]]\nname = "a"\nval = "val.npz"\nverb = "fit"\nshares = "new.json"\n')
    done = classlift("batch", "fit.toml", cwd=folder)
    assert done.returncode == 2
    assert "run 'a', shares: need a test file with verb = 'fit'\nfix: write test = " in done.stderr


def test_names_to_write(folder):
    done = classlift("apply", "layer.npz", "new.npz", "-o", "none.npz", "--shares-out", "s.json", cwd=folder)
    assert done.stderr == "--shares-out: was given without --shares\nfix: add --shares estimate.\n"
    words = ("apply", "layer.npz", "new.npz", "-o", "none.npz", "--shares", "estimate", "--shares-out")
    assert "has the suffix '.txt', expected .json, .csv or .tsv" in classlift(*words, "s.txt", cwd=folder).stderr
    assert classlift(*words, "layer.npz", cwd=folder).returncode == 2
    assert not (folder / "none.npz").exists()

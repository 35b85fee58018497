"""`classlift blend` as a process: what it writes and says, its statuses, and `tune` after it."""

import json

import numpy as np
import pytest

from support.cases import predictions
from support.process import classlift

N = 600


@pytest.fixture
def folder(tmp_path):
    probs, labels = predictions(N, seed=1)
    other = predictions(N, seed=2)[0]
    worse = 0.5 * probs + 0.5 * other
    ids = np.array([f"r{i}" for i in range(N)])
    order = np.random.default_rng(0).permutation(N)
    np.savez(tmp_path / "a.npz", probs=probs, labels=labels, id=ids, site=np.arange(N) % 3)
    np.savez(tmp_path / "b.npz", probs=worse[order], labels=labels[order], id=ids[order])
    np.savez(tmp_path / "v.npz", probs=np.stack([probs, worse], axis=1), labels=labels, id=ids, site=np.arange(N) % 3)
    return tmp_path


def test_the_verdict_comes_first_and_the_file_is_read_by_tune(folder):
    done = classlift("blend", "a.npz", "b.npz", "-o", "o.npz", cwd=folder)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(f"blend of 2 inputs on {N} rows: total ")
    assert "next: classlift tune o.npz -o layer.npz" in done.stdout
    with np.load(folder / "o.npz") as out, np.load(folder / "a.npz") as first:
        assert sorted(out.files) == ["id", "labels", "probs", "site"]
        assert all(np.array_equal(out[name], first[name]) for name in ("id", "labels", "site"))
    assert classlift("tune", "o.npz", "-o", "layer.npz", "-q", cwd=folder).returncode == 0


@pytest.mark.parametrize("suffix", ["npz", "csv", "parquet", "tsv.gz", "safetensors"])
def test_every_format_holds_the_same(folder, suffix):
    text = ["--format", "json", "-o"]
    if suffix == "safetensors":  # which holds numbers only
        with np.load(folder / "a.npz") as first:
            np.savez(folder / "a.npz", **{name: first[name] for name in ("probs", "labels")})
        with np.load(folder / "v.npz") as views:
            np.savez(folder / "b.npz", probs=views["probs"][:, 1], labels=views["labels"])
    written = classlift("blend", "a.npz", "b.npz", *text, f"o.{suffix}", cwd=folder)
    assert written.returncode == 0, written.stderr
    told = json.loads(written.stdout)["figures"]
    read = json.loads(classlift("evaluate", f"o.{suffix}", "--format", "json", cwd=folder).stdout)["figures"]
    for name in ("total", "low20", "nll"):
        assert read[name] == pytest.approx(told[name], abs=1e-6), name


def test_views_are_inputs_and_weights_can_be_said_again(folder):
    done = classlift("blend", "v.npz", "-o", "o.npz", "--fit-weights", "--format", "json", cwd=folder)
    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout)
    assert [one["name"] for one in document["inputs"]] == ["v.npz, view 0", "v.npz, view 1"]
    assert document["fit"]["taken"] == (document["fit"]["gain"] > 1.96 * document["fit"]["error"])
    assert document["fit"]["taken"]
    said = document["verdict"]["more"][0].partition("--weights ")[2].partition(" ")[0]
    assert classlift("blend", "a.npz", "b.npz", "-o", "p.npz", "--weights", said, "-q", cwd=folder).returncode == 0
    with np.load(folder / "o.npz") as one, np.load(folder / "p.npz") as two:
        assert np.array_equal(one["probs"], two["probs"])
    spoken = classlift("blend", "v.npz", "-o", "o.npz", "--fit-weights", cwd=folder).stdout
    assert "The figures are in-sample." in " ".join(spoken.split())


def test_rows_go_to_standard_output_and_without_labels_there_are_no_figures(folder):
    with np.load(folder / "a.npz") as first:
        np.savez(folder / "bare.npz", probs=first["probs"])
    done = classlift("blend", "bare.npz", "bare.npz", "-o", "-", cwd=folder)
    assert done.returncode == 0
    assert len(done.stdout.splitlines()) == N + 1
    told = classlift("blend", "bare.npz", "bare.npz", "-o", "o.npz", cwd=folder).stdout
    assert "no labels to judge it by" in told
    assert "next:" not in told


BAD = {
    "blend a.npz -o o.npz": "got one input",
    "blend a.npz b.npz -o o.npz --weights 1,-1": "expected finite numbers from 0 on",
    "blend a.npz b.npz -o o.npz --weights 1,nan": "expected finite numbers from 0 on",
    "blend a.npz b.npz -o o.npz --weights 1": "one number for each of 2 inputs",
    "blend a.npz b.npz -o o.npz --weights 1,1 --fit-weights": "beside --fit-weights",
    "blend v.npz a.npz -o o.npz --id site": "more than once",
    "blend a.npz b.npz -o o.npz --id name": "has no column 'name'",
    "blend a.npz b.npz -o b.npz": "is an input",
    "blend a.npz none.npz -o o.npz": "none.npz",
    "blend a.npz b.npz -o o.xyz": ".xyz",
}


@pytest.mark.parametrize("words", BAD)
def test_bad_input_ends_with_status_2_and_writes_nothing(folder, words):
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    done = classlift(*words.split(), cwd=folder)
    assert done.returncode == 2
    assert done.stdout == ""
    assert BAD[words] in done.stderr
    assert len(done.stderr.splitlines()) == 2
    assert "fix: " in done.stderr
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before

"""Defaults of a project: [tool.classlift] of the nearest pyproject.toml, said where they are used."""

import json

import numpy as np
import pytest

from support.process import classlift

TABLE = """[tool.classlift]
low_fraction = 0.5
[tool.classlift.reading]
labels_key = "digit"
kind = "logits"
bad_rows = "drop"
"""


@pytest.fixture
def folder(tmp_path):
    """A project, and a folder below it with logits under other names than the usual ones."""
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 4, 300)
    logits = rng.normal(size=(300, 4))
    logits[np.arange(300), labels] += 2
    logits[7] = np.nan
    (tmp_path / "pyproject.toml").write_text(TABLE)
    below = tmp_path / "runs" / "one"
    below.mkdir(parents=True)
    np.savez(below / "val.npz", out=logits, digit=labels)
    np.savez(below / "new.npz", out=logits[:5])
    return below


def test_what_nobody_typed_is_taken_from_the_project(folder):
    done = classlift("evaluate", "val.npz", "--format", "json", cwd=folder)
    assert done.returncode == 0, done.stderr
    assert done.stderr.startswith(
        "note: labels_key, kind, bad_rows, low_fraction as ../../pyproject.toml says, [tool.classlift]\n"
    )
    found = json.loads(done.stdout)
    assert found["low_fraction"] == 0.5
    assert "labels: digit" in found["reading"]["line"]
    assert found["figures"]["n_samples"] == 299
    quiet = classlift("evaluate", "val.npz", "-q", cwd=folder)
    assert (quiet.returncode, quiet.stdout, quiet.stderr) == (0, "", "")


def test_what_is_typed_counts(folder):
    done = classlift("evaluate", "val.npz", "--low-fraction", "0.2", "--bad-rows", "error", cwd=folder)
    assert "low_fraction" not in done.stderr.splitlines()[0]
    assert "bad_rows" not in done.stderr.splitlines()[0]
    assert done.returncode == 2  # the row of NaN
    other = classlift("evaluate", "val.npz", "--probabilities", cwd=folder)
    assert "kind" not in other.stderr.splitlines()[0]
    assert other.returncode == 2


def test_new_rows_are_not_asked_for_labels(folder):
    assert classlift("fit", "val.npz", "-o", "l.npz", "--effect", "none", "-q", cwd=folder).returncode == 0
    done = classlift("apply", "l.npz", "new.npz", "-o", "out.npz", cwd=folder)
    assert done.returncode == 0, done.stderr
    assert done.stderr.startswith("note: kind, bad_rows as ../../pyproject.toml says")


def test_files_are_named_from_the_folder_of_the_project(folder):
    up = folder.parents[1]
    np.savez(up / "truth.npz", digit=np.load(folder / "val.npz")["digit"])
    np.savez(folder / "bare.npz", out=np.load(folder / "val.npz")["out"])
    (up / "pyproject.toml").write_text(TABLE + 'labels = "truth.npz"\n')
    done = classlift("evaluate", "bare.npz", cwd=folder)
    assert done.returncode == 0, done.stderr
    assert done.stderr.startswith("note: labels_key, kind, bad_rows, labels, low_fraction")
    overwritten = classlift("evaluate", "bare.npz", "--json", "../../truth.npz", cwd=folder)
    assert "is an input, and would be overwritten" in overwritten.stderr


def test_an_id_is_not_asked_of_one_file(folder):
    (folder.parents[1] / "pyproject.toml").write_text(TABLE + 'id = "row"\n')
    done = classlift("evaluate", "val.npz", cwd=folder)
    assert done.returncode == 0, done.stderr


def test_a_batch_of_folders_reads_as_the_project_says(folder):
    (folder / "new.npz").unlink()
    done = classlift("batch", "runs/one", "-o", "results", "--format", "json", cwd=folder.parents[1])
    assert done.returncode == 0, done.stderr
    assert "note: labels_key, kind, bad_rows, low_fraction as pyproject.toml says" in done.stderr
    assert json.loads(done.stdout)["runs"][0]["state"] == "done"


@pytest.mark.parametrize(
    ("text", "where", "fix"),
    [
        ("lowfraction = 0.1", "has a key 'lowfraction' that", "did you mean low_fraction?"),
        ("aim = 1", "has a key 'aim' that", "use: gates, confidence, low_fraction, reading."),
        ("low_fraction = '10%'", "low_fraction: is '10%', expected a number", "correct it there."),
        ("low_fraction = 20", "low_fraction: is 20, expected above 0, at most 1", "write 0.2."),
        ("reading = 3", "reading: is 3, expected a table", "correct it there."),
        ("reading.labels-key = 'y'", "reading: has a key 'labels-key' that", "did you mean labels_key?"),
        ("reading.kind = 'logit'", "reading, kind: is 'logit'", "write one of: probabilities, logits."),
        ("reading.header = 'no'", "reading, header: is 'no', expected true or false", "correct it there."),
    ],
)
@pytest.mark.parametrize("command", ["evaluate", "tune"])
def test_a_wrong_table_is_refused(folder, command, text, where, fix):
    (folder / "pyproject.toml").write_text(f"[tool.classlift]\n{text}\n")
    done = classlift(command, "val.npz", cwd=folder)
    assert (done.returncode, done.stdout) == (2, "")
    first, second = done.stderr.splitlines()
    assert "pyproject.toml, tool.classlift" in first and where in first
    assert second == f"fix: {fix}"


def test_a_pyproject_of_others_says_nothing(folder):
    (folder / "pyproject.toml").write_text("[project]\nname = 'x'\n")
    np.savez(folder / "usual.npz", probs=np.full((40, 2), 0.5), labels=np.arange(40) % 2)
    assert classlift("evaluate", "usual.npz", cwd=folder).stderr == ""

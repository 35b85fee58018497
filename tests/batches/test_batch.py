"""Many runs: the manifest's checks, the table and its mean, broken files, what is kept, gates and statuses."""

import json
import os
import time
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Literal

import junitparser
import numpy as np
import pytest

from classlift.batches import Batch, RunState, read_manifest, run_all, runs_of_folders
from classlift.batches.manifest import RunSpec
from classlift.batches.state import inputs_of
from classlift.batches.stored import _reading
from classlift.batches.summary import batch_document
from classlift.data.kind import Kind
from classlift.errors import ClassliftError
from classlift.output.documents.base import to_json
from classlift.storage import ReadOptions
from classlift.storage.own.fields import choices_of, keys_of
from classlift.storage.own.layers import load_layer
from support.cases import predictions
from support.process import classlift, other_than_who_pays

NAMES = np.array(["ant", "b|e", "=cat()", "dog"])


def write(path, seed, n=300):
    probs, labels = predictions(n, seed=seed)
    np.savez(path, probs=probs, labels=labels, class_names=NAMES)


@pytest.fixture
def runs(tmp_path):
    """Folders run0 … run4; run2 has a broken test file, run3 a broken val file, run4 no test file."""
    (tmp_path / "pyproject.toml").write_text("")
    for i in range(5):
        folder = tmp_path / "runs" / f"run{i}"
        folder.mkdir(parents=True)
        write(folder / "val.npz", 2 * i)
        if i != 4:
            write(folder / "test.npz", 2 * i + 1)
    (tmp_path / "runs" / "run2" / "test.npz").write_bytes(b"PK\x03\x04 half a file")
    (tmp_path / "runs" / "run3" / "val.npz").write_bytes(b"")
    return tmp_path


def batch(folder, *words, target="runs/*/"):
    return classlift("batch", target, "--verb", "fit", *words, cwd=folder)


def test_goes_on_after_a_failed_run_and_tells_at_the_end(runs):
    outputs = ["--json", "b.json", "--junit", "b.xml", "--summary", "b.md", "--csv", "b.csv"]
    done = batch(runs, "--gate", "total >= 1%", *outputs)
    assert done.returncode == 2
    document = json.loads((runs / "b.json").read_text())
    states = {run["name"]: run["state"] for run in document["runs"]}
    assert states == {
        "run0": "done",
        "run1": "done",
        "run2": "could not run",
        "run3": "could not run",
        "run4": "done",
    }
    assert document["counts"] == {"runs": 5, "done": 3, "kept": 0, "could_not_run": 2}
    assert [run["evaluated_on"] for run in document["runs"]] == ["test", "test", "", "", "out-of-fold"]
    lines = other_than_who_pays(done.stderr)
    assert len(lines) == 4
    assert lines[0].startswith("run2: ")
    assert lines[1].startswith("fix: ")
    assert lines[2].startswith("run3: ")
    suites = list(junitparser.JUnitXml.fromfile(str(runs / "b.xml")))
    assert [(s.name, s.tests, s.failures, s.errors) for s in suites] == [
        ("run0", 1, 0, 0),
        ("run1", 1, 0, 0),
        ("run2", 1, 0, 1),
        ("run3", 1, 0, 1),
        ("run4", 1, 0, 0),
    ]
    assert "mean of 3" in done.stdout
    assert "run2,could not run," in (runs / "b.runs.csv").read_text()
    assert "mean of 3" in (runs / "b.md").read_text()


def test_figures_and_mean_are_those_of_evaluate(runs):
    assert batch(runs, "--json", "b.json", "-q").returncode == 2
    document = json.loads((runs / "b.json").read_text())
    seen = []
    for name in ("run0", "run1"):
        layer = runs / "batch-results" / name / "layer.npz"
        test = runs / "runs" / name / "test.npz"
        alone = json.loads(classlift("evaluate", test, "--layer", layer, "--format", "json", cwd=runs).stdout)
        run = next(run for run in document["runs"] if run["name"] == name)
        for side in ("before", "after"):
            assert run["figures"]["total"][side] == alone[side]["total"]
            assert run["figures"]["low20"][side] == alone[side]["low20"]
            assert run["figures"]["low20.validation"][side] == alone[side]["low20.validation"]
        assert (run["fixed"], run["broken"]) == (alone["fixed"], alone["broken"])
        seen.append(alone["after"]["total"])
        written = json.loads((runs / "batch-results" / name / "result.json").read_text())
        assert written["after"]["total"] == alone["after"]["total"]
    seen.append(next(run for run in document["runs"] if run["name"] == "run4")["figures"]["total"]["after"])
    assert document["mean"]["total"]["after"] == pytest.approx(np.mean(seen), abs=1e-12)
    assert document["mean"]["low20.validation"]["after"] is None  # run4 has no test file


def test_what_is_done_and_unchanged_is_kept(runs):
    def kept(*words):
        batch(runs, "--json", "b.json", "-q", *words)
        return {run["name"] for run in json.loads((runs / "b.json").read_text())["runs"] if run["kept"]}

    assert kept() == set()
    stamps = {path: path.stat().st_mtime_ns for path in (runs / "batch-results").rglob("*.npz")}
    first = json.loads((runs / "b.json").read_text())
    assert kept() == {"run0", "run1", "run4"}
    assert stamps == {path: path.stat().st_mtime_ns for path in (runs / "batch-results").rglob("*.npz")}
    again = json.loads((runs / "b.json").read_text())
    assert again["mean"] == first["mean"]
    write(runs / "runs" / "run1" / "test.npz", 99)
    (runs / "batch-results" / "run4" / "result.json").unlink()
    assert kept() == {"run0"}
    (runs / "batch-results" / "run0" / "state.json").write_text('{"key": 1}')
    assert kept() == {"run1", "run4"}
    assert kept("--gate", "total >= 1%") == set()
    write(runs / "runs" / "run3" / "val.npz", 6)
    assert kept("--gate", "total >= 1%") == {"run0", "run1", "run4"}
    assert kept("--gate", "total >= 1%") == {"run0", "run1", "run3", "run4"}
    results = runs / "batch-results"
    (results / "run0" / "result.json").write_text("")
    (results / "run1" / "layer.npz").write_bytes((results / "run4" / "layer.npz").read_bytes())
    assert kept("--gate", "total >= 1%") == {"run3", "run4"}, "results that were damaged or exchanged are made again"
    assert json.loads((results / "run0" / "result.json").read_text())["name"]


def test_files_that_no_batch_wrote_stay(runs):
    victim = runs / "batch-results" / "run0" / "layer.npz"
    victim.parent.mkdir(parents=True)
    victim.write_bytes(b"mine")
    for _ in range(2):
        done = batch(runs, "-q")
        assert f"{victim.relative_to(runs)}: is there, and no state.json" in done.stderr
        assert victim.read_bytes() == b"mine"


def test_kept_gates_fail_again(runs):
    for folder in ("run2", "run3"):
        write(runs / "runs" / folder / "val.npz", 3)
        write(runs / "runs" / folder / "test.npz", 4)
    for _ in range(2):
        done = batch(runs, "--gate", "total >= 99%", "--annotations", "-q")
        assert done.returncode == 1
        assert done.stderr.count("::error title=run") == 5
    assert batch(runs, "--gate", "total >= 99%", "--gate", 'class["x"].f1 > 1%', "-q").returncode == 3
    (runs / "runs" / "run0" / "val.npz").write_text("")
    assert batch(runs, "--gate", "total >= 99%", "--gate", 'class["x"].f1 > 1%', "-q").returncode == 2


MANIFEST = """
out = "results"
[defaults]
verb = "fit"
gates = ["total >= 1%"]
settings = {beta = 1.0, alpha = 2.0}
[[run]]
name = "one"
val = "runs/run0/val.npz"
test = "runs/run0/test.npz"
new = ["runs/run1/test.npz"]
[[run]]
name = "two"
val = "runs/run1/val.npz"
settings = {beta = 0.5}
gates = ["total >= 99%"]
confidence = 0.9
low_fraction = 0.5
seed = 3
"""


def test_manifest_defaults_and_overrides(runs):
    (runs / "m.toml").write_text(MANIFEST)
    one, two = read_manifest(runs / "m.toml")
    assert one.settings == {"beta": 1.0, "alpha": 2.0}
    assert two.settings == {"beta": 0.5, "alpha": 2.0}
    assert [gate.text for gate in one.gates.gates] == ["total >= 1%"]
    assert [gate.text for gate in two.gates.gates] == ["total >= 99%"]
    assert (two.gates.confidence, two.low_fraction, two.seed, two.test) == (0.9, 0.5, 3, None)
    assert Path(one.val) == runs / "runs/run0/val.npz"
    assert one.folder == runs / "results" / "one"
    assert read_manifest(runs / "m.toml", out=Path("x"))[0].folder == Path("x/one")
    done = classlift("batch", runs / "m.toml", "-q", cwd=runs.parent)
    assert done.returncode == 1, done.stderr
    names = {path.name for path in (runs / "results" / "one").iterdir()}
    assert names == {"layer.npz", "result.json", "state.json", "test.lifted.npz"}
    layer = json.loads(classlift("inspect", runs / "results/two/layer.npz", "--format", "json").stdout)
    assert (layer["settings"]["beta"], layer["settings"]["alpha"]) == (0.5, 2.0)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('name = "two"', 'name = "One"', "occurs twice"),
        ('name = "two"', 'name = "../two"', "cannot name a folder"),
        ('name = "two"', "", "run 2: has no name"),
        ('val = "runs/run1/val.npz"', "", "run 'two': has no val"),
        ('val = "runs/run1/val.npz"', "val = 3", "run 'two', val: is 3, expected text"),
        ('val = "runs/run1/val.npz"', 'vall = "x"', "did you mean val"),
        ('val = "runs/run1/val.npz"', "val = ''", "run 'two', val: is empty, expected a file"),
        ("seed = 3", "costs = ''", "run 'two', costs: is empty, expected a file"),
        ("seed = 3", "shares = ''", "run 'two', shares: is empty, expected a file"),
        ("seed = 3", "seed = true", "expected a whole number"),
        ("seed = 3", "seed = -1", "expected 0 to 4294967295"),
        ("seed = 3", "seed = 4294967296", "seed: is 4294967296, expected 0 to 4294967295"),
        ("seed = 3", f"seed = {'[' * 9999}{']' * 9999}", "nests too many lists or tables"),
        ("low_fraction = 0.5", "low_fraction = nan", "low_fraction: is nan"),
        ('verb = "fit"', 'verb = "fitt"', "write one of: tune, fit"),
        ("settings = {beta = 0.5}", "settings = {gamma = 0.5}", "fix: leave it out; elaborated has rlow, "),
        ("settings = {beta = 0.5}", "settings = {bta = 0.5}", "run 'two', settings: --bta"),
        ("settings = {beta = 0.5}", "settings = {bta = 0.5}", "fix: did you mean beta?"),
        ("settings = {beta = 0.5}", 'settings = {beta = "x"}', "run 'two', settings"),
        ('gates = ["total >= 99%"]', 'gates = ["total >= 99"]', "run 'two', gates[0] 'total >= 99', position 10"),
        ("confidence = 0.9", "confidence = 90", "confidence: is 90"),
        ('new = ["runs/run1/test.npz"]', "new = [3]", "new: is not a list of file names"),
        ('out = "results"', "out = 3", "out: is 3"),
        ("[defaults]", "[default]", "did you mean defaults"),
        ("[[run]]", "[[runs]]", "did you mean run"),
        ("seed = 3", 'reading = {kind = "logit"}', "write one of: probabilities, logits"),
        ("seed = 3", "seed = ", "is not TOML"),
    ],
)
def test_bad_manifests_have_two_lines(tmp_path, old, new, words):
    assert old in MANIFEST
    (tmp_path / "m.toml").write_text(MANIFEST.replace(old, new))
    with pytest.raises(ClassliftError) as caught:
        read_manifest(tmp_path / "m.toml")
    assert words in str(caught.value)
    assert len(str(caught.value).splitlines()) == 2


def test_a_manifest_of_notepad_is_read(tmp_path):
    """It begins with a byte order mark."""
    (tmp_path / "m.toml").write_text(MANIFEST, encoding="utf-8-sig")
    assert [run.name for run in read_manifest(tmp_path / "m.toml")] == ["one", "two"]


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ('{objective = "x"}', "there is no figure 'x'"),
        ('{methods = ["x"]}', "there is no method 'x'"),
        ('{max_total_drop = "1"}', "max_total_drop: is '1'"),
        ("{beta = 1}", "a key 'beta'"),
    ],
)
def test_bad_settings_of_tune(tmp_path, settings, words):
    (tmp_path / "m.toml").write_text(f"[[run]]\nname = 'a'\nval = 'v.npz'\nsettings = {settings}")
    with pytest.raises(ClassliftError, match=words):
        read_manifest(tmp_path / "m.toml")


def test_tune_is_the_default_verb(runs):
    specs = runs_of_folders([runs / "runs" / "run0"], out=runs / "out")
    (outcome,) = run_all(specs)
    assert outcome.state is RunState.DONE
    layer = json.loads(classlift("inspect", runs / "out/run0/layer.npz", "--format", "json").stdout)
    assert layer["method"] == outcome.method
    assert "strength" in layer["settings"]


@pytest.mark.parametrize("target", ["nothing/*/", "runs", "missing.toml"])
def test_no_runs(runs, target):
    done = batch(runs, target=target) if not target.endswith("toml") else classlift("batch", target, cwd=runs)
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 2


def test_a_defect_in_one_run_is_status_101_and_the_others_go_on(runs, monkeypatch):
    from classlift.batches import run

    honest = run.evaluate_layer

    def broken(source, layer, options):
        if "run0" in source.name:
            raise ZeroDivisionError("x")
        return honest(source, layer, options)

    monkeypatch.setattr(run, "evaluate_layer", broken)
    folders = [runs / "runs" / f"run{i}" for i in (0, 1)]
    outcomes = run_all(runs_of_folders(folders, out=runs / "out", verb="fit"))
    assert [outcome.state for outcome in outcomes] == [RunState.INTERNAL_ERROR, RunState.DONE]
    assert outcomes[0].error.startswith("an internal error: ZeroDivisionError in broken")
    assert len(outcomes[0].error.splitlines()) == 2
    document = batch_document(Batch("x", tuple(outcomes)))
    assert document["counts"]["could_not_run"] == 1
    np.testing.assert_equal(Batch("x", tuple(outcomes[1:])).mean, dict(outcomes[1].figures))


def test_processes_give_the_same(runs):
    one = batch(runs, "-o", "one", "--format", "json")
    two = batch(runs, "-o", "two", "--format", "json", "--jobs", "2")
    assert one.returncode == two.returncode == 2
    assert json.loads(one.stdout) == json.loads(two.stdout)


@pytest.mark.slow
def test_two_processes_take_at_most_0_65_of_one(tmp_path):
    for i in range(24):
        folder = tmp_path / f"run{i:02d}"
        folder.mkdir()
        write(folder / "val.npz", 2 * i, 120_000)
        write(folder / "test.npz", 2 * i + 1, 120_000)
    times = []
    for jobs in (1, 2):
        start = time.perf_counter()
        words = ["--verb", "fit", "--jobs", jobs, "-o", tmp_path / f"out{jobs}", "-q"]
        done = classlift("batch", f"{tmp_path}/run*/", *words)
        times.append(time.perf_counter() - start)
        assert done.returncode == 0, done.stderr
    assert times[1] <= 0.65 * times[0], times


def test_a_folder_without_validation_rows_does_not_stop_the_others(runs):
    (runs / "runs" / "empty").mkdir()
    done = batch(runs, "--format", "json")
    assert done.returncode == 2
    states = {run["name"]: run["state"] for run in json.loads(done.stdout)["runs"]}
    assert (states["empty"], states["run0"]) == ("could not run", "done")
    assert "val.npz: no such file" in done.stderr


@dataclass(frozen=True)
class Said:
    """Settings of every type that a manifest knows."""

    name: str = ""
    where: str | os.PathLike[str] | None = None
    label: str | int | None = None
    share: float = 0.2
    sure: bool | None = None
    names: tuple[str, ...] = ()
    kind: Kind | None = None
    rows: Literal["error", "drop"] = "error"
    more: Mapping[str, int] | None = None


def test_the_keys_of_a_manifest_are_those_of_the_settings():
    assert keys_of(Said) == {
        "name": str,
        "where": str,
        "label": str | int,
        "share": float | int,
        "sure": bool,
        "names": list,
        "kind": str,
        "rows": str,
        "more": dict,
    }
    assert choices_of(Said) == {"kind": ("probabilities", "logits"), "rows": ("error", "drop")}
    assert set(keys_of(ReadOptions)) == {entry.name for entry in fields(ReadOptions)}


def test_how_files_were_read_comes_back_as_it_was(tmp_path):
    reading = ReadOptions(labels=str(tmp_path / "l.csv"), ignore_label=9, header=False, kind=Kind.LOGITS)
    spec = RunSpec("a", tmp_path / "out", str(tmp_path / "val.csv"), reading=reading)
    inputs = json.loads(to_json(inputs_of(spec)))
    assert _reading(inputs["reading"], spec.folder / "state.json") == reading


def test_a_tuned_run_without_a_test_file_is_gated_on_the_promise(tmp_path):
    (tmp_path / "pyproject.toml").write_text("")
    folder = tmp_path / "runs" / "one"
    folder.mkdir(parents=True)
    write(folder / "val.npz", 0)
    gates = ["--gate", "total.change >= -0.1pp", "--gate", "low20.change >= 99pp", "--gate", "worst >= 0%"]
    done = classlift("batch", "runs/*/", *gates, "--json", "b.json", cwd=tmp_path)
    assert done.returncode == 1
    run = json.loads((tmp_path / "b.json").read_text())["runs"][0]
    assert run["evaluated_on"] == "promise"
    layer = load_layer(tmp_path / "batch-results" / "one" / "layer.npz")
    promise = layer.provenance["search"]["promise"]
    low = next(gate for gate in run["gates"] if gate["gate"].startswith("low20"))
    assert low["value"] == pytest.approx(promise["low20"]["change"], abs=1e-9)
    assert "expected in a new sample, corrected for the choice: low20" in low["message"]
    assert "gates go by" in done.stdout
    after = run["figures"]["low20"]
    assert after["after"] - after["before"] == pytest.approx(promise["low20"]["change"], abs=1e-9)

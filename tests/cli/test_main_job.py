"""The main job as real processes: fit, apply, evaluate, inspect, demo, and how they end."""

import json
import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

from support.cases import predictions
from support.process import classlift, files_below
from support.shared_files import SAMPLE
from support.terminal import in_terminal

RNG = np.random.default_rng(7)


@pytest.fixture
def val(tmp_path):
    probs, labels = predictions()
    path = tmp_path / "val.npz"
    np.savez(path, probs=probs, labels=labels, class_names=np.array(["ant", "bee", "cat", "dog"]))
    return path


@pytest.fixture
def layer(val):
    done = classlift("fit", val, "-o", val.parent / "layer.npz", "--quiet", "--effect", "none")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    return val.parent / "layer.npz"


def test_fit_shows_the_layer_and_both_effects(val):
    done = classlift("fit", val, "-o", val.parent / "l.npz", "--details")
    assert done.returncode == 0, done.stderr
    for part in ("elaborated", "condition number", "in-sample", "out-of-fold", "low-20 % accuracy", "dog"):
        assert part in done.stdout


@pytest.mark.parametrize("suffix", [".npz", ".json", ".safetensors"])
def test_the_same_input_gives_the_same_layer_bytes(val, suffix):
    contents = set()
    for name in ("a", "b"):
        path = val.parent / f"{name}{suffix}"
        assert classlift("fit", val, "-o", path, "--quiet", "--effect", "none").returncode == 0
        contents.add(path.read_bytes())
    assert len(contents) == 1


def test_layer_bytes_lift_alike(val):
    adjusted = []
    for suffix in (".npz", ".json", ".safetensors"):
        path = val.parent / f"l{suffix}"
        assert classlift("fit", val, "-o", path, "-q", "--effect", "none").returncode == 0
        assert classlift("apply", path, val, "-o", val.parent / "o.npz", "-q").returncode == 0
        adjusted.append(np.load(val.parent / "o.npz")["probs"])
    assert (adjusted[0] == adjusted[1]).all()
    assert (adjusted[0] == adjusted[2]).all()


def test_settings_reach_the_fit(val):
    path = val.parent / "l.json"
    words = ["--rlow", "0.2", "--rhigh", "0.7", "--alpha", "5", "--beta", "0.5", "--accuracy-floor", "0.3"]
    assert classlift("fit", val, "-o", path, "-q", *words).returncode == 0
    settings = json.loads(path.read_text())["header"]["settings"]
    assert settings == {"rlow": 0.2, "rhigh": 0.7, "alpha": 5, "beta": 0.5, "accuracy_floor": 0.3}


def test_naive(val):
    path = val.parent / "l.json"
    assert classlift("fit", val, "-o", path, "-q", "--method", "naive").returncode == 0
    assert json.loads(path.read_text())["header"]["provenance"]["singular"] is True


@pytest.mark.parametrize("effect", ["none", "in-sample", "out-of-fold"])
def test_effect(val, effect):
    done = classlift("fit", val, "-o", val.parent / "l.npz", "--effect", effect, "--format", "json")
    document = json.loads(done.stdout)
    assert (document["in_sample"] is not None) == (effect != "none")
    assert (document["out_of_fold"] is not None) == (effect == "out-of-fold")


@pytest.mark.parametrize("suffix", [".npz", ".parquet", ".csv", ".tsv", ".csv.gz", ".safetensors"])
def test_what_apply_writes_is_judged_as_the_layer_is(val, layer, suffix):
    out = val.parent / f"out{suffix}"
    done = classlift("apply", layer, val, "-o", out)
    assert done.returncode == 0, done.stderr
    assert "rows adjusted" in done.stdout
    checked = json.loads(classlift("evaluate", val, "--layer", layer, "--format", "json").stdout)
    written = json.loads(classlift("evaluate", out, "--format", "json").stdout)
    assert written["figures"]["total"] == checked["after"]["total"]
    assert written["figures"]["low20"] == checked["after"]["low20"]


def test_what_apply_writes(val, layer):
    out = val.parent / "out.npz"
    assert classlift("apply", layer, val, "-o", out, "-q").returncode == 0
    with np.load(val) as raw, np.load(out) as new:
        rows = ~new["adjusted"]
        assert (new["probs"][rows] == raw["probs"][rows]).all()
        assert new["probs"].dtype == np.float32
        assert new["probs"].min() >= 0
        np.testing.assert_allclose(new["probs"].sum(axis=1), 1, atol=1e-6)
        assert (new["predicted"] == new["probs"].argmax(axis=1)).all()
        assert (new["predicted_name"] == raw["class_names"][new["predicted"]]).all()
        assert (new["changed"] == (new["predicted"] != raw["probs"].argmax(axis=1))).all()
        assert (new["labels"] == raw["labels"]).all()
        assert (new["class_names"] == raw["class_names"]).all()
        assert 0 < rows.sum() < len(rows)


@pytest.mark.parametrize("output", ["scores", "labels"])
def test_other_outputs(val, layer, output):
    out = val.parent / "out.npz"
    assert classlift("apply", layer, val, "-o", out, "-q", "--output", output).returncode == 0
    with np.load(out) as new:
        assert "probs" not in new
        assert ("scores" in new) == (output == "scores")
        if output == "scores":
            np.testing.assert_allclose(new["scores"].sum(axis=1), 1, atol=1e-5)
    if output == "scores":
        assert classlift("evaluate", out).returncode == 0


def test_pipes(val, layer):
    probs, labels = predictions(5, seed=1)
    text = "id,p_ant,p_bee,p_cat,p_dog,label\n"
    for i, row in enumerate(probs):
        text += f"=r{i},{','.join(map(str, row))},{['ant', 'bee', 'cat', 'dog'][labels[i]]}\n"
    done = classlift("apply", layer, "-", "-o", "-", stdin=text)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.strip().splitlines()
    assert lines[0].startswith("id,label,prob_ant,")
    assert len(lines) == 6
    assert "'=r0" in lines[1]


def test_evaluate_one_file(val):
    done = classlift("evaluate", val)
    assert done.returncode == 0
    assert "total accuracy" in done.stdout
    assert "precision" in done.stdout


def test_evaluate_against(val, layer):
    out = val.parent / "out.parquet"
    classlift("apply", layer, val, "-o", out, "-q")
    two = json.loads(classlift("evaluate", out, "--against", val, "--format", "json").stdout)
    one = json.loads(classlift("evaluate", val, "--layer", layer, "--format", "json").stdout)
    assert two["before"]["total"] == one["before"]["total"]
    assert two["after"]["total"] == one["after"]["total"]
    assert (two["fixed"], two["broken"]) == (one["fixed"], one["broken"])


def test_rows_of_the_fit_are_recognised_in_any_format(val, layer):
    with np.load(val) as file:
        probs, labels = file["probs"], file["labels"]
    text = "p_ant,p_bee,p_cat,p_dog,label\n"
    text += "".join(f"{','.join(map(str, row))},{label}\n" for row, label in zip(probs, labels, strict=True))
    csv = val.parent / "val.csv"
    csv.write_text(text)
    assert "in-sample" in classlift("evaluate", csv, "--layer", layer).stdout
    csv.write_text(text.rsplit("\n", 2)[0] + "\n")
    assert "in-sample" not in classlift("evaluate", csv, "--layer", layer).stdout


def test_formats_of_standard_output(val):
    assert "| class |" in classlift("evaluate", val, "--format", "markdown").stdout
    assert "name,right,recall" in classlift("evaluate", val, "--format", "csv").stdout
    assert json.loads(classlift("evaluate", val, "--format", "json").stdout)["classes"][0]["name"] == "ant"


def test_all_outputs_at_once(val):
    folder = val.parent
    words = ["--json", folder / "e.json", "--csv", folder / "e.csv", "--summary", folder / "e.md"]
    done = classlift("evaluate", val, *words, "--quiet")
    assert (done.returncode, done.stdout) == (0, "")
    assert json.loads((folder / "e.json").read_text())["figures"]["n_samples"] == 400
    assert "dog" in (folder / "e.classes.csv").read_text()
    assert "dog" in (folder / "e.md").read_text()


def test_a_pipe_cuts_and_colours_nothing(tmp_path):
    probs, labels = predictions()
    names = [f"{'very long name ' * 8}{k}" for k in range(4)]
    np.savez(tmp_path / "v.npz", probs=probs, labels=labels, class_names=np.array(names))
    for environment in ({"COLUMNS": "40"}, {"TERM": "dumb"}, {"NO_COLOR": "1"}, {"FORCE_COLOR": "1"}):
        done = classlift("evaluate", tmp_path / "v.npz", **environment)
        assert "\x1b" not in done.stdout
        assert "…" not in done.stdout
        for name in names:
            assert name in done.stdout


def test_top(val):
    assert "2 of 4 classes shown" in classlift("evaluate", val, "--top", "2").stdout
    assert "classes shown" not in classlift("evaluate", val, "--top", "0").stdout


def test_inspect(val, layer):
    done = classlift("inspect", val)
    assert done.returncode == 0
    assert "competitive rows" in done.stdout
    done = classlift("inspect", layer)
    assert "elaborated" in done.stdout
    assert "largest probability < 0.8" in done.stdout
    assert json.loads(classlift("inspect", layer, "--format", "json").stdout)["n_classes"] == 4


def test_demo(tmp_path):
    done = classlift("demo", "-o", tmp_path / "layer.npz", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "66.42 %" in done.stdout
    assert (tmp_path / "layer.npz").is_file()


@pytest.mark.parametrize(
    ("words", "most"), [(("demo",), 40), (("tune", SAMPLE / "val.npz", "-o", "l.npz"), 45)], ids=["demo", "tune"]
)
def test_a_first_look_fits_a_screen(tmp_path, words, most):
    done = classlift(*words, cwd=tmp_path)
    lines = done.stdout.splitlines()
    assert done.returncode == 0, done.stderr
    assert len(lines) <= most
    assert max(map(len, lines)) <= 100
    narrow = in_terminal(*words, columns=80, rows=400, cwd=tmp_path, NO_COLOR="1")
    assert max(map(len, narrow[narrow.rindex("✓") :].splitlines())) <= 80
    if words == ("demo",):
        assert lines[0].startswith("✓ the tuned layer lifts the low classes")
        assert len([line for line in lines if line.startswith("the paper's numbers")]) == 1


def test_module_and_version():
    done = classlift("--version")
    assert done.returncode == 0
    assert done.stdout.startswith("classlift ")


def test_help_lists_every_command():
    from classlift.cli.main import COMMANDS

    done = classlift("--help")
    assert all(f"  {name} " in done.stdout for name in COMMANDS)
    for name in COMMANDS:
        assert classlift(name, "--help").stdout.startswith(f"Usage: classlift {name} ")


def test_a_closed_pipe_ends_quietly(val):
    command = f"'{sys.executable}' -m classlift evaluate '{val}' | head -n 1; exit ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""


def test_a_defect_is_ours_and_has_status_101(val):
    code = (
        "import classlift.evaluation.evaluate as e, classlift.cli.main as m\n"
        "def broken(*a, **k): raise ZeroDivisionError('x')\n"
        "e.evaluate = broken\n"
        "import sys; sys.argv = ['classlift', 'evaluate', sys.argv[1]]\n"
        "m.main()"
    )
    done = subprocess.run([sys.executable, "-c", code, str(val)], capture_output=True, text=True, check=False)
    assert done.returncode == 101
    assert "Traceback" not in done.stderr
    assert len(done.stderr.strip().splitlines()) == 2


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_signals_leave_the_old_file(tmp_path, number, status):
    probs, labels = predictions(200_000, 20)
    np.savez(tmp_path / "v.npz", probs=probs, labels=labels)
    assert classlift("fit", tmp_path / "v.npz", "-o", tmp_path / "l.npz", "-q", "--effect", "none").returncode == 0
    (tmp_path / "out.csv").write_text("old")
    before = files_below(tmp_path)
    words = ["apply", tmp_path / "l.npz", tmp_path / "v.npz", "-o", tmp_path / "out.csv"]
    process = subprocess.Popen(
        [sys.executable, "-m", "classlift", *map(str, words)], stderr=subprocess.PIPE, stdout=subprocess.PIPE
    )
    deadline = time.monotonic() + 30
    while len(list(tmp_path.iterdir())) == len(before) and time.monotonic() < deadline:
        time.sleep(0.005)
    process.send_signal(number)
    _, error = process.communicate(timeout=30)
    assert process.returncode == status, error
    assert files_below(tmp_path) == before


def test_a_pipe_or_device_as_input_is_refused(tmp_path):
    os.mkfifo(tmp_path / "pipe.npz")
    for name in (tmp_path / "pipe.npz", "/dev/zero"):
        done = classlift("inspect", name)
        assert done.returncode == 2
        assert "standard input" in done.stderr


def test_a_terminal_without_unicode(tmp_path):
    probs, labels = predictions()
    np.savez(tmp_path / "v.npz", probs=probs, labels=labels, class_names=np.array(["é", "😀", "c", "d"]))
    done = classlift("evaluate", tmp_path / "v.npz", PYTHONIOENCODING="ascii", PYTHONUTF8="0", LC_ALL="C")
    assert done.returncode == 0, done.stderr
    assert "\\U0001f600" in done.stdout


def test_full_standard_output(val):
    command = f"'{sys.executable}' -m classlift evaluate '{val}' > /dev/full"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr.startswith("standard output: No space left")


def test_without_a_command_help_is_shown():
    done = classlift()
    assert done.returncode == 2
    assert "Commands:" in done.stdout

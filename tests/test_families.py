"""A new format, method, renderer, target, engine or metric is one file and one entry.

`support/toys` has one of each, which is what its file and entry would be: here the command line finds them, in a real
process, and the suites that walk the dictionaries take them.
"""

import json
import os
import re
import subprocess
import sys

import numpy as np
import pytest

from support.cases import predictions
from support.shared_files import ROOT

RUN = "from support.toys import {}; from classlift.__main__ import main; main()"
PATHS = os.pathsep.join((str(ROOT / "src"), str(ROOT / "tests")))


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("families")
    probs, labels = predictions()
    np.savez(path / "val.npz", probs=probs, labels=labels, class_names=np.array(list("abcd")))
    run("a_method", "fit", "val.npz", "-o", "layer.npz", "--effect", "none", "-q", cwd=path)
    return path


def run(toy, *words, cwd):
    """Standard output of `classlift words…` with one entry more."""
    command = [sys.executable, "-c", RUN.format(toy), *words]
    environment = os.environ | {"PYTHONPATH": PATHS}
    done = subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def test_a_format(folder):
    run("a_format", "apply", "layer.npz", "val.npz", "-o", "out.columns", cwd=folder)
    one = run("a_format", "evaluate", "out.columns", "--format", "json", cwd=folder)
    two = run("a_format", "evaluate", "val.npz", "--layer", "layer.npz", "--format", "json", cwd=folder)
    assert json.loads(one)["figures"]["total"] == json.loads(two)["after"]["total"]
    assert [entry["name"] for entry in json.loads(one)["classes"]] == list("abcd")


def test_a_method(folder):
    assert "--part" in run("a_method", "fit", "--help", cwd=folder)
    text = run("a_method", "fit", "val.npz", "-o", "a.npz", "--method", "evened", "--part", "0.5", cwd=folder)
    assert "evened" in text and "out-of-fold" in text


def test_a_renderer(folder):
    text = run("a_renderer", "evaluate", "val.npz", "--format", "dots", cwd=folder)
    heads = [line.split(" · ") for line in text.splitlines()]
    assert [cells[0] for cells in heads if "recall" in cells] == ["class"]


def test_a_target(folder):
    words = ("export", "layer.npz", "--to", "plain", "-o", "layer.plain", "--check", "val.npz")
    assert "agrees with apply" in run("an_export", *words, cwd=folder)
    assert json.loads((folder / "layer.plain").read_text())["n_classes"] == 4


def test_an_engine(folder):
    words = ("--effect", "none", "-q")
    run("an_engine", "fit", "val.npz", "-o", "threads.json", "--engine", "threads", *words, cwd=folder)
    run("an_engine", "fit", "val.npz", "-o", "here.json", *words, cwd=folder)
    one, two = (json.loads((folder / name).read_text())["arrays"] for name in ("threads.json", "here.json"))
    assert all(np.allclose(one[name], two[name], atol=1e-9) for name in two)


def test_a_metric(folder):
    found = json.loads(run("a_metric", "evaluate", "val.npz", "--format", "json", cwd=folder))
    assert found["figures"]["predicted_classes"] == 1.0


WALKS = (
    ("a_format", ".columns", "storage/test_formats.py", "storage/test_every_format.py"),
    ("a_method", "evened", "methods/test_methods.py"),
    ("a_renderer", "dots", "output/test_renderers.py"),
    ("an_export", "plain", "exports/test_every_export.py"),
    ("an_engine", "threads", "engines/test_every_engine.py"),
    ("a_metric", "predicted_classes", "data/test_every_metric.py"),
)


def test_the_suites_walk_them():
    command = [sys.executable, "-m", "pytest", "-n", "0", "-vv", "-p", "no:cacheprovider"]
    command += [part for toy, *_ in WALKS for part in ("-p", f"support.toys.{toy}")]
    command += ["-k", " or ".join(entry for _, entry, *_ in WALKS)]
    command += [f"tests/{name}" for _, _, *files in WALKS for name in files]
    environment = os.environ | {"PYTHONPATH": PATHS}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    walked = [(entry, name) for _, entry, *files in WALKS for name in files]
    missed = [pair for pair in walked if not re.search(rf"{pair[1]}::.*{re.escape(pair[0])}.*PASSED", done.stdout)]
    assert missed == []

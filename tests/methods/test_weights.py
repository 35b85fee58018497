"""weights: the class with the largest weight times probability, named classes alone, from the shell and from Python."""

import json
import os
import subprocess
import sys

import numpy as np
import pytest

import classlift
from classlift.errors import ClassliftError

RNG = np.random.default_rng(5)
P = RNG.dirichlet([2, 1, 0.5], 200)
LABELS = (P.cumsum(axis=1) > RNG.random((200, 1))).argmax(axis=1)
NAMES = ("cat", "a,b", "dog")
PREDICTIONS = {"probs": P, "labels": LABELS, "class_names": np.array(NAMES)}


def run(*words, cwd):
    command = [sys.executable, "-m", "classlift", *words]
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, env=os.environ, check=False)
    return done.returncode, done.stderr


@pytest.mark.parametrize("weights", [{"cat": 0.5, "dog": 3}, {"a,b": 2.0}, {"cat": 1}])
def test_the_largest_product_is_predicted(weights):
    layer = classlift.fit(PREDICTIONS, method="weights", settings={"weights": weights}).layer
    w = np.array([weights.get(name, 1.0) for name in NAMES])
    expected = P * w / (P * w).sum(axis=1, keepdims=True)
    np.testing.assert_allclose(classlift.apply_array(layer, P), expected, atol=1e-12)
    assert layer.settings == {"weights": weights}


def test_from_the_shell_and_from_a_file(tmp_path):
    np.savez(tmp_path / "val.npz", **PREDICTIONS)
    (tmp_path / "w.json").write_text(json.dumps({"cat": 0.5, "dog": 3}))
    words = ("fit", "val.npz", "-q", "--effect", "none", "--method", "weights", "--weights")
    assert run(*words, "cat=0.5, dog=3", "-o", "a.json", cwd=tmp_path) == (0, "")
    assert run(*words, "w.json", "-o", "b.json", cwd=tmp_path) == (0, "")
    assert (tmp_path / "a.json").read_bytes() == (tmp_path / "b.json").read_bytes()


@pytest.mark.parametrize(
    ("weights", "found"),
    [
        ("cat=2,cat=3", "expected one number for each class"),
        ("cat", "names no class with ="),
        ("cat=x", "expected one number for each class"),
        ("cat=0", "expected a number from 1e-06"),
        ("cat=nan", "expected a number from 1e-06"),
        ("cta=2", "there is no class 'cta'"),
    ],
)
def test_wrong_weights_are_refused_in_two_lines(tmp_path, weights, found):
    np.savez(tmp_path / "val.npz", **PREDICTIONS)
    status, errors = run("fit", "val.npz", "-o", "l.npz", "--method", "weights", "--weights", weights, cwd=tmp_path)
    first, second = errors.splitlines()
    assert (status, found in first, second.startswith("fix: ")) == (2, True, True), errors
    assert not (tmp_path / "l.npz").exists()


def test_without_weights_it_says_how():
    with pytest.raises(ClassliftError, match="is missing"):
        classlift.fit(PREDICTIONS, method="weights")

"""No command writes over what it reads, nor two outputs into one file."""

import numpy as np
import pytest

from support.cases import predictions
from support.process import classlift


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("collisions")
    probs, labels = predictions()
    np.savez(folder / "v.npz", probs=probs, labels=labels)
    assert classlift("fit", "v.npz", "-o", "l.npz", "-q", "--effect", "none", cwd=folder).returncode == 0
    return folder


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        ("tune v.npz -o v.npz", "v.npz is an input, and would be overwritten"),
        ("fit v.npz -o ./v.npz --effect none", "v.npz is an input, and would be overwritten"),
        ("apply l.npz v.npz -o v.npz", "v.npz is an input, and would be overwritten"),
        ("apply l.npz v.npz -o l.npz", "l.npz is an input, and would be overwritten"),
        ("evaluate v.npz --json v.npz", "v.npz is an input, and would be overwritten"),
        ("evaluate v.npz --layer l.npz --csv l.npz", "l.npz is an input, and would be overwritten"),
        ("evaluate v.npz --csv a.txt --json a.txt", "a.txt is named for two outputs"),
        ("merge v.npz -o v.npz", "v.npz is an input, and would be overwritten"),
    ],
)
def test_refused_and_nothing_lost(folder, words, problem):
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    done = classlift(*words.split(), cwd=folder)
    assert (done.returncode, done.stdout) == (2, "")
    first, second = done.stderr.splitlines()
    assert first.replace(": ", " ").endswith(problem)
    assert second.startswith("fix: give ")
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_an_old_output_is_replaced(folder):
    for _ in range(2):
        assert classlift("apply", "l.npz", "v.npz", "-o", "new.npz", "-q", cwd=folder).returncode == 0

"""Files of tens of thousands of classes: what works in memory linear in them works, what cannot is refused at once."""

import shlex

import numpy as np
import pytest

from support.process import classlift


@pytest.fixture
def extreme(tmp_path):
    """40 rows of 60,000 classes, most of them right."""
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 60_000, 40)
    scores = rng.random((40, 60_000), np.float32)
    scores[np.arange(40), labels] += np.where(np.arange(40) % 4, 20_000, 0.2)
    np.savez(tmp_path / "v.npz", probs=scores / scores.sum(axis=1, keepdims=True), labels=labels)
    return tmp_path


@pytest.mark.parametrize("words", ["evaluate v.npz --no-intervals -q", "fit v.npz --method cvar -o l.npz -q"])
def test_what_is_linear_in_the_classes_works(extreme, words):
    done = classlift(*words.split(), cwd=extreme)
    assert done.returncode == 0, done.stderr


def test_a_full_matrix_that_no_memory_holds_is_refused_and_the_fix_runs(extreme):
    done = classlift("fit", "v.npz", "-o", "l.npz", cwd=extreme)
    assert done.returncode == 2, done.stderr
    assert "takes about 432.0 GB of memory, this machine has" in done.stderr
    assert not (extreme / "l.npz").exists()
    command = shlex.split(done.stderr.partition("fix: run: classlift ")[2])
    followed = classlift(*command, cwd=extreme)
    assert followed.returncode == 0, followed.stderr

"""How many threads a command takes: counted in real processes, and the rule on made-up loads."""

import os
import subprocess
import sys

import pytest

from classlift.engines import cores
from support.process import classlift

COUNT_THREADS = """
import os, sys
from classlift.cli.main import group
group(sys.argv[1:], standalone_mode=False)
import numpy as np
np.ones((600, 600)) @ np.ones((600, 600))
print(len(os.listdir("/proc/self/task")))
"""
IN_PROC = pytest.mark.skipif(not cores.LOAD.is_file() or (os.cpu_count() or 1) < 2, reason="needs /proc and two cores")


def threads_of(words, **environment):
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "2", **environment}
    command = [sys.executable, "-c", COUNT_THREADS, *words, "completion", "bash"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    return int(done.stdout.splitlines()[-1])


@IN_PROC
def test_the_option_and_its_variable_set_the_threads_of_blas():
    assert threads_of(["--threads", "1"]) == 1
    assert threads_of(["--threads", "2"]) == 2
    assert threads_of([], CLASSLIFT_THREADS="1") == 1


@IN_PROC
def test_a_variable_of_blas_counts_more_than_the_rule():
    assert threads_of([]) == 2


@pytest.mark.parametrize(
    ("text", "others"),
    [
        ("0.00 0.00 0.00 1/100 7", 0),
        ("9.00 0.00 0.00 1/100 7", 0),  # our last command; nothing runs beside us now
        ("0.20 0.00 0.00 9/100 7", 0),  # a moment
        ("1.20 0.00 0.00 3/100 7", 1),
        ("9.00 0.00 0.00 9/100 7", 8),
        ("of another kind", 0),
    ],
)
def test_cores_that_others_leave(tmp_path, monkeypatch, text, others):
    load = tmp_path / "loadavg"
    load.write_text(text)
    monkeypatch.setattr(cores.os, "cpu_count", lambda: 4)
    monkeypatch.setattr(cores, "available_cores", lambda: 4)
    assert cores.free_cores(load) == max(1, 4 - others)
    monkeypatch.setattr(cores, "available_cores", lambda: 2)  # of a container
    assert cores.free_cores(load) == max(1, min(2, 4 - others))
    assert cores.free_cores(tmp_path / "missing") == 2


@pytest.mark.parametrize("words", [["--threads", "0"], ["--threads", "x"]])
def test_bad_numbers_of_threads(words):
    done = classlift(*words, "inspect", "x.npz")
    assert (done.returncode, done.stdout) == (2, "")
    assert "'--threads'" in done.stderr
    assert "fix: see classlift --help" in done.stderr

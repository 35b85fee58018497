"""Commands in poor surroundings: few files, no home, no warnings allowed, odd encodings, a folder that is gone."""

import json
import os
import resource
import subprocess
import sys

import numpy as np
import pytest

from support.cases import predictions
from support.process import started

FEW = (20, 20)
SURROUNDINGS = {
    "no home": {"env": {"HOME": None}},
    "python -O": {"flags": ["-O"]},
    "warnings are errors": {"flags": ["-W", "error"]},
    "LANG=C": {"env": {"LANG": "C", "LC_ALL": "C"}},
    "ascii": {"env": {"PYTHONIOENCODING": "ascii"}},
    "one column": {"env": {"COLUMNS": "1"}},
    "twenty files": {"preexec_fn": lambda: resource.setrlimit(resource.RLIMIT_NOFILE, FEW)},
    "no folder of temporary files": {"env": {"TMPDIR": "/none"}},
}
LINES = (
    "tune val.npz -o layer.npz --methods raw --jobs 2",
    "evaluate val.npz --layer layer.npz --resamples 20 --csv out.csv",
    "apply layer.npz val.npz -o out.parquet",
    "inspect - --format json",
)


def run(words, folder, flags=(), env=None, stdin=b"", **more):
    """Status, standard output and standard error."""
    changed = {
        key: value for key, value in (os.environ | (env or {})).items() if value is not None and key != "COLUMNS"
    }
    changed |= {"COLUMNS": env["COLUMNS"]} if env and "COLUMNS" in env else {}
    command = [sys.executable, *flags, "-m", "classlift", *words]
    pipes = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
    with started(command, cwd=folder, env=changed, **pipes, **more) as process:
        out, errors = process.communicate(stdin)
    return process.returncode, out, errors.decode()


@pytest.fixture
def here(tmp_path):
    probs, labels = predictions(300, 3)
    names = np.array(["é", "\U0001f63a", "ÿ"])
    np.savez(tmp_path / "val.npz", probs=probs, labels=labels, class_names=names, id=np.arange(300))
    return tmp_path


@pytest.mark.parametrize("name", SURROUNDINGS)
def test_commands_work_in_poor_surroundings(here, name):
    for line in LINES:
        status, out, errors = run(line.split(), here, stdin=(here / "val.npz").read_bytes(), **SURROUNDINGS[name])
        assert status == 0, errors
        assert all(text.startswith(("warning: ", "fix: ")) for text in errors.splitlines()), errors
    assert json.loads(out.decode())["classes"][1]["name"] == "\U0001f63a"


@pytest.mark.parametrize("kilobytes", [60_000, 100_000])
def test_too_little_memory_to_begin(here, kilobytes):
    limit = {"preexec_fn": lambda: resource.setrlimit(resource.RLIMIT_AS, (kilobytes * 1024,) * 2)}
    status, _, errors = run(["evaluate", "val.npz"], here, **limit)
    assert "Traceback" not in errors
    if status > 1 and "OpenBLAS" not in errors:  # which ends the process itself
        assert (status, errors.splitlines()[1][:5]) == (2, "fix: "), errors


def test_a_working_folder_that_was_removed(here):
    gone = here / "gone"
    for words, status, said in (
        (["evaluate", here / "val.npz", "--resamples", "20"], 0, ""),
        (["fit", here / "val.npz", "-o", "layer.npz", "--effect", "none"], 2, "the working folder: was removed\nfix: "),
        (["inspect", "val.npz"], 2, "val.npz: no such file or folder\nfix: "),
    ):
        gone.mkdir()
        found = run(map(str, words), gone, preexec_fn=gone.rmdir)
        assert (found[0], found[2].startswith(said), "Traceback" in found[2]) == (status, True, False), found[2]

"""Nothing that lies in the working folder is imported, by a command or by the processes that it starts."""

import importlib.metadata
import importlib.util
import os
import subprocess
import sys

import numpy as np
import pytest

import classlift
from support.cases import predictions

SRC = os.path.dirname(os.path.dirname(classlift.__file__))  # noqa: PTH120
TRAP = "open({mark!r}, 'a').write(__name__ + ' ')\nraise ImportError('planted')\n"
ENTRY = "from classlift.__main__ import main\nif __name__ == '__main__':\n    main()\n"


def imported_by_python(folder):
    """What `python -m` itself imports from the working folder, before any code of ours (`python -P -m` does not)."""
    (folder / "probe.py").write_text("import sys; print(*sys.modules)")
    command = [sys.executable, "-m", "probe"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True)
    return set(done.stdout.split())


@pytest.fixture(scope="module")
def trapped(tmp_path_factory):
    """A folder with a module of every name that could be imported; each tells that it was run."""
    folder = tmp_path_factory.mktemp("trapped")
    mark = folder.parent / "planted-code-ran.txt"
    probs, labels = predictions()
    np.savez(folder / "v.npz", probs=probs, labels=labels)
    (folder / "runs.toml").write_text('[[run]]\nname = "a"\nval = "v.npz"\n[[run]]\nname = "b"\nval = "v.npz"\n')
    names = sys.stdlib_module_names | set(importlib.metadata.packages_distributions())
    names -= imported_by_python(tmp_path_factory.mktemp("probe")) | {"classlift"}
    for name in names:
        if name.isidentifier():
            (folder / f"{name}.py").write_text(TRAP.format(mark=str(mark)))
    (folder.parent / "classlift-script.py").write_text(ENTRY)
    return folder, mark


def run(folder, how, words):
    """A command in that folder, as a module or as the script that pip installs."""
    python = [sys.executable, *how]
    first = ["-m", "classlift"] if "script" not in how else [str(folder.parent / "classlift-script.py")]
    command = [word for word in python if word != "script"] + first + words
    env = os.environ | {"PYTHONPATH": SRC}
    env.pop("PYTHONSAFEPATH", None)
    return subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, timeout=240, check=False)


COMMANDS = [
    "tune v.npz -o t.npz --jobs 2 -q",
    "compare v.npz v.npz --jobs 2",
    "batch runs.toml --out results --jobs 2 -q",
    "evaluate v.npz --engine processes",
    "demo",
    "report v.npz v.npz -o r.html --jobs 2",
]


@pytest.mark.parametrize("words", COMMANDS)
def test_nothing_planted_runs(trapped, words):
    folder, mark = trapped
    ended = run(folder, [], words.split())
    assert not mark.exists(), mark.read_text()
    assert ended.returncode == 0, ended.stderr
    assert "Traceback" not in ended.stderr


@pytest.mark.parametrize("how", [["script"], ["-E"], ["-P"], ["-O"]], ids=str)
def test_however_it_is_started(trapped, how):
    folder, mark = trapped
    if how == ["-E"] and importlib.util.find_spec("classlift").origin.startswith(SRC) and "site-packages" not in SRC:
        pytest.skip("classlift is found by PYTHONPATH alone, which -E ignores")
    ended = run(folder, how, COMMANDS[0].split())
    assert not mark.exists(), mark.read_text()
    assert ended.returncode == 0, ended.stderr


def test_dask_workers_too(trapped):
    pytest.importorskip("distributed")
    folder, mark = trapped
    ended = run(folder, [], ["evaluate", "v.npz", "--engine", "dask"])
    assert not mark.exists(), mark.read_text()
    assert ended.returncode == 0, ended.stderr

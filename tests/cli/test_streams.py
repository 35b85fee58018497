"""Standard streams that are closed, full, or read by nobody: the statuses and the files stay right."""

import os
import shlex
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from support.cases import predictions

pytestmark = pytest.mark.skipif(os.name == "nt", reason="a POSIX shell closes the streams")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("streams")
    probs, labels = predictions()
    np.savez(folder / "v.npz", probs=probs, labels=labels)
    np.savez(folder / "big.npz", probs=np.tile(probs, (40, 1)), labels=np.tile(labels, 40))
    assert shell(folder, "CL fit v.npz -o l.npz -q --effect none")[0] == 0
    return folder


def shell(folder, line):
    """Status, standard output and standard error of a line of the shell; CL is the command."""
    command = line.replace("CL", f"{shlex.quote(sys.executable)} -m classlift")
    done = subprocess.run(["bash", "-c", command], cwd=folder, capture_output=True, text=True, timeout=120, check=False)
    return done.returncode, done.stdout, done.stderr


@pytest.mark.parametrize(
    ("line", "status", "said"),
    [
        ("CL evaluate v.npz >&-", 2, "standard output"),
        ("CL evaluate v.npz -q >&-", 0, ""),
        ("CL evaluate v.npz -q --gate 'total >= 2%' >&-", 0, ""),
        ("CL evaluate v.npz -q --gate 'total > 99.9%' >&-", 1, None),
        ("CL --help >&-", 2, "standard output"),
        ("CL --version >&-", 2, "standard output"),
        ("CL apply l.npz v.npz -o - >&-", 2, "standard output"),
        ("CL apply l.npz v.npz -o a.npz -q >&- 2>&- <&-", 0, ""),
        ("CL evaluate - --input-format npz <&-", 2, "standard input"),
        ("CL evaluate v.npz --gate 'total > 99.9%' 2>&- >/dev/null", 1, ""),
        ("CL evaluate none.npz 2>&-", 2, ""),
        ("CL evaluate v.npz >/dev/full", 2, "standard output"),
        ("CL evaluate none.npz 2>/dev/full", 2, ""),
        ("CL evaluate v.npz -q --json /dev/stdout | grep -q classlift-evaluation; exit ${PIPESTATUS[1]}", 0, ""),
        ("CL apply l.npz v.npz -o /dev/full -q", 2, "/dev/full"),
        ("CL apply l.npz big.npz -o - | head -n 1 >/dev/null; exit ${PIPESTATUS[0]}", 0, ""),
        ("CL --help | true; exit ${PIPESTATUS[0]}", 0, ""),
        ("CL evaluate v.npz --format json --details | head -c 1 >/dev/null; exit ${PIPESTATUS[0]}", 0, ""),
    ],
)
def test_closed_and_full_streams(folder, line, status, said):
    found, _, errors = shell(folder, line)
    assert found == status, errors
    assert "Traceback" not in errors
    if said is not None:
        assert said in errors
        assert len(errors.splitlines()) == (2 if said else 0)


def test_no_file_gets_the_number_of_a_closed_stream(folder):
    assert shell(folder, "CL apply l.npz v.npz -o whole.csv -q")[0] == 0
    assert shell(folder, "CL apply l.npz v.npz -o closed.csv >&- 2>&- <&-")[0] == 2
    assert shell(folder, "CL apply l.npz v.npz -q -o closed.csv >&- 2>&- <&-")[0] == 0
    assert Path(folder / "closed.csv").read_bytes() == Path(folder / "whole.csv").read_bytes()


def test_a_named_pipe_as_output(folder):
    line = "mkfifo p; cat p >got.csv & CL evaluate v.npz -q --csv p; s=$?; wait; exit $s"
    assert shell(folder, line)[0] == 0
    assert shell(folder, "CL evaluate v.npz -q --csv direct.csv")[0] == 0
    assert (folder / "got.csv").read_bytes() == (folder / "direct.csv").read_bytes()

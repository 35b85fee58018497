"""Whatever ends a command: its processes end too, nothing is left and nothing is said but one sentence."""

import fcntl
import os
import signal
import subprocess
import sys
import termios
import time
from array import array
from pathlib import Path

import numpy as np
import pytest

from support.process import members, started, until

pytestmark = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="processes are counted in /proc")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("signals")
    rng = np.random.default_rng(0)
    probs = rng.dirichlet(np.ones(30), 30_000)
    labels = (probs.cumsum(axis=1) > rng.random((30_000, 1))).argmax(axis=1)
    np.savez(folder / "v.npz", probs=probs, labels=labels)
    runs = "".join(f'[[run]]\nname = "{name}"\nval = "v.npz"\n' for name in "abcdef")
    (folder / "runs.toml").write_text('[defaults]\nverb = "tune"\n' + runs)
    return folder


BATCH = ("batch", "runs.toml", "--out", "results", "--jobs", "2", "-q")
"""A command that works in processes for some seconds."""


def begin(folder, *words):
    """A command in a session of its own, so that all its processes can be found."""
    command = [sys.executable, "-m", "classlift", *words]
    return started(command, cwd=folder, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, start_new_session=True)


def ended(process):
    """What it said on standard error, when it has ended."""
    with process:
        return process.communicate(timeout=60)[1].decode()


ENDINGS = {
    "hangup": ([signal.SIGHUP], {129}),
    "terminated": ([signal.SIGTERM], {143}),
    "interrupted": ([signal.SIGINT], {130}),
    "interrupted twice": ([signal.SIGINT] * 2, {130}),
    "interrupted five times": ([signal.SIGINT] * 5, {130}),
    "interrupted while it terminates": ([signal.SIGTERM, signal.SIGINT], {130, 143}),
    "quit": ([signal.SIGQUIT], {131}),
    "a warning of the batch system": ([signal.SIGUSR1], {128 + signal.SIGUSR1}),
    "no more time": ([signal.SIGXCPU], {152}),
    "killed": ([signal.SIGKILL], {-9}),
}


@pytest.mark.parametrize("after", [0, 0.15, 0.6])
@pytest.mark.parametrize("name", ENDINGS)
def test_workers_end_with_their_parent(folder, name, after):
    numbers, statuses = ENDINGS[name]
    process = begin(folder, *BATCH)
    assert until(lambda: len(members(process.pid)) >= 3), "no workers were started"
    time.sleep(after)
    for number in numbers:
        process.send_signal(number)
        time.sleep(0.01)
    errors = ended(process)
    assert process.returncode in statuses, errors
    assert until(lambda: not members(process.pid), 5), f"{members(process.pid)} are left"
    assert len([line for line in errors.splitlines() if line]) <= 1, errors
    assert not list(folder.glob(".*.part"))


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_threads_do_not_keep_a_command_that_was_ended(folder, number):
    process = begin(folder, "tune", "v.npz", "-o", "out.npz", "--jobs", "2", "-q")
    assert until(lambda: len(list(Path(f"/proc/{process.pid}/task").iterdir())) >= 3), "no threads were started"
    process.send_signal(number)
    errors = ended(process)
    assert process.returncode == 128 + number, errors
    assert len([line for line in errors.splitlines() if line]) <= 1, errors
    assert not (folder / "out.npz").exists()


@pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGTERM, signal.SIGINT])
def test_the_whole_group(folder, number):
    process = begin(folder, *BATCH)
    assert until(lambda: len(members(process.pid)) >= 3)
    os.killpg(process.pid, number)
    errors = ended(process)
    assert process.returncode == 128 + number, errors
    assert until(lambda: not members(process.pid), 5)
    assert len([line for line in errors.splitlines() if line]) <= 1, errors


@pytest.mark.parametrize("name", ["HUP", "QUIT", "XCPU", "USR1", "USR2", "ALRM", "ABRT", "VTALRM", "PROF", "IO", "PWR"])
def test_a_write_is_taken_back(folder, name):
    number = getattr(signal, f"SIG{name}")
    process = begin(folder, "apply", "l.npz", "v.npz", "-o", "out.csv", "-q")
    assert until(lambda: list(folder.glob(".out.csv.*.part")) or process.poll() is not None)
    process.send_signal(number)
    errors = ended(process)
    assert process.returncode == 128 + number, errors
    assert not list(folder.glob(".*.part"))


def test_stopped_and_continued_in_the_middle_of_a_write(folder):
    process = begin(folder, "apply", "l.npz", "v.npz", "-o", "whole.csv", "-q")
    assert until(lambda: list(folder.glob(".whole.csv.*.part")) or process.poll() is not None)
    process.send_signal(signal.SIGSTOP)
    time.sleep(0.3)
    assert not (folder / "whole.csv").exists()
    process.send_signal(signal.SIGCONT)
    assert ended(process) == ""
    assert process.returncode == 0
    assert len((folder / "whole.csv").read_text().splitlines()) == 30_001


@pytest.fixture(scope="module", autouse=True)
def layer(folder):
    process = begin(folder, "fit", "v.npz", "-o", "l.npz", "-q", "--effect", "none")
    assert ended(process) == ""
    assert process.returncode == 0


def test_an_ignored_hangup_stays_ignored(folder):
    command = [sys.executable, "-m", "classlift", "evaluate", "v.npz"]
    with started(
        command,
        cwd=folder,
        preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    ) as process:
        for _ in range(10):
            time.sleep(0.05)
            process.send_signal(signal.SIGHUP)
        assert process.communicate(timeout=60)[1] == b""
    assert process.returncode == 0


SIGNAL_AT = """
import os, signal, sys
from classlift.cli import status
before = status.{place}_signals

def with_signal():
    {order}

status.{place}_signals = with_signal
status.run(lambda: 0)
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("order", ["send(); before()", "before(); send()"])
@pytest.mark.parametrize("place", ["catch", "release"])
def test_a_signal_between_the_command_and_its_end_shows_nothing(number, order, place):
    order = order.replace("send()", f"os.kill(os.getpid(), {int(number)})")
    if place == "catch" and order.startswith("os.kill"):
        pytest.skip("nothing of ours listens yet")
    code = SIGNAL_AT.format(place=place, order=order)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode in (128 + number, -number), done.stderr
    assert done.stderr == ""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_during_the_imports_shows_nothing_of_ours(folder, number):
    for milliseconds in range(10, 250, 12):
        process = begin(folder, "evaluate", "v.npz", "-q")
        time.sleep(milliseconds / 1000)
        process.send_signal(number)
        errors = ended(process)
        assert "classlift" not in errors, (milliseconds, errors)  # Python's own start, before any of ours, may
        if "Traceback" not in errors and "Fatal Python error" not in errors:
            assert process.returncode in (-number, 128 + number, 0), (milliseconds, errors)
            assert len([line for line in errors.splitlines() if line]) <= 1, errors


WRAPPED = """
import signal, sys
from classlift.cli.status import run
class Raises:
    def __set_name__(self, owner, name):
        signal.raise_signal(signal.{name})
run(lambda: type("Owner", (), {{"attribute": Raises()}}))
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_in_the_body_of_a_class_is_no_error_of_ours(number):
    """Python 3.11 raises a RuntimeError for it, of which it is the cause."""
    code = WRAPPED.format(name=number.name)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert "internal error" not in done.stderr
    assert done.returncode in (-number, 128 + number), done.stderr
    assert "nothing half-written was left" in done.stderr


def test_a_pipe_that_nobody_reads_does_not_keep_a_command_that_was_ended(folder):
    words = "import classlift.cli.signals as s; s.AT_MOST = 1; from classlift.__main__ import main; main()"
    command = [sys.executable, "-c", words, "apply", "l.npz", "v.npz", "-o", "-"]
    waits = array("i", [0])
    with started(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        full = until(lambda: fcntl.ioctl(process.stdout, termios.FIONREAD, waits) == 0 and waits[0] > 1 << 15)
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == -signal.SIGALRM
    assert full


def test_an_interrupt_that_python_loses_in_an_import_ends_a_command_all_the_same(folder):
    words = """
import sys, weakref
import classlift.__main__

class Interrupted:
    def find_spec(name, *more):
        if name == "classlift.cli.main":
            class Gone: pass
            one = Gone()
            kept = weakref.ref(one, lambda _: (_ for _ in ()).throw(KeyboardInterrupt))
            del one

sys.meta_path.insert(0, Interrupted)
classlift.__main__.main()
"""
    command = [sys.executable, "-c", words, "--version"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "interrupted before anything began\n")

"""Run the command line as a user does: a real process, its status, standard output and standard error."""

import ctypes
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None


def started(command, preexec_fn=None, **more):
    """A process that does not outlive this one, however this one ends (on Linux)."""

    def first():
        if LIBC is not None:
            LIBC.prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG
        if preexec_fn is not None:
            preexec_fn()

    return subprocess.Popen(command, preexec_fn=first, **more)  # noqa: PLW1509  (calls of libc alone)


def members(group):
    """Processes of a session that are not zombies."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            if int(fields[3]) == group and fields[0] != "Z":
                found.append(int(entry.name))
    return found


def until(condition, seconds=20):
    """Whether it comes true in time."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.02)
    return False


def classlift(*words, stdin=None, cwd=None, **environment):
    """Run `classlift words…`; environment variables are added to a plain environment, PYTHONPATH in front of it."""
    if "PYTHONPATH" in environment:
        environment["PYTHONPATH"] += os.pathsep + os.environ["PYTHONPATH"]
    plain = {key: value for key, value in os.environ.items() if key not in ("COLUMNS", "FORCE_COLOR", "NO_COLOR")}
    return subprocess.run(
        [sys.executable, "-m", "classlift", *map(str, words)],
        input=stdin,
        capture_output=True,
        text=not isinstance(stdin, bytes),
        cwd=cwd,
        env=plain | environment,
        timeout=120,
        check=False,
    )


def files_below(folder):
    """Every file below a folder with its content."""
    return {path: path.read_bytes() for path in Path(folder).rglob("*") if path.is_file()}


def other_than_who_pays(stderr):
    """Lines of standard error, without the warning that classes lose: which do depends on the predictions."""
    return [line for line in stderr.splitlines() if not re.match(r"warning: (\S+: )?others pay", line)]

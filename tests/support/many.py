"""Many command lines in little time: one process imports everything, and each command line is a fork of it.

What a fork runs is what `classlift` runs, with streams, a folder and a status of its own.
"""

import contextlib
import importlib
import json
import os
import pkgutil
import selectors
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

HERE = Path(__file__)


class Ended(NamedTuple):
    """How a command line ended; status -9 where it took longer than it may."""

    status: int
    stdout: bytes
    stderr: str
    seconds: float


class Commands:
    """Runs command lines one after the other; a context."""

    def __init__(self, **environment):
        path = os.pathsep.join([*map(str, HERE.parents[1:2]), *sys.path])
        plain = {key: value for key, value in os.environ.items() if key not in ("COLUMNS", "FORCE_COLOR")}
        env = plain | {"PYTHONPATH": path, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"} | environment
        self.process = subprocess.Popen(
            [sys.executable, str(HERE)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=env
        )

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.wait()
        self.process.stdout.close()

    def __call__(self, words, cwd, *, stdin="/dev/null", seconds=60):
        """Run `classlift words…` in a folder."""
        words = [os.fsencode(word).decode("latin-1") for word in map(os.fspath, words)]
        asked = {"words": words, "cwd": str(cwd), "stdin": str(stdin), "seconds": seconds}
        self.process.stdin.write(json.dumps(asked) + "\n")
        self.process.stdin.flush()
        found = json.loads(self.process.stdout.readline())
        return Ended(found["status"], found["stdout"].encode("latin-1"), found["stderr"], found["seconds"])


def serve():
    """Import everything, then fork for each line of standard input."""
    import classlift
    from classlift.cli.main import COMMANDS, main

    for module in pkgutil.walk_packages(classlift.__path__, "classlift."):
        if not module.name.endswith("__main__"):
            with contextlib.suppress(ImportError):
                importlib.import_module(module.name)
    for name in (*(f"classlift.cli.{name}" for name in COMMANDS), "pandas", "pyarrow.parquet", "pyarrow.csv"):
        importlib.import_module(name)
    answers = os.fdopen(os.dup(1), "w")
    for line in sys.stdin:
        asked = json.loads(line)
        with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
            start = time.monotonic()
            child = os.fork()
            if child == 0:
                _become(asked, out, err, main)
            status = _wait(child, asked["seconds"])
            with contextlib.suppress(ProcessLookupError):
                os.killpg(child, signal.SIGKILL)
            out.seek(0)
            err.seek(0)
            found = {
                "status": status,
                "stdout": out.read().decode("latin-1"),
                "stderr": err.read().decode(errors="backslashreplace"),
                "seconds": time.monotonic() - start,
            }
        answers.write(json.dumps(found) + "\n")
        answers.flush()


def _become(asked, out, err, main):
    os.setsid()
    os.dup2(os.open(asked["stdin"], os.O_RDONLY), 0)
    os.dup2(out.fileno(), 1)
    os.dup2(err.fileno(), 2)
    os.chdir(asked["cwd"])
    sys.stdin = os.fdopen(0, encoding="utf-8", closefd=False)
    sys.argv = ["classlift", *(os.fsdecode(word.encode("latin-1")) for word in asked["words"])]
    try:
        main()
    except SystemExit as end:
        sys.stdout.flush()
        os._exit(end.code if isinstance(end.code, int) else 0 if end.code is None else 1)
    except BaseException:
        sys.excepthook(*sys.exc_info())
        os._exit(1)


def _wait(child, seconds):
    """Status of a child as a shell counts it."""
    handle = os.pidfd_open(child)
    with selectors.DefaultSelector() as selector:
        selector.register(handle, selectors.EVENT_READ)
        if not selector.select(seconds):
            os.kill(child, signal.SIGKILL)
    os.close(handle)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


if __name__ == "__main__":
    serve()

"""Run the command line as a user does: a real process, its status, standard output and standard error."""

import os
import subprocess
import sys
from pathlib import Path


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

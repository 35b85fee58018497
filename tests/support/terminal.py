"""Run the command line in a terminal of a given width, and give what stands in it."""

import fcntl
import os
import pty
import struct
import subprocess
import sys
import termios


def in_terminal(*words, columns=150, rows=50, cwd=None, **environment):
    """Everything that `classlift words…` writes to a terminal, colours and all."""
    leader, follower = pty.openpty()
    fcntl.ioctl(follower, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
    plain = {
        key: value for key, value in os.environ.items() if key not in ("COLUMNS", "LINES", "FORCE_COLOR", "NO_COLOR")
    }
    environment = plain | {"TERM": "xterm-256color", "PYTHONIOENCODING": "utf-8", "COLORTERM": ""} | environment
    process = subprocess.Popen(
        [sys.executable, "-m", "classlift", *map(str, words)], stdout=follower, stdin=follower, stderr=follower,
        cwd=cwd, env=environment,
    )  # fmt: skip
    os.close(follower)
    text = b""
    while True:
        try:
            part = os.read(leader, 65536)
        except OSError:  # the other side is closed
            break
        if not part:
            break
        text += part
    os.close(leader)
    assert process.wait(timeout=60) == 0, text.decode(errors="replace")
    return text.decode().replace("\r\n", "\n")

"""What standard output can show: colours, and signs outside of ASCII."""

from __future__ import annotations

import os
import sys


def coloured() -> bool:
    """Whether standard output is a terminal that has colours, and nobody said that there should be none."""
    return sys.stdout.isatty() and os.environ.get("TERM") != "dumb" and not os.environ.get("NO_COLOR")


def can_write(text: str) -> bool:
    """Whether the encoding of standard output has all of `text`."""
    try:
        text.encode(sys.stdout.encoding or "ascii")
    except (LookupError, UnicodeEncodeError):
        return False
    return True

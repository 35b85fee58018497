"""How many threads work at once where we start them ourselves."""

from __future__ import annotations

import os

VARIABLE = "CLASSLIFT_THREADS"


def n_threads() -> int:
    """Threads that parse text and sum rows: CLASSLIFT_THREADS, or one for each core.

    Examples
    --------
    >>> n_threads() >= 1
    True
    """
    wanted = os.environ.get(VARIABLE, "")
    return max(1, int(wanted)) if wanted.isdecimal() else os.cpu_count() or 1

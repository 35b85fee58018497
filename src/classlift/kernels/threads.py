"""How many threads work at once where we start them ourselves."""

from __future__ import annotations

import os

VARIABLE = "CLASSLIFT_THREADS"


def n_threads() -> int:
    """Threads that parse text, sum rows and search: CLASSLIFT_THREADS, or one for each core that we may use.

    Examples
    --------
    >>> n_threads() >= 1
    True
    """
    wanted = os.environ.get(VARIABLE, "")
    if wanted.isdecimal():
        return max(1, int(wanted))
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1

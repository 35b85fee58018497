"""What this machine has: cores, those that nobody else is working on, threads of BLAS, memory."""

from __future__ import annotations

import math
import os
from pathlib import Path

BLAS_THREADS = ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OMP_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")
"""Variables that BLAS reads when numpy is imported."""

LOAD = Path("/proc/loadavg")


def available_cores() -> int:
    """Cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def machine_memory() -> float:
    """Bytes of memory of this machine; infinite where the system does not tell."""
    try:
        return float(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"))
    except (AttributeError, OSError, ValueError):
        return math.inf


def free_cores(load: Path = LOAD) -> int:
    """Cores that this process may use and others leave free, at least 1; all of them where the system does not tell.

    Threads of one product wait for each other in a loop: where they have to share cores with other processes, all
    wait for the one that does not run. Measured on two cores at a load of 11: a fit of 20,000 x 500 took 5.0 times as
    long as the bare product with two threads, 1.3 times with one. Others are counted as what runs now, but no more
    than ran in the last minute, so that neither a moment nor our own last command counts.
    """
    try:
        minute, _, _, now, _ = load.read_text(encoding="utf-8").split()
        others = min(round(float(minute)), int(now.partition("/")[0]) - 1)
    except (OSError, ValueError):
        others = 0
    return max(1, min(available_cores(), (os.cpu_count() or 1) - others))


def limit_threads(count: int | None) -> None:
    """Let BLAS take this many threads; None: as many as cores are free, where the environment does not say it.

    It has to be called before numpy is imported.
    """
    if count is not None:
        os.environ.update(dict.fromkeys(BLAS_THREADS, str(count)))
    elif (free := free_cores()) < available_cores():
        for name in BLAS_THREADS:
            os.environ.setdefault(name, str(free))

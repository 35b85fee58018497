"""Pieces of work in processes of their own, each with one thread of BLAS."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import Any, Protocol

from classlift.errors import ClassliftError

BLAS_THREADS = ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OMP_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")


class Mapper(Protocol):
    """Calls a function for each item, and yields the results in the order of the items.

    An item whose process was killed is tried once more, by itself; if that is killed too, `lost` gives the result of
    the item, or a `ClassliftError` tells of it.
    """

    def __call__(
        self, function: Callable[[Any], Any], items: Iterable[Any], /, lost: Callable[[Any], Any] | None = None
    ) -> Iterator[Any]:
        """Map."""


def available_cores() -> int:
    """Cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@contextlib.contextmanager
def workers(jobs: int) -> Iterator[Mapper]:
    """Give a `map` that works in this many processes; in this one for 1.

    Several processes with one thread each are quicker than one with several: small products gain nothing from
    threads, and on a busy machine threads that wait for each other lose much. Items and results are pickled.

    Parameters
    ----------
    jobs : int
        Number of processes.

    Yields
    ------
    callable
        ``map(function, items)``; the function lives at the top of a module.
    """
    if jobs <= 1:
        yield _here
        return
    with _one_blas_thread():
        pool = _Pool(jobs)
        try:
            yield pool.map
            pool.now.shutdown()
        except BaseException:
            pool.now.shutdown(wait=False, cancel_futures=True)
            for process in multiprocessing.active_children():
                process.terminate()
            raise


def _here(
    function: Callable[[Any], Any], items: Iterable[Any], /, lost: Callable[[Any], Any] | None = None
) -> Iterator[Any]:
    del lost
    return map(function, items)


class _Pool:
    """Processes that are started anew when one of them was killed: by then the others cannot be used any more."""

    def __init__(self, jobs: int) -> None:
        self.jobs = jobs
        self.now = _start(jobs)

    def map(
        self, function: Callable[[Any], Any], items: Iterable[Any], /, lost: Callable[[Any], Any] | None = None
    ) -> Iterator[Any]:
        waiting, done = list(items), 0
        while done < len(waiting):
            try:
                for future in [self.now.submit(function, item) for item in waiting[done:]]:
                    result = future.result()
                    done += 1
                    yield result
            except BrokenProcessPool:
                self.now = _start(self.jobs)
                result = self._alone(function, waiting[done], lost)
                done += 1
                yield result

    def _alone(self, function: Callable[[Any], Any], item: object, lost: Callable[[Any], Any] | None) -> object:
        with _start(1) as single:
            try:
                return single.submit(function, item).result()
            except BrokenProcessPool:
                if lost is not None:
                    return lost(item)
        raise ClassliftError(
            "a process of ours",
            "was killed, maybe for the memory that it took",
            fix="use --jobs 1, or a larger machine.",
        )


def _start(jobs: int) -> ProcessPoolExecutor:
    return ProcessPoolExecutor(jobs, multiprocessing.get_context("spawn"), initializer=_ignore_interrupts)


@contextlib.contextmanager
def _one_blas_thread() -> Iterator[None]:
    """Let processes that start now find one thread in their environment."""
    before = {name: os.environ.get(name) for name in BLAS_THREADS}
    os.environ.update(dict.fromkeys(BLAS_THREADS, "1"))
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def _ignore_interrupts() -> None:
    """An interrupt from the keyboard reaches the whole group: the parent ends its workers."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)

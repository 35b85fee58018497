"""Pieces of work in processes of their own, each with one thread of BLAS."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing.process import BaseProcess
from types import FrameType
from typing import Any, Protocol

from classlift.engines.cores import BLAS_THREADS
from classlift.errors import ClassliftError

MOST = 61 if sys.platform == "win32" else 1_000_000
"""Processes that one pool may have: Windows waits for no more."""


GRACE = 1.0
"""Seconds in which a process that is to end may remove what it has half written."""


class Mapper(Protocol):
    """Calls a function for each item, and yields the results in the order of the items.

    An item whose process was killed is tried once more, by itself; if that is killed too, `lost` gives the result of
    the item, or a `ClassliftError` describes it.
    """

    def __call__(
        self, function: Callable[[Any], Any], items: Iterable[Any], /, lost: Callable[[Any], Any] | None = None
    ) -> Iterator[Any]:
        """Map."""


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
    if jobs <= 1 or not children_are_safe():
        yield _here
        return
    others = multiprocessing.active_children()
    with _environment(dict.fromkeys(BLAS_THREADS, "1")), safe_children():
        pool = _Pool(jobs)
        try:
            yield pool.map
            pool.now.shutdown()
        except BaseException:
            pool.now.shutdown(wait=False, cancel_futures=True)
            _end([process for process in multiprocessing.active_children() if process not in others])
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
                for future in _submit(self.now, function, waiting[done:]):
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
                return _submit(single, function, [item])[0].result()
            except BrokenProcessPool:
                if lost is not None:
                    return lost(item)
        raise ClassliftError(
            "a worker process",
            "was killed, perhaps because it took too much memory",
            fix="use --jobs 1, or a larger machine.",
        )


def _start(jobs: int) -> ProcessPoolExecutor:
    return ProcessPoolExecutor(min(jobs, MOST), multiprocessing.get_context("spawn"), initializer=_begin)


def _submit(pool: ProcessPoolExecutor, function: Callable[[Any], Any], items: Iterable[Any]) -> list[Future[Any]]:
    """Hand over items; no signal comes between while processes are started for them."""
    with _signals_wait(), _nothing_said():
        return [pool.submit(_work, function, item) for item in items]


@contextlib.contextmanager
def _signals_wait() -> Iterator[None]:
    """Hold signals back until processes are started whole; those begin with the same signals held back."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    from multiprocessing import resource_tracker  # noqa: PLC0415  (not on Windows)

    resource_tracker.ensure_running()  # it unblocks signals when it starts
    before = signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT])
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextlib.contextmanager
def _nothing_said() -> Iterator[None]:
    """Give processes that start now no standard error: what goes wrong in them travels as an exception.

    A parent that is killed while they start would leave a traceback of theirs in the terminal.
    """
    try:
        kept = os.dup(2)
    except OSError:  # closed
        yield
        return
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(nowhere)
        os.close(kept)


def children_are_safe() -> bool:
    """Whether `safe_children` has an effect: Python that ignores the environment passes that on to its children."""
    return bool(sys.flags.safe_path or not sys.flags.ignore_environment)


@contextlib.contextmanager
def safe_children() -> Iterator[None]:
    """Let Python processes that start now import nothing from the working folder, and say nothing when they end.

    Without this the path of a child begins with the working folder, whose `threading.py` it would run. The tracker
    of semaphores, which outlives a command that was killed, inherits the warnings that are ignored here.
    """
    quiet = "ignore:resource_tracker:UserWarning"
    if quiet not in sys.warnoptions:
        sys.warnoptions.append(quiet)
    with _environment({"PYTHONSAFEPATH": "1"}):
        yield


@contextlib.contextmanager
def _environment(values: dict[str, str]) -> Iterator[None]:
    """Let processes that start now find these values in their environment."""
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


class EndedError(BaseException):
    """A process was told to end; unwinds, so that what it has half written is removed."""


def _begin() -> None:
    """Leave interrupts from the keyboard, which reach the whole group, to the parent; end when it ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, _on_end)
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_SETMASK, [])
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _on_end(number: int, frame: FrameType | None) -> None:
    del frame
    signal.signal(number, signal.SIG_IGN)
    raise EndedError


def _work(function: Callable[[Any], Any], item: object) -> object:
    """Call a function in a process; where it is told to end, the executor would keep it for the next item."""
    try:
        return function(item)
    except EndedError:
        os._exit(1)


def _end(processes: Iterable[BaseProcess]) -> None:
    """End processes, and wait a little for what they remove."""
    started = list(processes)
    for process in started:
        process.terminate()
    last = time.monotonic() + GRACE
    for process in started:
        process.join(max(0.0, last - time.monotonic()))


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is None:
        return
    parent.join()
    if hasattr(signal, "pthread_kill"):
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGTERM)
        time.sleep(GRACE)
    os._exit(1)

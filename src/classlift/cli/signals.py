"""Signals that end a command unwind it first, so that temporary files are removed and processes are ended."""

from __future__ import annotations

import signal
import sys
import threading
import time
from types import FrameType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sys import UnraisableHookArgs

ENDED_BY = {
    getattr(signal, name): 128 + getattr(signal, name)
    for name in (
        *("SIGTERM", "SIGHUP", "SIGQUIT", "SIGXCPU", "SIGBREAK", "SIGUSR1", "SIGUSR2", "SIGALRM", "SIGABRT"),
        *("SIGVTALRM", "SIGPROF", "SIGIO", "SIGPWR"),
    )
    if hasattr(signal, name)  # Windows has other ones
}
"""Signals that terminate, and the statuses that a shell gives them."""

PATIENCE = 2.0
"""Seconds in which further signals are ignored: the command is already ending."""

AT_MOST = 20
"""Seconds that an ending may take; a thread that writes into a pipe that nobody reads can be waited for for ever."""

AGAIN = 0.05
"""Seconds after which a signal is sent again that arrived where Python lets no exception through."""


class TerminatedError(BaseException):
    """A signal that terminates arrived; unwinds like KeyboardInterrupt.

    Parameters
    ----------
    number : int
        The signal.
    """

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number
        self.status = 128 + number


class _Last:
    """When a signal was listened to."""

    moment = -PATIENCE


def catch_signals() -> None:
    """Let signals raise, except those that whoever started us had ignored (nohup, a job in the background)."""
    _Last.moment = -PATIENCE
    for number in (signal.SIGINT, *ENDED_BY):
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _on_signal)
    sys.unraisablehook = _on_unraisable


def release_signals() -> None:
    """Let signals end the process without a word: what it had to do is done."""
    for number in (signal.SIGINT, *ENDED_BY):
        if signal.getsignal(number) is _on_signal:
            signal.signal(number, signal.SIG_DFL)
    if hasattr(signal, "alarm"):
        signal.alarm(0)


def _on_signal(number: int, frame: FrameType | None) -> None:
    del frame
    now = time.monotonic()
    if now - _Last.moment < PATIENCE:
        return
    _Last.moment = now
    if hasattr(signal, "alarm"):  # the system ends us: Python may wait for a lock, where it handles no signal
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.alarm(AT_MOST)
    if number == signal.SIGINT:
        raise KeyboardInterrupt
    raise TerminatedError(number)


def _on_unraisable(found: UnraisableHookArgs) -> None:
    """Send a signal again whose exception was lost in a destructor; show anything else."""
    error = found.exc_value
    if not isinstance(error, KeyboardInterrupt | TerminatedError):
        sys.__unraisablehook__(found)
        return
    _Last.moment = -PATIENCE
    number = error.number if isinstance(error, TerminatedError) else signal.SIGINT
    timer = threading.Timer(AGAIN, signal.raise_signal, [number])
    timer.daemon = True
    timer.start()

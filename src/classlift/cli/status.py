"""Every ending of a process, mapped to its exit status in one place."""

from __future__ import annotations

import contextlib
import errno
import gc
import io
import os
import sys
from collections.abc import Callable, Iterable, Iterator
from enum import IntEnum
from typing import NoReturn

import click

from classlift.cli.signals import ENDED_BY, TerminatedError, catch_signals, release_signals
from classlift.cli.streams import open_closed_streams
from classlift.errors import ClassliftError


class Status(IntEnum):
    """Exit statuses; the guide `ci` tells users what they mean."""

    DONE = 0
    GATE_FAILED = 1
    COULD_NOT_RUN = 2
    UNDEFINED = 3
    INTERNAL_ERROR = 101
    INTERRUPTED = 130
    TERMINATED = 143


SEVERITY = (
    Status.INTERNAL_ERROR,
    Status.INTERRUPTED,
    Status.TERMINATED,
    Status.COULD_NOT_RUN,
    Status.UNDEFINED,
    Status.GATE_FAILED,
    Status.DONE,
)
"""When several statuses apply, the first of these counts."""

NO_MEMORY = "memory: ran out of it\nfix: use a smaller file or shards, or a diagonal method; ulimit -v may set a limit."

GATE_STATUS = {"passed": Status.DONE, "failed": Status.GATE_FAILED, "undefined": Status.UNDEFINED}


def gravest(statuses: Iterable[Status]) -> Status:
    """Give the status that counts among several; DONE of none."""
    return min(statuses, key=SEVERITY.index, default=Status.DONE)


def status_of_gate(state: str) -> Status:
    """Give the status of a checked gate."""
    return GATE_STATUS[state]


class ClosedPipeError(Exception):
    """The reader of standard output went away; click gives a `BrokenPipeError` the status of a gate that failed."""


@contextlib.contextmanager
def pipe_errors_of_ours() -> Iterator[None]:
    """Keep a closed pipe from click."""
    try:
        yield
    except BrokenPipeError:
        raise ClosedPipeError from None


def run(command: Callable[[], object]) -> NoReturn:
    """Call `command` and end the process with the status of how it ended."""
    open_closed_streams()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # a terminal that cannot show a name shows its escape
    try:
        catch_signals()
        status = _ending(command)
        release_signals()
    except KeyboardInterrupt:  # before the command began, or after it had ended
        status = Status.INTERRUPTED
    except TerminatedError as error:
        status = error.status
    except Exception:  # what ended it cannot even be told: there is no memory for that
        os.write(2, f"{NO_MEMORY}\n".encode())
        os._exit(Status.COULD_NOT_RUN)
    _flush()
    if status == Status.INTERRUPTED or status in ENDED_BY.values():
        os._exit(status)
    gc.freeze()  # else Python looks for garbage in all that was imported as it ends: a tenth of a small command
    sys.exit(int(status))


def _ending(command: Callable[[], object]) -> int:
    try:
        result = _unwrapped(command)
        sys.stdout.flush()
    except ClassliftError as error:
        return _say(str(error), Status.COULD_NOT_RUN)
    except click.exceptions.NoArgsIsHelpError as error:
        print(error.format_message())
        return Status.COULD_NOT_RUN
    except click.UsageError as error:
        return _say(_usage_message(error), Status.COULD_NOT_RUN)
    except click.ClickException as error:
        return _say(f"{error.format_message()}\nfix: see classlift --help", Status.COULD_NOT_RUN)
    except (KeyboardInterrupt, click.Abort):
        return _say("interrupted; nothing half-written was left", Status.INTERRUPTED)
    except TerminatedError as error:
        return _say("terminated; nothing half-written was left", error.status)
    except (BrokenPipeError, ClosedPipeError):
        return _closed_pipe()
    except FileNotFoundError:  # files have their own messages: a relative name has no meaning any more
        message = "the working folder: was removed\nfix: change into a folder that exists."
        return _say(message, Status.COULD_NOT_RUN)
    except OSError as error:  # no memory, or standard output: files have their own messages
        message = f"standard output: {error.strerror or error}\nfix: check where it goes, or use --quiet."
        return _say(NO_MEMORY if error.errno == errno.ENOMEM else message, Status.COULD_NOT_RUN)
    except MemoryError:
        return _say(NO_MEMORY, Status.COULD_NOT_RUN)
    except ImportError as error:  # of a part of Python or of a package: memory is short, or files are missing
        why = str(error).strip().splitlines()[-1:] or ["?"]  # numpy explains at length
        message = f"classlift: a part of it cannot be loaded ({why[0]})\nfix: allow it more memory, or install it anew."
        return _say(message, Status.COULD_NOT_RUN)
    except Exception:  # the last resort: what nothing else names is an internal error
        return _internal_error()
    return int(result) if isinstance(result, int) else Status.DONE


def _unwrapped(command: Callable[[], object]) -> object:
    """Call it; up to Python 3.11 a signal in the body of a class, as in an import, is the cause of another error."""
    try:
        return command()
    except RuntimeError as error:
        if isinstance(error.__cause__, (KeyboardInterrupt, TerminatedError)):
            raise error.__cause__ from None
        raise


def _flush() -> None:
    """Let go of what cannot be written any more: it was told, and Python would end with a status of its own."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError):
            with contextlib.suppress(OSError, ValueError):
                os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def _say(message: str, status: int) -> int:
    try:
        from classlift.output.printable import printable  # noqa: PLC0415  (keeps --help light)

        lines = [printable(line) for line in message.split("\n")]
    except ImportError:  # memory is so short that no part of Python can be loaded any more
        lines = [ascii(line)[1:-1] for line in message.split("\n")]
    with contextlib.suppress(OSError, ValueError):
        print("\n".join(lines), file=sys.stderr)
    return status


def _usage_message(error: click.UsageError) -> str:
    where = error.ctx.command_path if error.ctx else "classlift"
    return f"{where}: {' '.join(error.format_message().split())}\nfix: see {where} --help"


def _closed_pipe() -> int:
    """Standard output was closed by its reader (`| head`): end quietly."""
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return Status.DONE


@contextlib.contextmanager
def pipe_may_close() -> Iterator[None]:
    """Write to standard output so that a closed pipe ends the writing, and not what was found out before."""
    try:
        yield
        sys.stdout.flush()
    except BrokenPipeError:
        _closed_pipe()


def _internal_error() -> int:
    import traceback  # noqa: PLC0415  (keeps --help light)

    if os.environ.get("CLASSLIFT_DEBUG"):
        traceback.print_exc()
    kind, value, place = sys.exc_info()
    frames = traceback.extract_tb(place)
    last = f"{frames[-1].name} (line {frames[-1].lineno})" if frames else "?"
    name = kind.__name__ if kind else "?"
    message = f"classlift: an internal error: {name} in {last}: {value}".replace("\n", " ")
    fix = "fix: report it with this command and its output; CLASSLIFT_DEBUG=1 shows the traceback."
    return _say(f"{message}\n{fix}", Status.INTERNAL_ERROR)

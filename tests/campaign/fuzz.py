"""Many mutated files, in worker processes with limits on time and memory, watched from outside."""

import contextlib
import multiprocessing
import os
import resource
import signal
import sys
import tempfile
import time
import traceback
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

SECONDS, BYTES = 5.0, 1 << 30
CHUNK = 500
GRACE = 100.0
"""Seconds that a worker may take to start; afterwards each case has its own limit."""


class TooLongError(BaseException):
    """A case that took longer than it may."""


@dataclass
class Tally:
    """What came of the cases of one reader."""

    tried: int = 0
    outcomes: Counter = field(default_factory=Counter)
    findings: dict = field(default_factory=dict)
    slowest: float = 0.0
    peak: int = 0

    def add(self, other):
        self.tried += other.tried
        self.outcomes.update(other.outcomes)
        for key, found in other.findings.items():
            self.findings.setdefault(key, found)
        self.slowest, self.peak = max(self.slowest, other.slowest), max(self.peak, other.peak)


def _alarm(number, frame):
    raise TooLongError


def _limit_memory():
    """No more than 1 GB beyond what the imported libraries have taken."""
    used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (used + BYTES, used + BYTES))


def one(reader, content, rng, folder):
    """Outcome of one case, and how long it took; anything but 'valid' and 'refused' is a finding."""
    from .readers import try_file, written_case

    path = written_case(reader, content, folder)
    start = time.perf_counter()
    ignored = []
    sys.unraisablehook = ignored.append
    signal.setitimer(signal.ITIMER_REAL, SECONDS)
    try:
        outcome = try_file(reader, path, rng)
        if ignored:
            outcome = f"an exception that only standard error shows: {ignored[0].exc_value!r}"
    except TooLongError:
        outcome = "hang"
    except MemoryError:
        outcome = "memory"
    except Exception as error:  # that is what is looked for
        outcome = describe(error)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
    return outcome, time.perf_counter() - start


def describe(error):
    """Type, place and text of an exception."""
    places = [f"{Path(frame.filename).name}:{frame.lineno}" for frame in traceback.extract_tb(error.__traceback__)]
    return f"{type(error).__name__} at {' '.join(places[-4:])}: {str(error)[:200]}"


def work(reader, first, count, folder, clock, results, nice):
    """Cases `first` … of a reader, in this process."""
    from .readers import case

    os.nice(nice)
    signal.signal(signal.SIGALRM, _alarm)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _limit_memory()
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    tally = Tally()
    for number in range(first, first + count):
        clock[0], clock[1] = time.monotonic(), number
        content, rng = case(reader, number)
        outcome, seconds = one(reader, content, rng, folder)
        _note(tally, number, outcome, seconds)
        if tally.tried % CHUNK == 0 or number == first + count - 1:
            tally.peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
            results.send(tally)
            tally = Tally()
    results.close()


def _note(tally, number, outcome, seconds):
    tally.tried += 1
    tally.slowest = max(tally.slowest, seconds)
    tally.outcomes[outcome if outcome in ("valid", "refused") else "finding"] += 1
    if outcome not in ("valid", "refused"):
        tally.findings.setdefault(outcome.split(": ")[0], (number, outcome))


def fuzz(reader, count, first=0, nice=0):
    """Try `count` cases of a reader; a worker that dies or hangs is a finding, and the next one goes on behind it."""
    total, end = Tally(), first + count
    context = multiprocessing.get_context("spawn")
    from .readers import scratch

    while first < end:
        clock = context.Array("d", [0.0, first - 1], lock=False)
        ours, theirs = context.Pipe(duplex=False)
        with tempfile.TemporaryDirectory(prefix="classlift-fuzz-", dir=scratch()) as folder:
            arguments = (reader, first, end - first, folder, clock, theirs, nice)
            worker = context.Process(target=work, args=arguments, daemon=True)
            worker.start()
            theirs.close()
            sent = _gather(ours, worker, clock, total)
            worker.join()
        if worker.exitcode == 0:
            break
        number = int(clock[1])
        died = "hang" if worker.exitcode == -signal.SIGKILL else f"worker ended with {worker.exitcode}"
        lost = Tally(max(0, number - first - sent + 1), Counter(finding=1))
        lost.findings[f"{died} {reader}"] = (number, died)
        total.add(lost)
        first = number + 1
    return total


def _gather(pipe, worker, clock, total):
    """Add up what a worker sends until it ends; kill it when a case takes too long."""
    sent, started = 0, time.monotonic()
    with contextlib.suppress(EOFError):
        while True:
            if pipe.poll(0.5):
                tally = pipe.recv()
                total.add(tally)
                sent += tally.tried
            since = time.monotonic() - (clock[0] or started + GRACE)
            if since > 2 * SECONDS:
                worker.kill()
                break
    return sent


def main():
    """`python -m campaign.fuzz READER NUMBER`: one case again, with its traceback."""
    from .readers import READERS, case, written_case

    reader, number = sys.argv[1], int(sys.argv[2])
    content, rng = case(reader, number)
    with tempfile.TemporaryDirectory() as folder:
        path = written_case(reader, content, folder)
        print(content[:2000])
        READERS[reader].read(path, rng)


if __name__ == "__main__":
    main()

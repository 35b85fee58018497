"""Commands that are killed at random moments: no half file, the old one kept, no litter, no child, the right status."""

import contextlib
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from support.process import members, started, until

OLD = b"what was there before"
PROCESSES = ("--engine", "processes", "--quiet")
COMMANDS = {
    "fit": (["fit", "val.npz", "-o", "out.npz", "--quiet"], ["out.npz"]),
    "tune": (["tune", "val.npz", "-o", "out.json", "--jobs", "1", "--quiet"], ["out.json"]),
    "apply to npz": (["apply", "layer.npz", "val.npz", "-o", "out.npz", "--quiet"], ["out.npz"]),
    "apply to csv": (["apply", "layer.npz", "val.npz", "-o", "out.csv", "--quiet"], ["out.csv"]),
    "apply to parquet": (["apply", "layer.npz", "val.npz", "-o", "out.parquet", "--quiet"], ["out.parquet"]),
    "apply to safetensors": (["apply", "layer.npz", "val.npz", "-o", "o.safetensors", "--quiet"], ["o.safetensors"]),
    "batch": (["batch", "runs/a", "--verb", "fit", "--quiet", "-o", "res"], ["res/a/layer.npz", "res/a/result.json"]),
    "batch in processes": (
        ["batch", "runs/a", "runs/b", "runs/c", "--jobs", "2", "--verb", "fit", "--quiet", "-o", "many"],
        [f"many/{run}/{name}" for run in "abc" for name in ("layer.npz", "result.json")],
    ),
    "evaluate in processes": (["evaluate", "big.npz", *PROCESSES, "--json", "out.json"], ["out.json"]),
    "fit in processes": (["fit", "big.npz", *PROCESSES, "-o", "out.npz"], ["out.npz"]),
    "apply in processes": (["apply", "layer.npz", "big.npz", *PROCESSES, "-o", "parts.npz"], ["parts.npz"]),
}
STATUS = {signal.SIGKILL: (-9,), signal.SIGINT: (130, -2), signal.SIGTERM: (143, -15)}
"""A signal before Python runs, or after it, ends the process itself; a shell shows that as 130 and 143 too."""


def start(words, folder, **more):
    """A command, as a process."""
    plain = os.environ | {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    command = [sys.executable, "-m", "classlift", *words]
    return started(command, cwd=folder, env=plain, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **more)


def prepare(folder, rows=3_000):
    """Validation predictions, a layer of them, and a folder of a run."""
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 10, rows)
    logits = rng.normal(0, 1, (rows, 10))
    logits[np.arange(rows), labels] += 1.5
    probs = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    columns = {"probs": probs.astype(np.float32), "labels": labels, "image_id": np.arange(rows).astype(str)}
    np.savez(folder / "val.npz", **columns)
    np.savez(folder / "big.npz", **{name: np.repeat(column, 30, axis=0) for name, column in columns.items()})
    for run in "abc":
        (folder / "runs" / run).mkdir(parents=True)
        shutil.copy(folder / "val.npz", folder / "runs" / run)
    ending = start(["fit", "val.npz", "-o", "layer.npz", "--quiet"], folder)
    assert ending.wait() == 0


def parts(folder):
    """Temporary files that lie about."""
    return [path.relative_to(folder).as_posix() for path in folder.rglob("*.part")]


class Killer:
    """Kills one command again and again.

    Parameters
    ----------
    name : str
        The command in COMMANDS.
    folder : Path
        Where `prepare` was.
    """

    def __init__(self, name, folder):
        self.name, self.folder = name, folder
        self.words, outs = COMMANDS[name]
        self.outs = [folder / out for out in outs]
        self.children = 0
        begin = time.monotonic()
        assert start(self.words, folder).wait() == 0
        self.seconds = time.monotonic() - begin
        self.good = [self._content(out) for out in self.outs]

    def _content(self, path):
        if path.is_dir():
            return {part.name: part.read_bytes() for part in path.iterdir()}
        content = path.read_bytes() if path.exists() else None
        return len(content) if self.name.startswith("batch") and content and path.suffix == ".json" else content

    def _put_old(self, out):
        """What was there before; nothing, where a folder is made."""
        if out.is_dir():
            shutil.rmtree(out)
        if self.name == "apply in processes":
            return None
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_bytes(OLD)
        return self._content(out)

    def kill(self, rng, number):
        """One kill; the findings."""
        old, before = [self._put_old(out) for out in self.outs], set(parts(self.folder))
        process = start(self.words, self.folder, start_new_session=True)
        if rng.random() < 0.5:
            self._wait_for_part(process, before)
            time.sleep(rng.random() * 0.02)
        else:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(rng.uniform(0.3, 1.1) * self.seconds)
        self.children += len(set(members(process.pid)) - {process.pid})
        process.send_signal(number)
        errors = process.communicate()[1].decode()
        return self._judge(process, number, errors, old, set(parts(self.folder)) - before)

    def _wait_for_part(self, process, before):
        """Until it writes, or ends."""
        while process.poll() is None and not set(parts(self.folder)) - before:
            time.sleep(0.002)

    def _judge(self, process, number, errors, old, left):
        found, status = [], process.returncode
        if status not in (*STATUS[number], 0) or "Traceback" in errors or (status and len(errors.split("\n", 2)) > 3):
            found.append(f"{self.name}: status {status} after {number.name}: {errors[-300:]!r}")
        if not until(lambda: not members(process.pid), 5):
            found.append(f"{self.name}: processes outlive {number.name}")
            os.killpg(process.pid, signal.SIGKILL)
        for out, good, before in zip(self.outs, self.good, old, strict=True):
            if self._content(out) not in (before, good):
                found.append(f"{self.name}: {out.name} is neither the old file nor the new one")
        if number is not signal.SIGKILL and left:
            found.append(f"{self.name}: {sorted(left)} left after {number.name}")
        return found

    def finish(self):
        """Run it to its end: the file is whole and no litter is left."""
        for out in self.outs:
            self._put_old(out)
        assert start(self.words, self.folder).wait() == 0
        left = [f"{self.name}: {name} left after the next run" for name in parts(self.folder)]
        right = [self._content(out) for out in self.outs] == self.good
        return left + ([] if right else [f"{self.name}: other bytes after the kills"])


def kill_many(count, seed=0):
    """Kills spread over all commands; the number done, the children that ran then, and the findings."""
    rng, findings, done, children = random.Random(seed), [], 0, 0
    each = -(-count // len(COMMANDS))
    with tempfile.TemporaryDirectory(prefix="classlift-kills-") as name:
        folder = Path(name)
        prepare(folder)
        for command in COMMANDS if each else ():
            killer = Killer(command, folder)
            for i in range(each):
                number = signal.SIGKILL if i % 5 else rng.choice((signal.SIGINT, signal.SIGTERM))
                findings += killer.kill(rng, number)
                done += 1
            findings += killer.finish()
            children += killer.children
    return done, children, findings

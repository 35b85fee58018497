"""Disks that are full, folders that cannot be written, inputs that change, pipes that close, two writers at once."""

import contextlib
import json
import os
import random
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from classlift.storage import open_writer
from support.process import started

from .kills import OLD, kill_many, parts, prepare, start

WRITES = {
    "fit": ["fit", "val.npz", "--quiet", "-o", "{}.npz"],
    "fit json": ["fit", "val.npz", "--quiet", "-o", "{}.json"],
    **{
        f"apply {suffix}": ["apply", "layer.npz", "val.npz", "--quiet", "-o", f"{{}}.{suffix}"]
        for suffix in ("npz", "csv", "csv.gz", "parquet", "safetensors")
    },
    "result": ["evaluate", "val.npz", "--quiet", "--json", "{}.json"],
}


def ended(words, folder, **more):
    """Status and standard error of a command that ran to its end."""
    process = start(words, folder, **more)
    errors = process.communicate()[1].decode()
    return process.returncode, errors


def refused(name, ending, out, folder):
    """ReportData where a write should have been refused and the old file kept."""
    status, errors = ending
    lines = errors.strip().split("\n")
    found = (
        [] if status == 2 and len(lines) == 2 and lines[1].startswith("fix: ") else [f"{name}: {status}, {lines[:3]}"]
    )
    if out is not None and out.read_bytes() != OLD:
        found.append(f"{name}: the old file was lost")
    return found + ([f"{name}: {parts(folder)} left"] if parts(folder) else [])


def fill(path):
    """Write until the disk is full."""
    with contextlib.suppress(OSError), path.open("wb", buffering=0) as file:
        while True:
            file.write(bytes(512))


def full_disk(folder):
    """Each output onto a disk without room, in a process whose mounts nobody else has: none outlives it."""
    alone = ["unshare", "--mount"] if may_unshare() else []
    command = [*alone, sys.executable, "-m", "campaign.faults", folder, *(["mount"] if alone else [])]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    with started(command, env=environment, stdout=subprocess.PIPE, text=True) as process:
        return json.loads(process.stdout.read())


def may_unshare():
    """Whether a process may have mounts of its own here."""
    if shutil.which("unshare") is None:
        return False
    trial = ["unshare", "--mount", "mount", "-t", "tmpfs", "tmpfs", tempfile.gettempdir()]
    return subprocess.run(trial, check=False, capture_output=True).returncode == 0


def write_to_full_disk(folder, *, mount):
    """Every kind of output onto a full disk (a small tmpfs, or else a limit of the file size), then a read-only one."""
    disk = folder / "disk"
    disk.mkdir()
    if mount:
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", disk], check=True)
    for name, template in WRITES.items():
        words = [word.format("disk/out") for word in template]
        out = folder / words[-1]
        out.write_bytes(OLD)
        if mount:
            fill(disk / "filler")
        limit = None if mount else lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))
        yield f"full disk, {name}", refused(f"full disk, {name}", ended(words, folder, preexec_fn=limit), out, folder)
        out.unlink()
    if mount:
        subprocess.run(["mount", "-o", "remount,ro", disk], check=True)
        for name, template in WRITES.items():
            words = [word.format("disk/out") for word in template]
            yield f"read-only, {name}", refused(f"read-only, {name}", ended(words, folder), None, folder)


def own_input(folder):
    """The output is the input: refused, and nothing is lost."""
    for suffix in ("npz", "csv", "parquet", "safetensors"):
        with (
            np.load(folder / "val.npz") as val,
            open_writer(folder / f"a.{suffix}", classes=None, n_classes=10) as out,
        ):
            out.write({"probs": val["probs"], "labels": val["labels"]})
        before = (folder / f"a.{suffix}").read_bytes()
        status, errors = ended(["apply", "layer.npz", f"a.{suffix}", "--quiet", "-o", f"a.{suffix}"], folder)
        same = (folder / f"a.{suffix}").read_bytes() == before
        yield f"own input, {suffix}", [] if status == 2 and same else [f"own input, {suffix}: {status} {errors!r}"]


def changing_input(folder, rng, count):
    """The input is cut, or its bytes change, while it is read: the whole new file, or status 2 and the old one."""
    good = (folder / "val.npz").read_bytes()
    for i in range(count):
        source, out = folder / "changing.npz", folder / "out.npz"
        source.write_bytes(good)
        out.write_bytes(OLD)
        process = start(["apply", "layer.npz", "changing.npz", "--quiet", "-o", "out.npz"], folder)
        time.sleep(rng.uniform(0.2, 1.5))
        with source.open("r+b") as file:
            if i % 2:
                file.truncate(rng.randrange(len(good)))
            else:
                file.seek(rng.randrange(len(good) - 100))
                file.write(rng.randbytes(100))
        errors = process.communicate()[1].decode()
        name = f"changing input {i}"
        if process.returncode == 0:
            yield name, [f"{name}: status 0 and the old file"] if out.read_bytes() == OLD else []
        else:
            yield name, refused(name, (process.returncode, errors), out, folder)


def closed_pipes(folder, count):
    """Whoever reads standard output stops: the command ends quietly."""
    for i in range(count):
        words = ["evaluate", "val.npz", "--format", ("json", "table", "csv", "markdown")[i % 4]]
        process = start(words, folder)
        if i % 2:
            process.stdout.read(1)
        process.stdout.close()
        errors = process.stderr.read().decode()
        status = process.wait()
        yield f"closed pipe {i}", [] if (status, errors) == (0, "") else [f"closed pipe: {status} {errors[-300:]!r}"]


WRITERS = {
    "layer": ("fit val.npz --quiet --effect none -o {}.npz --beta 0", "--beta 1"),
    "predictions": ("apply layer.npz val.npz --quiet -o {}.csv --output probs", "--output labels"),
    "json": ("evaluate val.npz --quiet --resamples 20 --json {}.json --seed 0", "--seed 1"),
    "csv": ("evaluate val.npz --layer layer.npz --quiet --resamples 20 --csv {}.csv --seed 0", "--seed 1"),
    "page": ("report val.npz val.npz --layer layer.npz --quiet --no-sweeps -o {}.html --low-fraction 0.2", "0.5"),
    "sums": ("partials val.npz --quiet -o {}.npz", ""),
    "module": ("export layer.npz --quiet --to onnx -o {}.onnx", ""),
}
"""Lines, and what a second one ends with; a warning of a fit that harms is no fault."""


def two_writers(folder, count):
    """Two processes write one file at the same time: it is the whole file of one of them."""
    whole = {}
    for i in range(count):
        kind = list(WRITERS)[i % len(WRITERS)]
        line, other = WRITERS[kind]
        lines = [line, " ".join([*line.split()[: -len(other.split()) or None], other])]
        out = folder / next(word for word in line.split() if "{}" in word).format("both")
        if kind not in whole:
            whole[kind] = []
            for words in lines:
                assert ended(words.format("both").split(), folder)[0] == 0, words
                whole[kind].append(out.read_bytes())
        both = [start(words.format("both").split(), folder) for words in lines]
        bad = [text for text, status in [(p.communicate()[1], p.wait()) for p in both] if status]
        if out.read_bytes() not in whole[kind] or parts(folder):
            bad.append(b"not the file of one of them, or litter")
        yield f"two writers {i}", [f"two writers of {kind}: {text!r}" for text in bad]


def run_all(kills, others, seed):
    """Kills, children that ran then, other faults and findings of a campaign of this size."""
    rng = random.Random(seed)
    with tempfile.TemporaryDirectory(prefix="classlift-faults-") as name:
        folder = Path(name)
        prepare(folder)
        every = [
            *full_disk(folder),
            *own_input(folder),
            *changing_input(folder, rng, others),
            *closed_pipes(folder, others),
            *two_writers(folder, others // 2),
        ]
    done, children, findings = kill_many(kills, seed)
    return done, children, len(every), findings + [finding for _, found in every for finding in found]


if __name__ == "__main__":
    print(json.dumps(list(write_to_full_disk(Path(sys.argv[1]), mount="mount" in sys.argv[2:]))))

"""Throughput of two worker processes against one, each with a single thread, and of one process without dask.

    python tests/bench/cluster.py [--rows 200000] [--classes 500] [--rounds 3] [--json FILE]

Whole commands against clusters that run already. They take turns, so that a busy machine slows all of them; the
median, least and largest ratio within a round are shown. Start-up of the command is in every figure, that of clusters
in none.
"""

import argparse
import contextlib
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

CLASSLIFT = [sys.executable, "-m", "classlift"]
ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
CHUNK = 4096


def make(path, rows, classes):
    """Save random predictions, block by block."""
    rng = np.random.default_rng(0)
    labels = rng.integers(0, classes, rows)
    probs = np.lib.format.open_memmap(path / "probs.npy", "w+", np.float32, (rows, classes))
    for start in range(0, rows, CHUNK):
        part = labels[start : start + CHUNK]
        scores = rng.normal(size=(len(part), classes)).astype(np.float32)
        scores[np.arange(len(part)), part] += 3.5
        np.exp(scores, out=scores)
        probs[start : start + CHUNK] = scores / scores.sum(axis=1, keepdims=True)
    np.savez(path / "val.npz", probs=probs, labels=labels)
    (path / "probs.npy").unlink()


@contextlib.contextmanager
def cluster(folder, n_workers):
    """A scheduler and so many workers of one thread; gives the address."""
    where = folder / f"scheduler-{n_workers}.json"
    words = ["--scheduler-file", str(where), "--no-dashboard"]
    one, silent = ["--nthreads", "1", "--local-directory", str(folder)], {"stderr": subprocess.DEVNULL}

    def start(module, *more):
        command = [sys.executable, "-m", f"distributed.cli.dask_{module}", *words, *more]
        return subprocess.Popen(command, env=os.environ | ONE_THREAD, stdout=subprocess.DEVNULL, **silent)

    processes = [start("scheduler", "--port", "0")]
    try:
        processes += [start("worker", *one) for _ in range(n_workers)]
        while not where.exists():
            time.sleep(0.1)
        address = json.loads(where.read_text())["address"]
        import distributed

        with distributed.Client(address) as client:
            client.wait_for_workers(n_workers, timeout=120)
        yield address
    finally:
        for process in reversed(processes):
            process.terminate()
            process.wait()


def timed(words, folder):
    """Seconds of a command, alone with one thread."""
    start = time.perf_counter()
    subprocess.run([*CLASSLIFT, *words], cwd=folder, check=True, env=os.environ | ONE_THREAD)
    return time.perf_counter() - start


def verbs(where):
    """The commands, as words; `where` adds the engine."""
    return {
        "fit --effect none": ["fit", "val.npz", "-o", "l.npz", "-q", "--effect", "none", *where],
        "fit (out-of-fold)": ["fit", "val.npz", "-o", "l.npz", "-q", *where],
        "evaluate --layer": ["evaluate", "val.npz", "--layer", "layer.npz", "-q", *where],
        "apply": ["apply", "layer.npz", "val.npz", "-o", "out.npz", "-q", *where],
    }


def clear(folder):
    """Remove what apply wrote."""
    subprocess.run(["rm", "-rf", str(folder / "out.npz")], check=True)


def measure(folder, rounds):
    """Let one process, one worker and two workers take turns."""
    timed(["fit", "val.npz", "-o", "layer.npz", "-q", "--effect", "none"], folder)
    with cluster(folder, 1) as one, cluster(folder, 2) as two:
        places = {
            "here": [],
            "one": ["--engine", "dask", "--scheduler", one],
            "two": ["--engine", "dask", "--scheduler", two],
        }
        rows = []
        for verb in verbs([]):
            seconds = {place: [] for place in places}
            for number in range(rounds + 1):
                for place, where in places.items():
                    clear(folder)
                    taken = timed(verbs(where)[verb], folder)
                    if number:  # the first warms the caches up
                        seconds[place].append(taken)
            rows.append(row(verb, seconds))
            show(rows[-1])
        return rows


def row(verb, seconds):
    """Medians, and the ratios within each round."""
    ratios = [one / two for one, two in zip(seconds["one"], seconds["two"], strict=True)]
    against_here = [here / two for here, two in zip(seconds["here"], seconds["two"], strict=True)]
    medians = {place: statistics.median(taken) for place, taken in seconds.items()}
    return {"verb": verb, **medians, "ratios": ratios, "against_here": against_here}


def show(found):
    """Print one line of the Markdown table."""
    cells = [found["verb"], *(f"{found[place]:.1f} s" for place in ("here", "one", "two"))]
    for ratios in (found["ratios"], found["against_here"]):
        cells.append(f"{statistics.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})")
    print(f"| {' | '.join(cells)} |", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=200_000)
    parser.add_argument("--classes", type=int, default=500)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    load = os.getloadavg()[0]
    print(f"{os.cpu_count()} cores (load {load:.1f} before), {options.rows:,} x {options.classes:,} float32, npz\n")
    print("| what | one process | one worker | two workers | two to one worker | two workers to one process |")
    print("|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as d:
        make(Path(d), options.rows, options.classes)
        rows = measure(Path(d), options.rounds)
    if options.json:
        options.json.write_text(json.dumps(rows, indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())

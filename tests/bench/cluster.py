"""Throughput of two worker processes against one, each with a single thread, and of one process without dask.

    python tests/bench/cluster.py [--rows 200000] [--classes 500] [--rounds 3] [--json FILE]

The verbs of `classlift.scale` on clusters that run already, and of `classlift` in this process with one thread. They
take turns, so that a busy machine slows all of them; the median, least and largest ratio within a round are shown.
The start of commands and clusters is in no figure.
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

ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
os.environ.update(ONE_THREAD)  # before numpy looks

import numpy as np  # noqa: E402

import classlift  # noqa: E402

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


def timed(call):
    """Seconds of a call."""
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def verbs(folder, layer, address):
    """The calls: on the cluster of an address, or in this process."""
    val, out = folder / "val.npz", folder / "out.npz"
    if address is None:
        return {
            "fit --effect none": lambda: classlift.fit(val, effect="none"),
            "fit (out-of-fold)": lambda: classlift.fit(val),
            "evaluate --layer": lambda: classlift.evaluate(val, layer=layer),
            "apply": lambda: classlift.apply(layer, val, out),
        }
    where = {"engine": "dask", "scheduler": address}
    return {
        "fit --effect none": lambda: classlift.fit(val, effect="none", **where),
        "fit (out-of-fold)": lambda: classlift.fit(val, **where),
        "evaluate --layer": lambda: classlift.evaluate(val, layer=layer, **where),
        "apply": lambda: classlift.apply(layer, val, out, **where),
    }


def clear(folder):
    """Remove what apply wrote."""
    subprocess.run(["rm", "-rf", str(folder / "out.npz")], check=True)


def measure(folder, rounds):
    """Let this process, one worker and two workers take turns."""
    layer = classlift.fit(folder / "val.npz", effect="none").layer
    with cluster(folder, 1) as one, cluster(folder, 2) as two:
        places = {name: verbs(folder, layer, at) for name, at in (("here", None), ("one", one), ("two", two))}
        rows = []
        for verb in places["here"]:
            seconds = {place: [] for place in places}
            for number in range(rounds + 1):
                for place, calls in places.items():
                    clear(folder)
                    taken = timed(calls[verb])
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

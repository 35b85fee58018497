"""Seconds of each verb on clusters of one, two and four workers of one thread, and in one process without dask.

    python tests/bench/cluster.py [--rows 1000000] [--classes 100] [--files 20] [--rounds 2] [--only VERB ...]

The verbs run on clusters that are there already, on parquet files in a folder, and in this process with one thread.
They take turns, so that a busy machine slows all of them; medians are shown, and the least and largest ratio within a
round. The start of commands and clusters is in no figure. Memory is the peak of the largest worker since it started.
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
import pyarrow as pa  # noqa: E402
import pyarrow.parquet as pq  # noqa: E402

import classlift  # noqa: E402

WORKERS = (1, 2, 4)


def make(folder, rows, classes, files):
    """Save random predictions in parquet files."""
    rng = np.random.default_rng(0)
    folder.mkdir()
    for part in range(files):
        labels = rng.integers(0, classes, rows // files)
        scores = rng.normal(size=(len(labels), classes)).astype(np.float32)
        scores[np.arange(len(labels)), labels] += 3.5
        np.exp(scores, out=scores)
        scores /= scores.sum(axis=1, keepdims=True)
        column = pa.FixedSizeListArray.from_arrays(pa.array(scores.ravel()), classes)
        pq.write_table(pa.table({"probs": column, "label": labels}), folder / f"{part:03d}.parquet", compression="none")


@contextlib.contextmanager
def cluster(folder, n_workers):
    """A scheduler and so many workers of one thread; gives the address, and the workers' process ids."""
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
            pids = list(client.run(os.getpid).values())
        yield address, pids
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
    val, out = folder / "val", folder / "out.parquet"
    where = {} if address is None else {"engine": "dask", "scheduler": address}
    if address is None:
        out.mkdir(exist_ok=True)
        out /= "one.parquet"
    return {
        "fit --effect none": lambda: classlift.fit(val, effect="none", **where),
        "fit (out-of-fold)": lambda: classlift.fit(val, **where),
        "fit --method cvar --effect none": lambda: classlift.fit(val, method="cvar", effect="none", **where),
        "tune": lambda: classlift.tune(val, **where),
        "evaluate --layer": lambda: classlift.evaluate(val, layer=layer, **where),
        "evaluate --against": lambda: classlift.evaluate(val, against=val, **where),
        "apply": lambda: classlift.apply(layer, val, out, **where),
    }


def peak_mb(pids):
    """Largest peak of these processes."""
    lines = [Path(f"/proc/{pid}/status").read_text().split("VmHWM:")[1] for pid in pids]
    return max(int(line.split()[0]) for line in lines) / 1024


def measure(folder, rounds, only):
    """Let this process and the clusters take turns; of several rounds one more goes before, to warm the caches up."""
    layer = classlift.fit(folder / "val", effect="none").layer
    with contextlib.ExitStack() as stack:
        clusters = {n: stack.enter_context(cluster(folder, n)) for n in WORKERS}
        places = {"here": None} | {n: address for n, (address, _) in clusters.items()}
        rows = []
        for verb in verbs(folder, layer, None):
            if only and verb not in only:
                continue
            seconds = {place: [] for place in places}
            for number in range(-1 if rounds > 1 else 0, rounds):
                for place, address in places.items():
                    subprocess.run(["rm", "-rf", str(folder / "out.parquet")], check=True)
                    taken = timed(verbs(folder, layer, address)[verb])
                    if number >= 0:
                        seconds[place].append(taken)
            peaks = {n: peak_mb(pids) for n, (_, pids) in clusters.items()}
            rows.append({"verb": verb, "seconds": seconds, "peak_mb": peaks, "load": os.getloadavg()[0]})
            show(rows[-1])
        return rows


def show(found):
    """Print one line of the Markdown table."""
    seconds = found["seconds"]
    cells = [found["verb"], *(f"{statistics.median(taken):.1f} s" for taken in seconds.values())]
    ratios = [one / two for one, two in zip(seconds[1], seconds[2], strict=True)]
    cells.append(f"{statistics.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})")
    cells.append(f"{max(found['peak_mb'].values()):.0f} MB")
    print(f"| {' | '.join(cells)} | {found['load']:.1f} |", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--classes", type=int, default=100)
    parser.add_argument("--files", type=int, default=20)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--only", nargs="*", help="verbs, as the table names them")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    print(f"{os.cpu_count()} cores, {options.rows:,} x {options.classes:,} float32, {options.files} parquet files\n")
    print("| what | one process | 1 worker | 2 workers | 4 workers | two to one | peak of a worker | load |")
    print("|---|---|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as d:
        make(Path(d) / "val", options.rows, options.classes, options.files)
        rows = measure(Path(d), options.rounds, options.only)
    if options.json:
        options.json.write_text(json.dumps(rows, indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""Speed and memory of whole commands, each as a ratio to a bare program that does only the unavoidable work.

    python tests/bench/speed.py [--rows 50000] [--classes 1000] [--rounds 7] [--only TEXT] [--json FILE]

Needs the folder `shared` beside the checkout (or CLASSLIFT_SHARED) for its floors and its maker of big files. Floors
and commands take turns, so that a busy machine slows both; the median, least and largest ratio are shown,
that of the processor time of all threads, and the load of the last minute. Modules are compiled before, as those of
an installed package are.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

SHARED = Path(os.environ.get("CLASSLIFT_SHARED", Path(__file__).resolve().parents[3] / "shared"))
FLOOR = [sys.executable, str(SHARED / "bench" / "floor.py")]
CLASSLIFT = [sys.executable, "-m", "classlift"]
PYTHON = [sys.executable, "-c"]
JSON_LINES = "import sys, pyarrow.json as j; print(sum(b.num_rows for b in j.open_json(sys.argv[1])))"
INFLATE = (
    "import sys, zipfile\nfor i in (z := zipfile.ZipFile(sys.argv[1])).infolist():\n"
    "    f = z.open(i)\n    while f.read(1 << 22): pass"
)
DEFLATE = (
    "import sys, zlib\nc = zlib.compressobj(6)\nwith open(sys.argv[1], 'rb') as f, open(sys.argv[2], 'wb') as g:\n"
    "    while p := f.read(1 << 20): g.write(c.compress(p))\n    g.write(c.flush())"
)
PACK = "import sys, numpy as n\nwith n.load(sys.argv[1]) as f: n.savez_compressed(sys.argv[2], **f)"
AS_LINES = (
    "import sys, json, numpy as n\nwith n.load(sys.argv[1]) as f, open(sys.argv[2], 'w') as g:\n"
    "    for p, y in zip(f['probs'].tolist(), f['labels'].tolist()):\n"
    "        print(json.dumps({'probs': p, 'label': y}), file=g)"
)
CSV_COPY = "import sys, pyarrow.csv as c; c.write_csv(c.read_csv(sys.argv[1]), sys.argv[2])"


def cases(d):
    """What is measured: name, goal, floor, command."""
    fit, out = ["fit", "--quiet", "-o", f"{d}/l.npz"], f"{d}/out.parquet"
    fit_npz, fit_csv = [*FLOOR, "fit", f"{d}/big.npz"], [*FLOOR, "csv", f"{d}/big.csv"]
    light = [*PYTHON, "import numpy, click, rich.table"]
    tune, copy = ["tune", "--quiet", "-o", f"{d}/t.npz"], f"{d}/copy.csv"
    return [
        ("fit --effect in-sample, npz", 1.3, fit_npz, [*fit, f"{d}/big.npz", "--effect", "in-sample"]),
        (
            "fit --effect in-sample, parquet",
            1.3,
            [*FLOOR, "fit", f"{d}/big.parquet"],
            [*fit, f"{d}/big.parquet", "--effect", "in-sample"],
        ),
        ("fit (out-of-fold), npz", 2.5, fit_npz, [*fit, f"{d}/big.npz"]),
        (
            "apply parquet to parquet",
            1.3,
            [*FLOOR, "apply", f"{d}/big.parquet", out],
            ["apply", f"{d}/layer.npz", f"{d}/big.parquet", "-o", out, "--quiet"],
        ),
        ("evaluate npz", 1.3, [*FLOOR, "evaluate", f"{d}/big.npz"], ["evaluate", f"{d}/big.npz"]),
        ("fit --effect in-sample, csv", 1.3, fit_csv, [*fit, f"{d}/big.csv", "--effect", "in-sample"]),
        ("evaluate csv", 1.3, fit_csv, ["evaluate", f"{d}/big.csv"]),
        (
            "fit --effect in-sample, csv 1,000,000 x 10",
            1.3,
            [*FLOOR, "csv", f"{d}/long.csv"],
            [*fit, f"{d}/long.csv", "--effect", "in-sample"],
        ),
        ("evaluate csv 1,000,000 x 10", 1.3, [*FLOOR, "csv", f"{d}/long.csv"], ["evaluate", f"{d}/long.csv"]),
        ("evaluate jsonl", 1.5, [*PYTHON, JSON_LINES, f"{d}/big.jsonl"], ["evaluate", f"{d}/big.jsonl"]),
        (
            "apply 1,000,000 x 10, csv to csv",
            1.3,
            [*PYTHON, CSV_COPY, f"{d}/long.csv", copy],
            ["apply", f"{d}/narrow.npz", f"{d}/long.csv", "-o", copy, "--quiet"],
        ),
        (
            "apply 200,000 x 10 to csv.gz",
            1.3,
            [*PYTHON, DEFLATE, f"{d}/packed.csv", f"{d}/bare.gz"],
            ["apply", f"{d}/narrow.npz", f"{d}/packed.npz", "-o", f"{d}/packed.csv.gz", "--quiet"],
        ),
        (
            "evaluate compressed npz, 50,000 x 1,000",
            1.3,
            [*PYTHON, INFLATE, f"{d}/packed-big.npz"],
            ["evaluate", f"{d}/packed-big.npz"],
        ),
        ("--help", 1.2, [*PYTHON, "import click"], ["--help"]),
        ("tune --help", 1.2, [*PYTHON, "import click"], ["tune", "--help"]),
        ("--version", 1.2, [*PYTHON, "import click"], ["--version"]),
        ("evaluate 10,000 x 10, npz", 1.5, light, ["evaluate", f"{d}/small.npz"]),
        ("tune 10,000 x 10", 8, light, [*tune, f"{d}/small.npz"]),
        ("tune 10,000 x 100", 8, [*FLOOR, "fit", f"{d}/middle.npz"], [*tune, f"{d}/middle.npz"]),
        ("tune, npz", 12, fit_npz, [*tune, f"{d}/big.npz"]),
        (
            "fit --effect none, 20,000 x 4,000",
            1.5,
            [*FLOOR, "fit", f"{d}/wide.npz"],
            [*fit, f"{d}/wide.npz", "--effect", "none"],
        ),
    ]


class Run(NamedTuple):
    """What a process took."""

    seconds: float
    cpu_seconds: float
    peak_mb: float


def timed(words):
    """Run a process."""
    start = time.perf_counter()
    process = subprocess.Popen(words, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        raise SystemExit(f"{' '.join(words)} ended with status {os.waitstatus_to_exitcode(status)}")
    return Run(time.perf_counter() - start, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


def compiled(d):
    """Let all processes keep the compiled modules of a checkout in a folder."""
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    os.environ["PYTHONPYCACHEPREFIX"] = f"{d}/compiled"


def make(d, rows, classes):
    """Make the inputs, and a layer for them."""
    maker = [sys.executable, str(SHARED / "bench" / "make_big.py")]
    sizes = {
        "big.npz": (rows, classes),
        "big.parquet": (rows, classes),
        "big.csv": (rows, max(2, classes // 10)),
        "small.npz": (10_000, 10),
        "middle.npz": (10_000, 100),
        "wide.npz": (20_000, 4_000),
        "long.csv": (1_000_000, 10),
        "packed.npz": (200_000, 10),
    }
    for name, (n, k) in sizes.items():
        subprocess.run([*maker, f"{d}/{name}", "--rows", str(n), "--classes", str(k)], check=True)
    fit = [*CLASSLIFT, "fit", "--quiet", "--effect", "none"]
    timed([*fit, f"{d}/big.npz", "-o", f"{d}/layer.npz"])
    timed([*fit, f"{d}/small.npz", "-o", f"{d}/narrow.npz"])
    timed([*CLASSLIFT, "apply", f"{d}/narrow.npz", f"{d}/packed.npz", "-o", f"{d}/packed.csv", "--quiet"])
    timed([*PYTHON, PACK, f"{d}/big.npz", f"{d}/packed-big.npz"])
    timed([*PYTHON, AS_LINES, f"{d}/middle.npz", f"{d}/big.jsonl"])


def measure(d, rounds, only):
    """Run floors and commands in turn."""
    rows = []
    for name, goal, floor, words in cases(d):
        if only not in name:
            continue
        command = [*CLASSLIFT, *words]
        timed(floor), timed(command)
        pairs = [(timed(floor), timed(command)) for _ in range(rounds)]
        ratios = [mine.seconds / bare.seconds for bare, mine in pairs]
        rows.append(
            {
                "case": name,
                "goal": goal,
                "median": statistics.median(ratios),
                "min": min(ratios),
                "max": max(ratios),
                "cpu": statistics.median(mine.cpu_seconds / bare.cpu_seconds for bare, mine in pairs),
                "seconds": statistics.median(mine.seconds for _, mine in pairs),
                "floor_seconds": statistics.median(bare.seconds for bare, _ in pairs),
                "peak_mb": max(mine.peak_mb for _, mine in pairs),
                "load": os.getloadavg()[0],
            }
        )
        show(rows[-1])
    return rows


def show(row):
    """Print one line of the Markdown table."""
    met = "yes" if row["median"] <= row["goal"] else "no"
    print(
        f"| {row['case']} | {row['floor_seconds']:.2f} s | {row['seconds']:.2f} s | {row['median']:.2f} "
        f"({row['min']:.2f} to {row['max']:.2f}) | {row['cpu']:.2f} | {row['goal']} | {met} | {row['peak_mb']:.0f} MB "
        f"| {row['load']:.1f} |",
        flush=True,
    )


def processor():
    """Name of the processor, where the system tells it."""
    cpus = Path("/proc/cpuinfo")
    lines = cpus.read_text().splitlines() if cpus.is_file() else []
    return next((line.partition(": ")[2] for line in lines if line.startswith("model name")), "an unknown processor")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=50_000)
    parser.add_argument("--classes", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--only", default="", help="measure the cases whose names hold this")
    parser.add_argument("--json", type=Path)
    parser.add_argument("--limit", type=float, help="fail where a median ratio is above this many times its goal")
    options = parser.parse_args()
    if not (SHARED / "bench" / "floor.py").is_file():
        print(f"skipped: {SHARED / 'bench' / 'floor.py'} is missing")
        return 0
    print(
        f"{os.cpu_count()} cores of {processor()}, {options.rows:,} x {options.classes:,} float32, "
        f"{options.rounds} rounds\n"
    )
    print("| what | floor | classlift | ratio, median (min to max) | of CPU | goal | met | peak memory | load |")
    print("|---|---|---|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as d:
        compiled(d)
        make(d, options.rows, options.classes)
        rows = measure(d, options.rounds, options.only)
    if options.json:
        options.json.write_text(json.dumps(rows, indent=1))
    slow = [row["case"] for row in rows if options.limit and row["median"] > options.limit * row["goal"]]
    print(f"\nslower than {options.limit} x the goal: {', '.join(slow)}" if slow else "")
    return 1 if slow else 0


if __name__ == "__main__":
    sys.exit(main())

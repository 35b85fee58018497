"""Cost of fit, apply and evaluate as a function of rows and classes: seconds and peak memory of whole processes.

    python tests/bench/scale.py [--sizes 10000x10 1000000x1000 ...] [--formats npz parquet] [--folder DIR]

Needs the folder `shared` beside the checkout (or CLASSLIFT_SHARED) for its maker of big files. Each file is made,
used and removed before the next one; `fit` finds out the in-sample effect, `apply` writes parquet.
"""

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

from speed import CLASSLIFT, SHARED, timed

SIZES = (
    *("10000x10", "100000x10", "1000000x10", "10000000x10", "10000x100", "100000x100", "1000000x100"),
    *("10000x1000", "100000x1000", "1000000x1000", "10000x4000"),
)


def commands(file, d):
    """What is timed, by name."""
    return {
        "fit": [*CLASSLIFT, "fit", file, "-o", f"{d}/layer.npz", "--effect", "in-sample", "--quiet"],
        "apply": [*CLASSLIFT, "apply", f"{d}/layer.npz", file, "-o", f"{d}/out.parquet", "--quiet"],
        "evaluate": [*CLASSLIFT, "evaluate", file, "--layer", f"{d}/layer.npz", "--quiet"],
    }


def measure(size, suffix, d):
    """One line of the table."""
    rows, classes = size.split("x")
    file = f"{d}/big.{suffix}"
    maker = [sys.executable, str(SHARED / "bench" / "make_big.py"), file, "--rows", rows, "--classes", classes]
    subprocess.run(maker, check=True, stdout=subprocess.DEVNULL)
    cells = []
    for words in commands(file, d).values():
        run = timed(words)
        cells.append(f"{run.seconds:.1f} s, {run.peak_mb:.0f} MB")
    for path in Path(d).iterdir():
        path.unlink()
    return f"| {int(rows):,} x {int(classes):,} | {suffix} | " + " | ".join(cells) + " |"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", nargs="*", default=SIZES)
    parser.add_argument("--formats", nargs="*", default=["npz"])
    parser.add_argument("--folder", type=Path, help="where the files are made")
    options = parser.parse_args()
    print("| rows x classes | format | fit | apply | evaluate |\n|---|---|---|---|---|", flush=True)
    with tempfile.TemporaryDirectory(dir=options.folder) as d:
        for size in options.sizes:
            for suffix in options.formats:
                print(measure(size, suffix, d), flush=True)


if __name__ == "__main__":
    sys.exit(main())

"""How often the gate `low20 >= X` passes falsely with a confidence of 0.95, by simulation with known recalls.

    python tests/bench/false_passes.py [--files 400]

Ten classes of equally many rows. X is the true low-20 % accuracy, so that at most 5 % of the files should pass. `one
bound` is the bound that draws low classes towards the others, `both` the lower of it and of draws of each class on its
own, which gates ask.
"""

import argparse

import numpy as np

from classlift.data.counts import ClassCounts
from classlift.evaluation import Evaluation, Resampling

CELLS = {
    "spread": np.linspace(0.6, 0.95, 10),
    "equal": np.full(10, 0.8),
    "nearly equal": np.linspace(0.75, 0.85, 10),
    "two low": np.r_[0.5, 0.5, np.full(8, 0.9)],
    "one low": np.r_[0.3, np.full(9, 0.85)],
    "nearly all right": np.r_[0.9, 0.92, np.full(8, 0.98)],
}


def passes(recalls, n_rows, files):
    """Share of simulated files that pass by either bound, in per cent."""
    truth, found = np.sort(recalls)[:2].mean(), []
    for seed in range(files):
        right = np.random.default_rng(seed).binomial(n_rows, recalls)
        counts = ClassCounts(np.full(10, n_rows), right, np.full(10, n_rows))
        result = Evaluation("", counts, tuple("abcdefghij"), resampling=Resampling(1000, seed))
        found.append([result.interval("low20", 0.9).low > truth, result.bounds("low20", 0.95).low > truth])
    return 100 * np.mean(found, axis=0)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--files", type=int, default=400)
    files = parser.parse_args().files
    print("| classes | rows of each | one bound | both |\n|---|---|---|---|")
    for name, recalls in CELLS.items():
        for n_rows in (30, 100, 300):
            one, both = passes(recalls, n_rows, files)
            print(f"| {name} | {n_rows} | {one:.1f} % | {both:.1f} % |", flush=True)


if __name__ == "__main__":
    main()

"""How often gates on the lowest classes pass falsely with a confidence of 0.95, by simulation with known recalls.

    python tests/bench/false_passes.py [--files 400]

Ten classes of equally many rows. The first table is about `low20 >= X`, X the true low-20 % accuracy, so that at most
5 % of the files should pass. `one bound` is the bound that draws low classes towards the others, `both` the lower of
it and of draws of each class on its own, which gates ask.

The second is about `low20.change >= X`. Classes of equal recall, 80 %, are moved at random: each by a normal draw of
some points, while some rows are fixed and as many broken besides. The true low20 falls. `truth` counts the files that
pass where X is the true change, `zero` those where X is 0.
"""

import argparse

import numpy as np

from classlift.data.counts import ClassCounts, PairedCounts
from classlift.evaluation.comparison import Comparison
from classlift.evaluation.options import Resampling
from classlift.evaluation.result import Evaluation

CELLS = {
    "spread": np.linspace(0.6, 0.95, 10),
    "equal": np.full(10, 0.8),
    "nearly equal": np.linspace(0.75, 0.85, 10),
    "two low": np.r_[0.5, 0.5, np.full(8, 0.9)],
    "one low": np.r_[0.3, np.full(9, 0.85)],
    "nearly all right": np.r_[0.9, 0.92, np.full(8, 0.98)],
}
NAMES = tuple("abcdefghij")
RECALL = 0.8


def low(recalls):
    """Mean of the two lowest."""
    return np.sort(recalls)[:2].mean()


def passes(recalls, n_rows, files):
    """Share of simulated files that pass by either bound, in per cent."""
    truth, found = low(recalls), []
    for seed in range(files):
        right = np.random.default_rng(seed).binomial(n_rows, recalls)
        counts = ClassCounts(np.full(10, n_rows), right, np.full(10, n_rows))
        result = Evaluation("", counts, NAMES, resampling=Resampling(1000, seed))
        found.append([result.interval("low20", 0.9).low > truth, result.bounds("low20", 0.95).low > truth])
    return 100 * np.mean(found, axis=0)


def change_passes(move, churn, n_rows, files):
    """Share of simulated files that pass where the true change, and where 0 is asked for, in per cent."""
    found = []
    for seed in range(files):
        rng = np.random.default_rng(seed)
        moved = np.clip(rng.normal(0, move, 10), -0.5, 0.15)
        broken, fixed = churn + np.maximum(-moved, 0), churn + np.maximum(moved, 0)
        chances = np.stack([RECALL - broken, broken, fixed, 1 - RECALL - fixed], axis=1)
        cells = np.array([rng.multinomial(n_rows, one) for one in chances])
        every = np.full(10, n_rows)
        sides = (ClassCounts(every, cells[:, 0] + cells[:, k], every) for k in (1, 2))
        result = Comparison(
            "", PairedCounts(*sides, cells[:, 2], cells[:, 1]), NAMES, resampling=Resampling(1000, seed)
        )
        bound = result.bounds("low20.change", 0.95).low
        found.append([bound > low(RECALL + moved) - RECALL, bound >= 0])
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
    print("\n| moved by, pp | fixed and broken besides | rows of each | truth | zero |\n|---|---|---|---|---|")
    for move in (0.01, 0.03, 0.06):
        for churn in (0.0, 0.03):
            for n_rows in (30, 100, 300):
                truth, zero = change_passes(move, churn, n_rows, files)
                shown = f"{100 * move:.0f} | {100 * churn:.0f} % | {n_rows} | {truth:.1f} % | {zero:.1f} %"
                print(f"| {shown} |", flush=True)


if __name__ == "__main__":
    main()

"""What `tune --maximize FIGURE` promises of the figure on one half of real predictions, against the other half.

    python tests/bench/objectives.py FOLDER [--splits 2] [--only NAME ...]

FOLDER holds npz files with probs or logits, and labels; `lowest` stands for the class with the lowest recall.
"""

import argparse
from pathlib import Path

import numpy as np
from requirements import halves

from classlift import evaluate, tune
from classlift.fitting.tuning.aim import Objective

FIGURES = ("worst", "balanced", "macro_f1", "gap", 'class["lowest"].recall', 'class["lowest"].f1')


def found(figure, val, test):
    """Promise of the figure, and its change on the other half; nothing where the layer is the identity."""
    recall = evaluate(val).counts.recall
    result = tune(val, objective=(text := figure.replace("lowest", str(int(np.nanargmin(recall))))))
    if not result.chosen:
        return None
    counts = evaluate(test, layer=result.layer).counts
    wanted = Objective.parse(text, result.classes, 0.2, "objective")
    before, after = (
        wanted.of_counts(side.support, 0.2, side.right[None], side.predicted[None])[0]
        for side in (counts.before, counts.after)
    )
    return (*result.promise.objective, after - before)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--splits", type=int, default=2)
    parser.add_argument("--only", nargs="*", default=[""])
    options = parser.parse_args()
    rows = {figure: [] for figure in FIGURES}
    for path in sorted(options.folder.glob("*.npz")):
        if any(name in path.stem for name in options.only):
            for split in range(options.splits):
                parts = halves(path, split)
                for figure in FIGURES:
                    rows[figure].append(found(figure, *parts))
    print("| figure | layers | promised | found | interval held it |\n|---|---|---|---|---|")
    for figure, every in rows.items():
        change, low, high, seen = 100 * np.array([row for row in every if row is not None]).reshape(-1, 4).T
        held = 100 * ((low <= seen) & (seen <= high)).mean()
        print(f"| {figure} | {len(seen)} | {change.mean():+.2f} | {seen.mean():+.2f} | {held:.0f} % |")


if __name__ == "__main__":
    main()

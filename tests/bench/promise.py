"""What `tune` promises against what new samples show, by simulation with known truth.

    python tests/bench/promise.py [--files 60] [--only K ...]

Rows are points around class centres, so that the probabilities of the classes are known: `calibrated` predictions are
these, `biased` ones are overconfident with a bias on every class, `noise` knows nothing of the labels. Every layer
that is found is judged on 25 new samples of the same size: error is the promised change less the mean change there,
covered is the share of the new samples whose change lies in the interval (95 % are claimed). `found` counts the files
that got a layer. Cells of 20,000 rows take a third of the files.
"""

import argparse
import time

import numpy as np

from classlift import evaluate, tune
from classlift.kernels import log_softmax

CELLS = [(5, 500), (5, 5000), (20, 500), (20, 5000), (100, 2000), (100, 20_000)]
KINDS = ("calibrated", "biased", "noise")
NEW_SAMPLES = 25
DIMENSIONS = 8


class World:
    """Classes with centres, spreads and shares, and what a model makes of their points."""

    def __init__(self, n_classes, kind, seed):
        rng = np.random.default_rng([seed, n_classes])
        self.kind, self.centres = kind, rng.normal(size=(n_classes, DIMENSIONS)) * 1.3
        self.spread = rng.uniform(0.7, 1.4, n_classes)
        share = np.exp(rng.uniform(-1, 0, n_classes))
        self.share = share / share.sum()
        self.bias = rng.normal(size=n_classes)

    def draw(self, n_rows, rng):
        """Logits and labels of a sample."""
        labels = rng.choice(len(self.share), n_rows, p=self.share)
        if self.kind == "noise":
            return 2 * rng.normal(size=(n_rows, len(self.share))), labels
        x = self.centres[labels] + self.spread[labels, None] * rng.normal(size=(n_rows, DIMENSIONS))
        squares = (x**2).sum(axis=1)[:, None] + (self.centres**2).sum(axis=1) - 2 * x @ self.centres.T
        z = np.log(self.share) - squares / 2 / self.spread**2 - DIMENSIONS * np.log(self.spread)
        return (2 * log_softmax(z) + self.bias if self.kind == "biased" else log_softmax(z)), labels


def one_file(n_classes, n_rows, kind, seed):
    """Errors of the promised changes of low-20 % and total, in points, shares covered, and whether there is a layer."""
    world, rng = World(n_classes, kind, seed), np.random.default_rng([seed, n_classes, n_rows])
    logits, labels = world.draw(n_rows, rng)
    result = tune({"logits": logits, "labels": labels})
    changes = []
    for _ in range(NEW_SAMPLES):
        logits, labels = world.draw(n_rows, rng)
        found = evaluate({"logits": logits, "labels": labels}, layer=result.layer)
        changes.append([found.change("low20"), found.change("total")])
    out = []
    for promised, there in zip((result.promise.low20, result.promise.total), np.transpose(changes), strict=True):
        inside = (there >= promised.low - 1e-12) & (there <= promised.high + 1e-12)
        out += [100 * (promised.change - there.mean()), 100 * inside.mean()]
    return [*out, bool(result.chosen)]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--files", type=int, default=60)
    parser.add_argument("--only", type=int, nargs="*", help="numbers of classes")
    given = parser.parse_args()
    print("| classes | rows | predictions | files, found | low20: error | covered | total: error | covered | s |")
    print("|---|---|---|---|---|---|---|---|---|")
    every = []
    for n_classes, n_rows in CELLS:
        if given.only and n_classes not in given.only:
            continue
        for kind in KINDS:
            begun, files = time.perf_counter(), max(3, given.files // 3) if n_rows >= 20_000 else given.files
            cell = np.array([one_file(n_classes, n_rows, kind, seed) for seed in range(files)])
            every.append(cell.mean(axis=0))
            error = cell.std(axis=0, ddof=1) / np.sqrt(files)
            low, low_in, total, total_in, found = every[-1]
            print(
                f"| {n_classes} | {n_rows:,} | {kind} | {files}, {round(found * files)} | {low:+.2f} ± {error[0]:.2f} |"
                f" {low_in:.0f} % | {total:+.3f} ± {error[2]:.3f} | {total_in:.0f} % |"
                f" {time.perf_counter() - begun:.0f} |",
                flush=True,
            )
    low, low_in, total, total_in, _ = np.mean(every, axis=0)
    print(f"| mean | | | | {low:+.2f} | {low_in:.1f} % | {total:+.3f} | {total_in:.1f} % | |")


if __name__ == "__main__":
    main()

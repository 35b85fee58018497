"""What the intervals of the lowest classes cover, by simulation; the tables in the guide `statistics` come from here.

    python tests/intervals/simulate.py --classes 10,100 --rows 50,500 --recalls beta,equal --layers none,flip,halve \
        --sets 2000

The truth is the mean of the lowest true recalls. A new truth is drawn every 20 data sets; supports are fixed. Cells
read: coverage in per cent (interval above the truth / below it) mean width in points.
"""

import argparse
import itertools
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from classlift.data.counts import ClassCounts, PairedCounts
from classlift.evaluation.classes import shown_change_intervals, shown_intervals
from classlift.evaluation.comparison import Comparison
from classlift.evaluation.options import Resampling

RECALLS = {
    "equal": lambda rng, k: np.full(k, 0.75),
    "beta": lambda rng, k: rng.beta(7.5, 2.5, k),
    "tight": lambda rng, k: rng.beta(75, 25, k),
    "wide": lambda rng, k: rng.beta(2, 1.2, k),
    "high": lambda rng, k: rng.beta(49, 1, k),
    "few low": lambda rng, k: np.where(np.arange(k) < max(1, k // 20), rng.beta(4, 16, k), rng.beta(36, 4, k)),
    "two": lambda rng, k: np.where(rng.random(k) < 0.5, rng.beta(36, 4, k), rng.beta(12, 18, k)),
}
ROWS = {
    "5..500": lambda rng, k: rng.permutation(np.round(np.geomspace(5, 500, k)).astype(int)),
}


def _cells(p, broken, fixed):
    cells = np.clip(np.stack([p - broken, broken, fixed, 1 - p - fixed], axis=1), 0, 1)
    return cells / cells.sum(axis=1, keepdims=True)


def _none(rng, p):
    return _cells(p, 0 * p, 0 * p)


def _flip(rng, p):
    return _cells(p, 0.2 * p * (1 - p), 0.2 * p * (1 - p))


def _halve(rng, p):
    """Constant rates of mending and breaking: recalls move half the way to their mean."""
    mend = 0.5 * p.mean()
    return _cells(p, p * (0.5 - mend), (1 - p) * mend)


def _halve_least(rng, p):
    """The same recalls with the fewest changed rows, and 2 to 3 % noise."""
    q, noise = (p + p.mean()) / 2, 0.05 * np.minimum(p, 1 - p)
    return _cells(p, np.minimum(np.maximum(p - q, 0) + noise, p), np.minimum(np.maximum(q - p, 0) + noise, 1 - p))


def _shuffle(rng, p):
    """A random change of each class's recall."""
    logit = np.log((p + 1e-3) / (1 - p + 1e-3)) + 0.5 * rng.standard_normal(len(p))
    q = 1 / (1 + np.exp(-logit))
    noise = 0.1 * np.minimum(q, 1 - q) * np.minimum(p, 1 - p)
    return _cells(p, np.maximum(p - q, 0) + noise, np.maximum(q - p, 0) + noise)


LAYERS = {"none": _none, "flip": _flip, "halve": _halve, "halve least": _halve_least, "shuffle": _shuffle}
FIGURES = ("low20", "low20.change", "low20.baseline", "worst", "total.change")
PICKED = ("first", "first.change", "all", "all.change", "flags", "plain")
"""Of classes: that listed first, its change, all together, all changes, false flags, the first by its own interval."""


class Covered(NamedTuple):
    """Shares of the data sets whose interval lay above the truth, below it, and the mean width."""

    above: float
    below: float
    width: float

    @property
    def coverage(self):
        return 1 - self.above - self.below

    def __str__(self):
        shares = [100 * value for value in (self.coverage, self.above, self.below, self.width)]
        return "{:.1f} ({:.1f}/{:.1f}) {:.2f}".format(*shares)


def comparison(cells, resampling):
    """Make a Comparison of counts per class, shape (n_classes, 4)."""
    both, broken, fixed, _ = cells.T
    support = cells.sum(axis=1)
    before, after = (ClassCounts(support, both + x, support) for x in (broken, fixed))
    names = tuple(map(str, range(len(cells))))
    return Comparison("simulated", PairedCounts(before, after, fixed, broken), names, resampling=resampling)


def truths(cells, support, chosen):
    """True values of the figures; `chosen` are the lowest classes of the data set before."""
    p, q = cells[:, 0] + cells[:, 1], cells[:, 0] + cells[:, 2]
    size = len(chosen)
    low, new = np.sort(p)[:size].mean(), np.sort(q)[:size].mean()
    return {
        "low20": low,
        "low20.change": new - low,
        "low20.baseline": q[chosen].mean(),
        "worst": p.min(),
        "total.change": float((q - p) @ support / support.sum()),
    }


def of_classes(result, cells):
    """Misses: of the class listed first, of its change, of any class, of any change; false flags; a plain interval."""
    p, q = cells[:, 0] + cells[:, 1], cells[:, 0] + cells[:, 2]
    first = int(result.before.lowest_classes[0])
    together = replace(result, resampling=result.resampling._replace(simultaneous=True))

    def missed(ends, true):
        return (ends[0] > true + 1e-9) | (ends[1] < true - 1e-9)

    flags, null = result.beyond_chance != 0, np.abs(q - p) < 1e-12
    return (
        missed(shown_intervals(result.before), p)[first],
        missed(shown_change_intervals(result), q - p)[first],
        missed(shown_intervals(together.before), p).any(),
        missed(shown_change_intervals(together), q - p).any(),
        (flags & null).sum() / max(1, flags.sum()),
        missed(result.before.recall_intervals(), p)[first],
    )


def simulate_classes(n_classes, rows, recalls, layer, *, sets, n_draws=500, seed=1):
    """Share of data sets whose intervals of classes hold, and 1 less the share of false flags, as PICKED names them."""
    rng, found = np.random.default_rng(seed), []
    for i in range(sets):
        if i % 20 == 0:
            cells = LAYERS[layer](rng, RECALLS[recalls](rng, n_classes))
        counts = rng.multinomial(np.full(n_classes, rows), cells)
        found.append(of_classes(comparison(counts, Resampling(n_draws, int(rng.integers(2**60)))), cells))
    return dict(zip(PICKED, (1 - np.mean(found, axis=0)).tolist(), strict=True))


def simulate(n_classes, rows, recalls, layer, *, sets, n_draws=500, every=20, confidence=0.95, seed=1, figures=FIGURES):
    """Coverage of each figure's interval: {figure: Covered}."""
    rng = np.random.default_rng(seed)
    misses = {figure: [] for figure in figures}
    for i in range(sets):
        if i % every == 0:
            probabilities = LAYERS[layer](rng, RECALLS[recalls](rng, n_classes))
            support = ROWS[rows](rng, n_classes) if rows in ROWS else np.full(n_classes, int(rows))
        counts = rng.multinomial(support, probabilities)
        result = comparison(counts, Resampling(n_draws, int(rng.integers(2**60))))
        true = truths(probabilities, support, result.before.lowest_classes)
        for figure, found in misses.items():
            side = result.before if figure in ("low20", "worst") else result
            low, high = side.interval(figure, confidence)
            found.append((low > true[figure] + 1e-9, high < true[figure] - 1e-9, high - low))
    return {figure: Covered(*np.mean(found, axis=0).tolist()) for figure, found in misses.items()}


def main():
    """Print one row per scenario."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--classes", default="10,100")
    parser.add_argument("--rows", default="50,500", help=f"rows a class, or {', '.join(ROWS)}")
    parser.add_argument("--recalls", default="beta,equal", help=f"of {', '.join(RECALLS)}")
    parser.add_argument("--layers", default="none,flip,halve", help=f"of {', '.join(LAYERS)}")
    parser.add_argument("--figures", default=",".join(FIGURES))
    parser.add_argument("--sets", type=int, default=2000)
    parser.add_argument("--draws", type=int, default=500)
    parser.add_argument("--confidence", type=float, default=0.95)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--each", action="store_true", help="intervals of the classes in place of figures")
    given = parser.parse_args()
    if given.each:
        _of_each(given)
        return
    figures = given.figures.split(",")
    print("| K | rows | recalls | layer | " + " | ".join(figures) + " |\n" + "|---" * (4 + len(figures)) + "|")
    for n_classes in map(int, given.classes.split(",")):
        for rows in given.rows.split(","):
            for recalls in given.recalls.split(","):
                for layer in given.layers.split(","):
                    more = {"sets": given.sets, "n_draws": given.draws, "seed": given.seed}
                    found = simulate(
                        n_classes, rows, recalls, layer, **more, confidence=given.confidence, figures=figures
                    )
                    words = (str(n_classes), rows, recalls, layer, *map(str, found.values()))
                    print(f"| {' | '.join(words)} |", flush=True)


def _of_each(given):
    print("| K | rows | recalls | layer | " + " | ".join(PICKED) + " |\n" + "|---" * (4 + len(PICKED)) + "|")
    words = itertools.product(*(getattr(given, name).split(",") for name in ("classes", "rows", "recalls", "layers")))
    for n_classes, rows, recalls, layer in words:
        found = simulate_classes(
            int(n_classes), int(rows), recalls, layer, sets=given.sets, n_draws=given.draws, seed=given.seed
        )
        cells = (n_classes, rows, recalls, layer, *(f"{100 * share:.1f}" for share in found.values()))
        print(f"| {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main()

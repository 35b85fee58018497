"""What intervals cover where rows come in clusters; the table in the guide `statistics` comes from here.

    python tests/intervals/simulate_clusters.py --sets 1000
    python tests/intervals/simulate_clusters.py --sets 1000 --scores

A row is right where a class's level, what its cluster has in common and its own noise are above 0 together; before and
after share most of either. Cells read: coverage in per cent, by clusters / as if rows were independent.
"""

import argparse
from statistics import NormalDist
from typing import NamedTuple

import numpy as np

from classlift.data.clusters import keys_of
from classlift.data.counts import PairedCounts
from classlift.evaluation.comparison import Comparison
from classlift.evaluation.evaluate import evaluate
from classlift.evaluation.options import Resampling
from support.array_source import ArraySource

SHARED = 0.8
"""Share of what clusters and rows bring that before and after have in common."""

FIGURES = ("total", "total.change", "low20", "low20.change", "class", "class.change", "test")


class Design(NamedTuple):
    """How rows come: clusters, rows of each, classes, whether a cluster is of one class, spread of what is common."""

    clusters: int
    rows: int
    classes: int
    pure: bool
    common: float
    copies: bool = False


DESIGNS = {
    "400 rows, each ten times": Design(400, 10, 5, True, 0.0, copies=True),
    "100 patients of 20 rows, 10 classes": Design(100, 20, 10, False, 0.7),
    "40 patients of 50 rows, 10 classes": Design(40, 50, 10, False, 0.7),
    "15 patients of 100 rows, 10 classes": Design(15, 100, 10, False, 0.7),
    "200 videos of 20 frames, 10 classes": Design(200, 20, 10, True, 1.0),
    "500 videos of 10 frames, 20 classes": Design(500, 10, 20, True, 1.5),
    "4000 rows on their own, 10 classes": Design(4000, 1, 10, False, 0.0),
}


def draw(rng, design, before, after):
    """Labels, right before, right after and cluster of each row; sizes of clusters vary."""
    sizes = (
        np.full(design.clusters, design.rows) if design.copies else 1 + rng.poisson(design.rows - 1, design.clusters)
    )
    cluster = np.repeat(np.arange(design.clusters), sizes)
    labels = rng.integers(0, design.classes, design.clusters)[cluster]
    if not design.pure:
        labels = rng.integers(0, design.classes, len(cluster))
    u, v = rng.standard_normal((2, design.clusters))
    e, f = (
        rng.standard_normal((2, design.clusters))[:, cluster]
        if design.copies
        else rng.standard_normal((2, len(cluster)))
    )
    mixed = np.sqrt(SHARED) * u + np.sqrt(1 - SHARED) * v, np.sqrt(SHARED) * e + np.sqrt(1 - SHARED) * f
    was = before[labels] + design.common * u[cluster] + e > 0
    now = after[labels] + design.common * mixed[0][cluster] + mixed[1] > 0
    return labels, was, now, cluster


def comparison(labels, was, now, cluster, n_classes, resampling):
    """Make a Comparison; a wrong row is taken for the next class."""
    wrong = (labels + 1) % n_classes
    counts = PairedCounts.of(labels, np.where(was, labels, wrong), np.where(now, labels, wrong), n_classes, cluster)
    return Comparison("simulated", counts, tuple(map(str, range(n_classes))), resampling=resampling)


def truths(design, before, after):
    """True recalls before and after."""
    scale = np.sqrt(1 + design.common**2)
    return [np.array([NormalDist().cdf(x / scale) for x in level]) for level in (before, after)]


def misses(result, p, q):
    """Share of intervals that miss the truth: of figures, and of all classes; whether the test rejects."""
    size = max(1, round(0.2 * len(p)))
    low, new = np.sort(p)[:size].mean(), np.sort(q)[:size].mean()
    true = {"total": p.mean(), "total.change": (q - p).mean(), "low20": low, "low20.change": new - low}
    out = {}
    for figure, value in true.items():
        ends = (result if figure.endswith("change") else result.before).interval(figure)
        out[figure] = not ends.low - 1e-9 <= value <= ends.high + 1e-9
    for name, (lows, highs), value in (
        ("class", result.before.recall_intervals(), p),
        ("class.change", result.recall_change_intervals(), q - p),
    ):
        known = ~np.isnan(lows)
        out[name] = float(((lows > value + 1e-9) | (highs < value - 1e-9))[known].mean())
    out["test"] = result.mcnemar < 0.05
    return [out[name] for name in FIGURES]


def simulate(design, *, sets, n_draws=400, seed=1):
    """Coverage of each figure, by clusters and as independent rows, shape (2, n_figures).

    Recalls lie around 79 % and are drawn for each set. In every second set the layer moves each class by chance; in
    the others it changes no recall, and the last figure is how often the test at 5 % does not reject.
    """
    rng, found = np.random.default_rng(seed), []
    for i in range(sets):
        scale = np.sqrt(1 + design.common**2)
        before = rng.normal(0.8, 0.4, design.classes) * scale
        after = before + (i % 2) * rng.normal(0.1, 0.1, design.classes) * scale
        labels, was, now, cluster = draw(rng, design, before, after)
        p, q = truths(design, before, after)
        drawn = Resampling(n_draws, int(rng.integers(2**60)))
        found.append(
            [misses(comparison(labels, was, now, key, design.classes, drawn), p, q) for key in (keys_of(cluster), None)]
        )
    missed = np.array(found, float)
    missed[1::2, :, -1] = np.nan
    return 1 - np.nanmean(missed, axis=0)


def score_rows(rng, clusters, rows, copies):
    """Probabilities of five classes, labels and clusters, which differ in how far the right class is ahead.

    With `copies` the rows of a cluster are all the same.
    """
    sizes = np.full(clusters, rows) if copies else 1 + rng.poisson(rows - 1, clusters)
    cluster = np.repeat(np.arange(clusters), sizes)
    own = cluster if copies else np.arange(len(cluster))
    labels = rng.integers(0, 5, len(cluster))[own]
    z = rng.standard_normal((len(cluster), 5))[own]
    z[np.arange(len(z)), labels] += 1.2 + (0 if copies else 1) * rng.standard_normal(clusters)[cluster]
    p = np.exp(2 * z)
    return p / p.sum(axis=1, keepdims=True), labels, cluster


def simulate_scores(clusters, rows, *, copies=False, sets, seed=1):
    """Coverage of SCORES, by clusters and as independent rows, shape (2, n_scores)."""
    p, labels, _ = score_rows(np.random.default_rng(seed + 1), 200_000 // rows, rows, False)
    if copies:
        p, labels, _ = score_rows(np.random.default_rng(seed + 1), 200_000, 1, True)
    truth = evaluate(ArraySource(p, labels))
    rng, held = np.random.default_rng(seed), np.zeros((2, len(SCORES)))
    for _ in range(sets):
        p, labels, cluster = score_rows(rng, clusters, rows, copies)
        for i, key in enumerate((keys_of(cluster), None)):
            result = evaluate(ArraySource(p, labels, clusters=key))
            ends = [result.interval(figure) for figure in SCORES]
            held[i] += [low <= truth.value(name) <= high for name, (low, high) in zip(SCORES, ends, strict=True)]
    return held / sets


SCORES = ("top2", "nll", "brier")
SCORE_DESIGNS = {
    "400 rows, each ten times": (400, 10, True),
    "100 patients of 20 rows": (100, 20, False),
    "40 patients of 50 rows": (40, 50, False),
    "15 patients of 100 rows": (15, 100, False),
    "4000 rows on their own": (4000, 1, False),
}


def main():
    """Print one row per design."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sets", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--designs", default="", help="the first words of some")
    parser.add_argument("--scores", action="store_true", help="top2, nll and brier instead")
    given = parser.parse_args()
    if given.scores:
        print("| rows | " + " | ".join(SCORES) + " |\n" + "|---" * (1 + len(SCORES)) + "|")
        for name, (clusters, rows, copies) in SCORE_DESIGNS.items():
            one, two = simulate_scores(clusters, rows, copies=copies, sets=given.sets, seed=given.seed)
            cells = (f"{100 * a:.1f} / {100 * b:.1f}" for a, b in zip(one, two, strict=True))
            print(f"| {name} | {' | '.join(cells)} |", flush=True)
        return
    print("| rows | " + " | ".join(FIGURES) + " |\n" + "|---" * (1 + len(FIGURES)) + "|")
    for name, design in DESIGNS.items():
        if name.startswith(given.designs):
            one, two = simulate(design, sets=given.sets, seed=given.seed)
            cells = (f"{100 * a:.1f} / {100 * b:.1f}" for a, b in zip(one, two, strict=True))
            print(f"| {name} | {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main()

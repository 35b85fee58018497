"""Quality of the tuned layer beside its peers, each held to the same guard, on halves of real prediction files.

    python tests/bench/peers.py DIR [--splits 5] [--only NAME ...] [--peers NAME ...] [--json FILE]

DIR holds .npz files with `probs` or `logits`, and `labels`. Every set (at most 20,000 rows of it, drawn by seed 0)
is cut in two by a seeded permutation; a method is fitted on one half and checked on the other. The same guard for
all: five folds of the fitted half say what a method does out of fold; where total accuracy falls by more than 0.1
points, or the lowest classes do not rise, the predictions stay as they are. Where a peer has a number to choose
(the tau of logit adjustment, the delta of DROPS, the sharpness of the soft minimum) the folds choose it, as they do for
classlift. classlift is `classlift.tune`, which has this guard in it. The peers are in `peer_fits.py`.

Needs probmetrics and scikit-learn beside classlift: pip install probmetrics numba scikit-learn. Printed for each
method: mean over the sets of the change of total accuracy and of the lowest 20 % of the classes (low20), in points;
the median of own; the worst set's total; harmed splits (total below -0.5 or own below -1); sets on which
classlift's own is not behind.
"""

import argparse
import json
import sys
import tempfile
from pathlib import Path

import numpy as np
from peer_fits import FLOOR, PEERS

import classlift

LARGEST_DROP = 0.001
FOLDS = 5
MOST_ROWS = 20_000


# --- the arithmetic of the evaluate


def class_accuracy(predicted, labels, k):
    n = np.bincount(labels, minlength=k)
    right = np.bincount(labels[predicted == labels], minlength=k)
    return np.where(n > 0, right / np.maximum(n, 1), np.nan)


def low20(predicted, labels, k):
    seen = np.sort(class_accuracy(predicted, labels, k))
    seen = seen[~np.isnan(seen)]
    return seen[: max(1, int(np.floor(0.2 * len(seen) + 0.5)))].mean()


def changes(raw, new, labels, k):
    """Change of total accuracy and of the lowest classes (low20), as fractions."""
    return np.array([np.mean(new == labels) - np.mean(raw == labels), low20(new, labels, k) - low20(raw, labels, k)])


def guarded(fits, probabilities, labels):
    """The candidate with the largest out-of-fold gain of the lowest classes under the guard, fitted on all rows."""
    raw, k = probabilities.argmax(axis=1), probabilities.shape[1]
    fold = np.empty(len(labels), int)
    for c in range(k):  # stratified
        rows = np.flatnonzero(labels == c)
        fold[rows] = (np.arange(len(rows)) + c) % FOLDS
    best, best_gain = None, 0.0
    for fit in fits:
        out_of_fold = raw.copy()
        for f in range(FOLDS):
            held = fold == f
            out_of_fold[held] = fit(probabilities[~held], labels[~held])(probabilities[held])
        total, gain = changes(raw, out_of_fold, labels, k)
        if total >= -LARGEST_DROP - 1e-12 and gain > best_gain:
            best, best_gain = fit, gain
    return (lambda p: p.argmax(axis=1)) if best is None else best(probabilities, labels)


def tuned(key, scores, labels):
    """What `classlift.tune` makes of the stored scores."""
    result = classlift.tune({key: scores, "labels": labels})
    with tempfile.TemporaryDirectory() as folder:  # as a user has it: saved, loaded, applied
        path = Path(folder) / "layer.npz"
        classlift.save_layer(result.layer, path)
        layer = classlift.load_layer(path)
    return lambda new: classlift.apply_array(layer, new, kind="logits" if key == "logits" else "probabilities").argmax(
        axis=1
    )


def as_probabilities(key, scores):
    p = scores.astype(np.float64)
    if key == "logits":
        p = np.exp(p - p.max(axis=1, keepdims=True))
    p = np.maximum(p, FLOOR)
    return p / p.sum(axis=1, keepdims=True)


def check_set(path, splits, peers):
    """Changes of each method, shape (splits, 2), in points."""
    with np.load(path, allow_pickle=False) as z:
        key = "probs" if "probs" in z else "logits"
        scores, labels = z[key], z["labels"].astype(int)
    some = np.random.default_rng(0).permutation(len(labels))[:MOST_ROWS] if len(labels) > MOST_ROWS else slice(None)
    scores, labels = scores[some], labels[some]
    probabilities, k = as_probabilities(key, scores), scores.shape[1]
    out = {name: [] for name in ("classlift tune", *peers)}
    for split in range(splits):
        order = np.random.default_rng(split).permutation(len(labels))
        val, test = order[: len(order) // 2], order[len(order) // 2 :]
        raw = scores[test].argmax(axis=1)
        predicted = {"classlift tune": tuned(key, scores[val], labels[val])(scores[test])}
        for name in peers:
            predicted[name] = guarded(PEERS[name], probabilities[val], labels[val])(probabilities[test])
        for name, new in predicted.items():
            out[name].append(changes(raw, new, labels[test], k) * 100)
    return {name: np.array(rows) for name, rows in out.items()}


def table(by_set):
    """One line for each method: total, own, median own, worst total, harm, sets on which classlift is not behind."""
    ours = {name: found["classlift tune"][:, 1].mean() for name, found in by_set.items()}
    lines = []
    for method in next(iter(by_set.values())):
        mean = {name: found[method].mean(axis=0) for name, found in by_set.items()}
        every = np.concatenate([found[method] for found in by_set.values()])
        total, own = np.array(list(mean.values())).T
        harm = int(np.sum((every[:, 0] < -0.5) | (every[:, 1] < -1)))
        behind = sum(ours[name] < m[1] - 1e-9 for name, m in mean.items())
        lines.append(
            f"| {method} | {total.mean():+.2f} | {own.mean():+.2f} | {np.median(own):+.2f} | {total.min():+.2f} "
            f"| {harm} of {len(every)} | {len(mean) - behind} of {len(mean)} |"
        )
    return lines


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--splits", type=int, default=5)
    parser.add_argument("--only", nargs="*")
    parser.add_argument("--peers", nargs="*", choices=list(PEERS), default=list(PEERS))
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    by_set = {}
    for path in sorted(options.folder.glob("*.npz")):
        if options.only and not any(word in path.stem for word in options.only):
            continue
        by_set[path.stem] = check_set(path, options.splits, options.peers)
        own = "  ".join(f"{rows[:, 0].mean():+.2f}/{rows[:, 1].mean():+.2f}" for rows in by_set[path.stem].values())
        print(f"{path.stem:40s} {own}", flush=True)
    print("\n| method | total | own | median own | worst total | harm | classlift not behind (own) |")
    print("|---|---|---|---|---|---|---|")
    print("\n".join(table(by_set)))
    if options.json:
        options.json.write_text(json.dumps({s: {m: r.tolist() for m, r in f.items()} for s, f in by_set.items()}))


if __name__ == "__main__":
    sys.exit(main())

"""How often requirements that `tune` meets on one half of real predictions hold on the other half, and their price.

    python tests/bench/requirements.py FOLDER [--split 0] [--only NAME ...]

FOLDER holds npz files with probs or logits, and labels. For the class with the lowest recall: recall 10 points higher,
precision 5 points higher; for every class: no fall by more than 5 points; each with and without --confidence 0.95
(precision has no bound).
"""

import argparse
from pathlib import Path

import numpy as np

from classlift import evaluate, tune
from classlift.gates.settings import GateSet


def halves(path, split):
    """Two random halves of a file, of at most 20,000 rows."""
    with np.load(path) as z:
        key = "probs" if "probs" in z else "logits"
        scores, labels = z[key], z["labels"].astype(int)
    if len(labels) > 20_000:
        some = np.random.default_rng(0).permutation(len(labels))[:20_000]
        scores, labels = scores[some], labels[some]
    order = np.random.default_rng(split).permutation(len(labels))
    parts = np.split(order, [len(order) // 2])
    return [{key: scores[part], "labels": labels[part]} for part in parts]


def asked(val):
    """Conditions on a file, by what they are about."""
    counts = evaluate(val).counts
    k = int(np.nanargmin(counts.recall))
    found = {
        "lowest recall +10pp": f'class["{k}"].recall >= {min(round(counts.recall[k] + 0.1, 2), 0.9)}',
        "no class loses 5pp": "every class.recall.change >= -5pp",
    }
    if counts.predicted[k] > 30:
        precision = counts.right[k] / counts.predicted[k]
        found["lowest precision +5pp"] = f'class["{k}"].precision >= {min(round(precision + 0.05, 2), 0.97)}'
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--split", type=int, default=0)
    parser.add_argument("--only", nargs="*", default=[""])
    options = parser.parse_args()
    found = {}
    for path in sorted(options.folder.glob("*.npz")):
        if not any(name in path.stem for name in options.only):
            continue
        val, test = halves(path, options.split)
        for what, condition in asked(val).items():
            for confidence in (None, 0.95) if "precision" not in what else (None,):
                result = tune(val, require=[condition], confidence=confidence)
                unseen = evaluate(test, layer=result.layer)
                held = GateSet.from_texts([condition]).check(unseen)[0].state == "passed"
                row = (result.met, held, 100 * unseen.change("total"))
                found.setdefault((what, confidence), []).append(row)
    print("| requirement | confidence | met | of these held unseen | total accuracy there |\n|---|---|---|---|---|")
    for (what, confidence), rows in found.items():
        met = np.array([row for row in rows if row[0]], float).reshape(-1, 3)
        told = f"{100 * met[:, 1].mean():.0f} % | {met[:, 2].mean():+.2f} pp" if len(met) else "| |"
        print(f"| {what} | {confidence or ''} | {len(met)} of {len(rows)} | {told} |")


if __name__ == "__main__":
    main()

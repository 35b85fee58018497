"""What `tune --costs` makes of real predictions: tuned on one half of a file, judged on the other half.

    python tests/bench/costs.py FOLDER [--splits 2] [--only NAME ...]

FOLDER holds npz files with probs or logits, and labels. Costs are drawn: a tenth of the classes are dear to miss (10 to
100 times the others), all other mistakes cost 0.5 to 1.5; or classes are parted into superclasses of about five. Each
column is the mean cost on the other half as a share of the raw one: the class of least expected cost by the raw
probabilities, and by the tuned layer; then what the layer promised, and whether the promised interval held the change.
"""

import argparse
from pathlib import Path

import numpy as np
from requirements import halves

from classlift import evaluate, tune
from classlift.data.costs import Costs
from classlift.layer.layer import OutputLayer


def dear(rng, k):
    """A tenth of the classes cost 10 to 100 times as much to miss."""
    matrix = rng.uniform(0.5, 1.5, (k, k))
    matrix[rng.permutation(k)[: max(1, k // 10)]] *= 10 ** rng.uniform(1, 2)
    np.fill_diagonal(matrix, 0)
    return Costs(matrix)


def parted(rng, k):
    """Superclasses of about five classes."""
    groups = rng.integers(0, max(2, k // 5), k)
    return Costs.of_groups({str(i): str(group) for i, group in enumerate(groups)}, 0.5)


KINDS = {"a tenth of the classes dear": dear, "superclasses": parted}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--splits", type=int, default=2)
    parser.add_argument("--only", nargs="*", default=[""])
    options = parser.parse_args()
    found = {kind: [] for kind in KINDS}
    for path in sorted(options.folder.glob("*.npz")):
        if not any(name in path.stem for name in options.only):
            continue
        for split in range(options.splits):
            val, test = halves(path, split)
            n_classes = next(iter(val.values())).shape[1]
            for kind, make in KINDS.items():
                costs = make(np.random.default_rng(split), n_classes)
                plain = evaluate(test, layer=OutputLayer((), n_classes, costs=costs))
                result = tune(val, costs=costs)
                tuned = evaluate(test, layer=result.layer, costs=costs)
                raw, promise = plain.before.value("cost"), result.promise.cost
                row = (
                    plain.after.value("cost") / raw,
                    tuned.after.value("cost") / raw,
                    (promise.change - tuned.change("cost")) / raw,
                    promise.low <= tuned.change("cost") <= promise.high,
                )
                found[kind].append(row)
                print(f"{path.stem:40} {split} {kind:28} " + " ".join(f"{x:7.3f}" for x in row), flush=True)
    print("| costs | least expected cost, raw | tuned | promised less found | interval held | worse than raw |")
    for kind, rows in found.items():
        a = np.array(rows, float)
        print(f"| {kind} | {a[:, 0].mean():.3f} | {a[:, 1].mean():.3f} | {a[:, 2].mean():+.3f} | "
              f"{100 * a[:, 3].mean():.0f} % | {(a[:, 1] > 1.01).sum()} of {len(a)} |")  # fmt: skip


if __name__ == "__main__":
    main()

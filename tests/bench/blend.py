"""What blending models brings on real predictions, and what `tune` after it: one half chosen on, the other judged.

    python tests/bench/blend.py [--folder ../shared/predictions] [--seeds 3]

Each set is files with the same labels in the same order. On one half, stratified, the best model (highest total), the
weights and the layer are found; the figures are of the other half, as means over the seeds.
"""

import argparse
from pathlib import Path

import numpy as np

import classlift

SETS = {
    "CIFAR-10, 3 nets": (
        "cifar10_wrn16-4_netcal_test",
        "cifar10_vgg16_verifiedcal",
        "cifar10_resnet50_psrcal_test",
    ),
    "CIFAR-100, 2 nets": ("cifar100_wrn16-4_netcal_test", "cifar100_densenetbc100_netcal_test"),
    "light curves, 13 classes": ("mystery13_mlpneuralnet_test", "mystery13_randomforest_test"),
    "supernovae, 3 classes": ("snphotcc_templatesboostforest_test", "snphotcc_waveletsboostforest_test"),
}
WAYS = ("best model", "its tune", "equal", "fitted", "tune of fitted")


def halves(labels, seed):
    """Rows of two halves of each class."""
    rng = np.random.default_rng(seed)
    rank = np.empty(len(labels), np.int64)
    for k in np.unique(labels):
        rows = np.flatnonzero(labels == k)
        rank[rng.permutation(rows)] = np.arange(len(rows))
    return np.flatnonzero(rank % 2 == 0), np.flatnonzero(rank % 2 == 1)


def part(file, rows):
    return {name: values[rows] for name, values in file.items()}


def figures(result):
    """Total accuracy and low20, in per cent."""
    flat = result.to_dict()
    names = ("total.after", "low20.after") if "total.after" in flat else ("total", "low20")
    return [100 * flat[name] for name in names]


def measured(files, seed):
    """Figures of each way on the half that nothing was found on, and the fitted weights."""
    val, test = ([part(file, rows) for file in files] for rows in halves(files[0]["labels"], seed))
    one, equal = classlift.blend(*val), classlift.blend(*test)
    best = int(np.argmax([each.total for each in one.inputs]))
    fitted = classlift.blend(*val, fit_weights=True)
    after = classlift.blend(*test, weights=fitted.weights)
    alone, together = classlift.tune(val[best]).layer, classlift.tune(fitted.columns).layer
    return fitted.weights, {
        "best model": [100 * equal.inputs[best].total, 100 * equal.inputs[best].low20],
        "its tune": figures(classlift.evaluate(test[best], layer=alone)),
        "equal": figures(equal),
        "fitted": figures(after),
        "tune of fitted": figures(classlift.evaluate(after.columns, layer=together)),
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", type=Path, default=Path(__file__).parents[3] / "shared" / "predictions")
    parser.add_argument("--seeds", type=int, default=3)
    given = parser.parse_args()
    print("| set (total, low20) |", " | ".join(WAYS), "|")
    for name, members in SETS.items():
        files = [dict(np.load(given.folder / f"{member}.npz")) for member in members]
        assert all(np.array_equal(file["labels"], files[0]["labels"]) for file in files)
        found = [measured(files, seed) for seed in range(given.seeds)]
        cells = [np.mean([ways[way] for _, ways in found], axis=0) for way in WAYS]
        print(f"| {name} |", " | ".join(f"{total:.1f}, {low:.1f}" for total, low in cells), "|", flush=True)
        print("  weights:", *(np.round(weights, 2).tolist() for weights, _ in found), flush=True)


if __name__ == "__main__":
    main()

"""How often the intervals of estimated class shares hold the true ones.

`python tests/bench/shares.py` prints a table for models with known class-conditional distributions, overconfident and
biased, calibrated on a validation file drawn anew each time, and one for resampled rows of the sample's test file.
"""

import sys
from pathlib import Path

import numpy as np

from classlift import kernels
from classlift.kernels.calibration import fit_calibration
from classlift.kernels.shares import most_likely_shares, share_errors

SAMPLE = Path(__file__).parents[2] / "sample_data"
FILES = int(sys.argv[1]) if len(sys.argv) > 1 else 200
CELLS = [
    # classes, distance of their centres, validation rows, new rows
    (2, 1.0, 1000, 1000),
    (3, 1.0, 500, 1000),
    (10, 1.0, 2000, 1000),
    (10, 1.0, 2000, 10_000),
    (10, 3.0, 2000, 1000),
    (10, 3.0, 500, 200),
    (50, 2.0, 5000, 2000),
]
SHARES = {"any": 1.0, "far": 0.3}
"""Concentration of the Dirichlet distribution that new shares are drawn from."""


def judged(ratios, old, bias, n_validation, true):
    """Of each class whether the interval holds its share, how far the ends are apart, and how far the share is off."""
    shares = most_likely_shares(ratios, old)
    low, high = share_errors(ratios, shares, old, bias, n_validation).ends(shares)
    return (low <= true) & (true <= high), (high - low) / 2, np.abs(shares - true)


def simulated(k, distance, n_validation, n_new, concentration, seed):
    rng = np.random.default_rng(seed)
    centres = np.random.default_rng(k).normal(size=(k, max(2, k // 2))) * distance
    old = np.random.default_rng(k + 1).dirichlet(np.full(k, 3.0))
    old = np.maximum(old, 0.2 / k) / np.maximum(old, 0.2 / k).sum()

    def drawn(n, shares):
        labels = rng.choice(k, n, p=shares)
        x = centres[labels] + rng.normal(size=(n, centres.shape[1]))
        squares = ((x[:, None] - centres) ** 2).sum(axis=2)
        return kernels.log_softmax(-1.6 * squares / 2 + np.linspace(-0.5, 0.5, k)), labels

    new = rng.dirichlet(np.full(k, concentration))
    x, labels = drawn(n_validation, old)
    seen = np.bincount(labels, minlength=k) / n_validation
    if not seen.all():
        return None
    fit = fit_calibration(x, labels)
    ratios = kernels.softmax_in_place(fit(drawn(n_new, new)[0])) / seen
    return judged(ratios, seen, fit.bias, n_validation, new)


def sample(n_validation, n_new, concentration, seed):
    rng = np.random.default_rng(seed)
    rows = []
    for name in ("val.npz", "test.npz"):
        data = np.load(SAMPLE / name)
        rows.append((np.log(np.maximum(data["probs"].astype(float), 1e-12)), data["labels"]))
    (x, labels), (new_x, new_labels) = rows
    kept = rng.choice(len(labels), n_validation, replace=False)
    seen, fit = np.bincount(labels[kept], minlength=10) / n_validation, fit_calibration(x[kept], labels[kept])
    true = rng.dirichlet(np.full(10, concentration))
    drawn = [rng.choice(np.flatnonzero(new_labels == k), n) for k, n in enumerate(rng.multinomial(n_new, true))]
    ratios = kernels.softmax_in_place(fit(new_x[np.concatenate(drawn)])) / seen
    return judged(ratios, seen, fit.bias, n_validation, true)


def line(words, found):
    found = [one for one in found if one is not None]
    inside, half, off = (np.concatenate(parts) for parts in zip(*found, strict=True))
    print(f"{words} | {100 * inside.mean():.1f} | {100 * half.mean():.1f} | {100 * off.mean():.1f} |", flush=True)


def main():
    print("| classes | distance | validation rows | new rows | shares | covered (%) | half width (pp) | off (pp) |")
    for cell in CELLS:
        for name, concentration in SHARES.items():
            line(
                f"| {' | '.join(map(str, cell))} | {name}",
                [simulated(*cell, concentration, seed) for seed in range(FILES)],
            )
    for rows in ((10_000, 1000), (2000, 1000), (2000, 5000)):
        for name, concentration in SHARES.items():
            words = f"| 10 | sample | {rows[0]} | {rows[1]} | {name}"
            line(words, [sample(*rows, concentration, seed) for seed in range(FILES)])


if __name__ == "__main__":
    main()

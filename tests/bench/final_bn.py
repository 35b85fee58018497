"""Time and final loss of the final-bn fit against the same model and ridge by torch's L-BFGS, in one run.

    python tests/bench/final_bn.py [--rows 50000] [--classes 1000] [--rounds 3] [--ridge 0.1]

Both start at the logits as they are, with the logits in memory, and take turns. torch gets its own defaults (strong
Wolfe search, history 10, tolerances 1e-7 and 1e-9) and all cores. The losses are found again in float64.
"""

import argparse
import statistics
import sys
import time

import numpy as np

from classlift.data.counts import ClassCounts
from classlift.data.kind import Kind
from classlift.data.predictions import Predictions
from classlift.methods import METHODS, make_settings

try:
    import torch
except ImportError:
    torch = None

EPSILON = 1e-5


class Rows:
    """Labelled logits in memory, in blocks of 1024 rows."""

    name, kind, classes, has_labels, notes = "rows", Kind.LOGITS, None, True, ()

    def __init__(self, logits, labels):
        self.logits, self.labels = logits, labels
        self.n_samples, self.n_classes = logits.shape

    def blocks(self):
        for start in range(0, self.n_samples, 1024):
            part = slice(start, start + 1024)
            yield Predictions(self.logits[part], self.kind, None, self.labels[part], {}, self.name, start)


def make_rows(n, k, seed=0):
    """Logits with confusable groups of classes, and a long tail of difficulty and frequency."""
    rng = np.random.default_rng(seed)
    group, hard = rng.integers(0, max(2, k // 8), k), rng.uniform(0.6, 1.6, k)
    frequency = np.exp(-1.5 * rng.permutation(k) / k)
    labels = rng.choice(k, n, p=frequency / frequency.sum())
    logits = np.empty((n, k), np.float32)
    for start in range(0, n, 4096):
        y = labels[start : start + 4096]
        z = rng.standard_normal((len(y), k), dtype=np.float32)
        z += 1.6 * (group[y][:, None] == group)
        z[np.arange(len(y)), y] += rng.normal(4.2 / hard[y], 2.0)
        logits[start : start + 4096] = 1.15 * z
    return Rows(logits, labels)


def ours(rows, counts, ridge):
    """Weight and bias of z' = weight z + bias."""
    (step,) = METHODS["final-bn"].fit(rows, counts, make_settings("final-bn", {"ridge": ridge})).steps
    return step.weight, step.bias


def theirs(rows, ridge):
    """The same by torch."""
    z, labels = torch.from_numpy(rows.logits), torch.from_numpy(rows.labels)
    scale, mean = torch.sqrt(z.var(0, correction=0) + EPSILON), z.mean(0)
    x, level = (z - mean) / scale, mean.mean()
    gain, shift = scale.clone().requires_grad_(), (mean - level).clone().requires_grad_()
    search = torch.optim.LBFGS([gain, shift], max_iter=1000, history_size=10, line_search_fn="strong_wolfe")

    def closure():
        search.zero_grad()
        penalty = ((gain / scale - 1) ** 2 + ((shift - mean + level) / scale) ** 2).mean()
        loss = torch.nn.functional.cross_entropy(x * gain + shift, labels) + ridge / 2 * penalty
        loss.backward()
        return loss

    search.step(closure)
    passes = search.state[gain]["func_evals"]
    weight = (gain / scale).detach().numpy().astype(np.float64)
    return weight, shift.detach().numpy() + float(level) - weight * mean.numpy(), passes


def loss_of(rows, weight, bias, ridge):
    """Loss with its ridge, in float64."""
    mean = rows.logits.mean(axis=0, dtype=np.float64)
    scale = np.sqrt(rows.logits.var(axis=0, dtype=np.float64) + EPSILON)
    total = 0.0
    for block in rows.blocks():
        u = block.scores * weight + bias
        u -= u.max(axis=1, keepdims=True)
        total += float((np.log(np.exp(u).sum(axis=1)) - u[np.arange(len(u)), block.labels]).sum())
    away = (bias + weight * mean - mean) / scale
    return total / rows.n_samples + ridge / 2 * float(np.mean((weight - 1) ** 2 + away**2))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=50_000)
    parser.add_argument("--classes", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--ridge", type=float, default=0.1)
    chosen = parser.parse_args()
    if torch is None:
        print("skipped: torch is not installed (pip install torch)")
        return 0
    rows = make_rows(chosen.rows, chosen.classes)
    counts = ClassCounts.of(rows.labels, rows.logits.argmax(axis=1), rows.n_classes)
    print(f"{chosen.rows:,} x {chosen.classes:,} float32, ridge {chosen.ridge:g}, torch {torch.__version__}")
    print(f"{'':8}{'final-bn':>26}{'torch':>26}{'ratio':>8}")
    ratios, gaps = [], []
    for number in range(chosen.rounds):
        start = time.perf_counter()
        mine = ours(rows, counts, chosen.ridge)
        middle = time.perf_counter()
        *other, passes = theirs(rows, chosen.ridge)
        end = time.perf_counter()
        losses = [loss_of(rows, *layer, chosen.ridge) for layer in (mine, other)]
        ratios.append((end - middle) / (middle - start))
        gaps.append(losses[0] - losses[1])
        cells = [f"{middle - start:8.2f} s {losses[0]:.9f}", f"{end - middle:8.2f} s {losses[1]:.9f}"]
        print(f"round {number + 1} {cells[0]:>26}{cells[1]:>26}{ratios[-1]:>8.1f}  ({passes} passes of torch)")
    print(f"median ratio {statistics.median(ratios):.1f} (goal 3), largest loss above torch's {max(gaps):+.1e}")
    return 0 if statistics.median(ratios) >= 3 and max(gaps) <= 1e-7 else 1


if __name__ == "__main__":
    sys.exit(main())

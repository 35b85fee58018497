"""How often bounds of the mean cost miss the truth, by simulation; the table in the guide `costs` comes from here.

    python tests/bench/cost_bounds.py --sets 4000

Rows are drawn from a known joint distribution of true class, class predicted before and class predicted after. A cell
reads: in how many per cent of the samples the one-sided 95 % bound of the cost lies below the truth / above it, then
the same for the change, then what the two-sided 95 % intervals of both cover.
"""

import argparse

import numpy as np

from classlift.data.costs import Costs
from classlift.intervals.bounded import bounded_mean

K = 6


def rare(rng, cost, share):
    """One mistake of one class costs much and is rare."""
    matrix = 1 - np.eye(K)
    matrix[0, 1] = cost
    return matrix, share


MATRICES = {
    "all mistakes alike": lambda rng: 1 - np.eye(K),
    "superclasses": lambda rng: Costs.of_groups({str(k): str(k % 2) for k in range(K)}, 0.5).matrix,
    "uniform": lambda rng: rng.random((K, K)) * (1 - np.eye(K)),
    "lognormal": lambda rng: rng.lognormal(0, 1.5, (K, K)) * (1 - np.eye(K)),
    "one of 20": lambda rng: np.where(np.arange(K * K).reshape(K, K) == 1, 20, 1 - np.eye(K)),
    "one of 200": lambda rng: np.where(np.arange(K * K).reshape(K, K) == 1, 200, 1 - np.eye(K)),
}


def joint(rng, right):
    """Probability of each (true, before, after), shape (K, K, K)."""
    share = rng.dirichlet(np.full(K, 4.0))
    confusion = right * np.eye(K) + (1 - right) * rng.dirichlet(np.full(K, 1.0), K)
    stay = 0.85 * np.eye(K)[None] + 0.15 * (0.5 * np.eye(K)[:, None, :] + 0.5 * rng.dirichlet(np.full(K, 1.0), (K, K)))
    return share[:, None, None] * confusion[:, :, None] * stay


def missed(values, p, n, ends, sets, rng):
    """Per cent of samples whose upper bound is too low, whose lower bound is too high, whose interval covers."""
    truth = float((p * values).sum())
    counts = rng.multinomial(n, p, sets)
    means, squares = counts @ values / n, counts @ values**2 / n
    found = np.zeros(3)
    for mean, square in zip(means, squares, strict=True):
        low, high = bounded_mean(mean, square, n, ends, confidence=0.9)
        wide = bounded_mean(mean, square, n, ends)
        found += [high < truth, low > truth, wide.low <= truth <= wide.high]
    return 100 * found / sets


def main():
    """Print the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--sets", type=int, default=4000)
    parser.add_argument("--seeds", type=int, default=4)
    options = parser.parse_args()
    print("costs                 right  rows    cost: low/high/covers   change: low/high/covers  (worst of the seeds)")
    for name, make in MATRICES.items():
        for right in (0.6, 0.97):
            for n in (200, 1000, 5000):
                cells = []
                for seed in range(options.seeds):
                    rng = np.random.default_rng(seed)
                    matrix, p = make(rng), joint(rng, right)
                    most = matrix.max()
                    cost = np.broadcast_to(matrix[:, None, :], p.shape).ravel()
                    change = (matrix[:, None, :] - matrix[:, :, None]).ravel()
                    flat = p.ravel() / p.sum()
                    cells.append([
                        *missed(cost, flat, n, (0.0, most), options.sets, rng),
                        *missed(change, flat, n, (-most, most), options.sets, rng),
                    ])  # fmt: skip
                a = np.array(cells)
                worst = (a[:, 0].max(), a[:, 1].max(), a[:, 2].min(), a[:, 3].max(), a[:, 4].max(), a[:, 5].min())
                print(f"{name:20}  {right:.2f}  {n:5}    {worst[0]:4.1f} / {worst[1]:4.1f} / {worst[2]:4.1f}   "
                      f"       {worst[3]:4.1f} / {worst[4]:4.1f} / {worst[5]:4.1f}")  # fmt: skip


if __name__ == "__main__":
    main()

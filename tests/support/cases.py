"""Random predictions with everything that real files do: absent classes, hopeless classes, odd rows."""

from typing import NamedTuple

import numpy as np

ALPHAS = (0.0, 1.0, 3.0, 100.0)
ODDITIES = ("plain", "empty classes", "hopeless class", "none competitive", "sum 1.0005", "one-hot", "uniform", "few")


SIZES = (2, 3, 4, 5, 7, 10, 13, 20, 33, 60)
SHARES = (0.1, 0.1, 0.1, 0.15, 0.15, 0.15, 0.1, 0.08, 0.04, 0.03)


class Case(NamedTuple):
    """Probabilities, labels, and what is odd about them."""

    name: str
    probabilities: np.ndarray
    labels: np.ndarray
    alpha: float
    beta: float


def random_case(seed, oddity=None, n_classes=None):
    """One case; the same for the same seed."""
    rng = np.random.default_rng(seed)
    oddity = ODDITIES[seed % len(ODDITIES)] if oddity is None else oddity
    k = n_classes or int(rng.choice(SIZES, p=SHARES))
    n = int(rng.integers(2 * k, 12 * k + 30)) if oddity != "few" else int(rng.integers(1, k + 2))
    labels = rng.integers(0, k, n)
    if oddity == "empty classes" and k > 2:
        labels = labels % max(k // 2, 1)
    noise = rng.normal(0, rng.uniform(0.5, 2.0), (n, k))
    noise[np.arange(n), labels] += rng.uniform(0.3, 2.5)
    if oddity == "hopeless class":
        noise[:, k - 1] -= 30
    p = np.exp(noise - noise.max(axis=1, keepdims=True))
    p /= p.sum(axis=1, keepdims=True)
    if oddity == "none competitive":
        p = np.eye(k)[labels]
    if oddity == "one-hot":
        some = rng.random(n) < 0.4
        p[some] = np.eye(k)[rng.integers(0, k, some.sum())]
    if oddity == "uniform":
        p[rng.random(n) < 0.4] = 1 / k
    if oddity == "sum 1.0005":
        p *= 1.0005
    dtype = np.float32 if seed % 3 else np.float64
    alpha = ALPHAS[(seed // len(ODDITIES)) % len(ALPHAS)]
    name = f"{seed} {oddity}, K={k}, N={n}, alpha={alpha:g}"
    return Case(name, p.astype(dtype), labels, alpha, float(rng.choice([0, 0.5, 1.5])))


def predictions(n=400, n_classes=4, seed=0):
    """Rows of a classifier that is weak on its last classes."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, n_classes, n)
    logits = rng.normal(size=(n, n_classes)) - 0.8 * np.arange(n_classes)
    logits[np.arange(n), labels] += 2
    probs = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    return probs.astype(np.float32), labels

"""Prediction files for pages, and names that mean something to HTML."""

import numpy as np

NASTY = [
    "<script>alert(1)</script>",
    "</style></svg><img src=x onerror=alert(1)>",
    "\" onload='x'",
    "a\x1b[31m\u202eb",
    "{{ 7 * 7 }}",
]


def predictions(n_classes, n_samples, seed, *, scale=2.0):
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, n_classes, n_samples)
    logits = rng.normal(size=(n_samples, n_classes)) + np.linspace(-1, 1, n_classes)
    logits[np.arange(n_samples), labels] += scale
    logits -= logits.max(axis=1, keepdims=True)
    probs = np.exp(logits)
    return (probs / probs.sum(axis=1, keepdims=True)).astype(np.float32), labels


def save(file, n_classes, n_samples, seed, **more):
    probs, labels = predictions(n_classes, n_samples, seed)
    np.savez(file, probs=probs, labels=labels, **more)

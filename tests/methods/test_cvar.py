"""The cvar step: the set of the conditional value at risk, the ascent against a plain loop, what it does."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy.optimize import brentq

from classlift.data.kind import Kind
from classlift.fitting.fit import fit
from classlift.fitting.result import EffectKind
from classlift.methods import cvar, make_settings
from support.array_source import ArraySource


@given(hnp.arrays(float, st.integers(1, 12), elements=st.floats(-30, 30)), st.data())
@settings(deadline=None)
def test_projection(u, data):
    m = data.draw(st.integers(1, len(u)))
    q = cvar.project(u, m)
    assert q.sum() == pytest.approx(1)
    assert (q >= 0).all()
    assert q.max() <= 1 / m + 1e-12
    e = np.exp(u - u.max())
    c = np.exp(brentq(lambda x: np.minimum(np.exp(x) * e, 1 / m).sum() - 1, -5, 700)) if m < len(u) else np.inf
    np.testing.assert_allclose(q, np.minimum(c * e, 1 / m), atol=1e-8)


def slow_biases(log_p, labels, strength, fraction):
    """The ascent as the docstring says it, over all rows and classes."""
    n, k = log_p.shape
    support = np.bincount(labels, minlength=k)
    seen = support > 0
    m = max(1, int(np.floor(fraction * seen.sum() + 0.5)))
    prior = np.maximum(support, 0.5) / n
    p = np.exp(log_p)
    u, total = np.zeros(k), np.zeros(k)
    q = seen / seen.sum()
    for t in range(40):
        chosen = (log_p + np.log((1 - strength) + strength * q / prior)).argmax(axis=1)
        for c in range(k):
            rows = chosen == c
            trust = support[c] / (support[c] + 100)
            hard = (labels[rows] == c).sum() / max(support[c], 1)
            soft = p[rows, c].sum() / max(p[:, c].sum(), 1e-9)
            u[c] += 4 / np.sqrt(t + 1) * (1 - trust * hard - (1 - trust) * soft)
        u[~seen] = -1e3
        q = cvar.project(u, m)
        if t >= 20:
            total += q
    return np.log((1 - strength) + strength * total / 20 / prior)


@pytest.mark.parametrize("n_classes", [2, 5, 30])
@pytest.mark.parametrize("strength", [0.02, 0.3, 0.8])
def test_the_ascent_is_that_of_the_plain_loop(n_classes, strength):
    rng = np.random.default_rng(n_classes)
    labels = rng.integers(0, max(2, n_classes - 1), 400)
    z = rng.normal(size=(400, n_classes))
    z[np.arange(400), labels] += 1
    log_p = z - np.log(np.exp(z).sum(axis=1, keepdims=True))
    ours = cvar.biases(log_p, labels, [strength], 0.2)[0]
    np.testing.assert_allclose(ours, slow_biases(log_p, labels, strength, 0.2), atol=1e-9)


def weak_class(seed=0, n=3000):
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 5, n)
    z = rng.normal(size=(n, 5))
    z[np.arange(n), labels] += 2
    z[:, 4] -= 1.5
    return z, labels


def test_it_lifts_the_lowest_class_of_rows_it_has_not_seen():
    z, labels = weak_class()
    result = fit(
        ArraySource(z, labels, kind=Kind.LOGITS), method="cvar", settings=make_settings("cvar", {"strength": 0.2})
    )
    assert result.out_of_fold.after.low() > result.out_of_fold.before.low() + 0.1


def test_more_strength_gains_more():
    z, labels = weak_class(n=20_000)
    lows = []
    for strength in (0.02, 0.2, 0.9):
        chosen = make_settings("cvar", {"strength": strength})
        source = ArraySource(z, labels, kind=Kind.LOGITS)
        effect = fit(source, method="cvar", settings=chosen, effect=EffectKind.IN_SAMPLE).in_sample
        lows.append(effect.after.low())
    assert lows[0] < lows[1] < lows[2] + 0.02

"""Laws of the formulas on whatever hypothesis thinks of, extreme values, and the same numbers from run to run."""

import os
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

import hypothesis
import numpy as np
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import classlift
from classlift.data.kind import Kind
from classlift.fitting.fit import fit
from classlift.fitting.result import EffectKind
from classlift.methods import make_settings
from classlift.storage import ReadOptions, open_predictions

from .kills import prepare, start

METHODS = ("elaborated", "naive", "logit-adjust", "cvar", "matrix-scaling")
EXTREMES = ("one-hot", "uniform", "denormal", "float16", "one row", "two classes", "as many classes as rows", "plain")


@st.composite
def rows(draw):
    """Probabilities and labels of an extreme kind, float32 or float64."""
    kind = draw(st.sampled_from(EXTREMES))
    k = 2 if kind == "two classes" else draw(st.integers(2, 8))
    n = {"one row": 1, "as many classes as rows": k}.get(kind) or draw(st.integers(1, 30))
    dtype = draw(st.sampled_from((np.float32, np.float64)))
    labels = draw(hnp.arrays(np.int64, n, elements=st.integers(0, k - 1)))
    if kind == "one-hot":
        hot = draw(hnp.arrays(np.int64, n, elements=st.integers(0, k - 1)))
        return np.eye(k, dtype=dtype)[hot], labels
    if kind == "uniform":
        return np.full((n, k), 1 / k, dtype), labels
    weights = draw(hnp.arrays(np.float64, (n, k), elements=st.floats(0, 1, width=16)))
    weights[np.arange(n), draw(hnp.arrays(np.int64, n, elements=st.integers(0, k - 1)))] += 0.5
    p = weights / weights.sum(axis=1, keepdims=True)
    if kind == "denormal":
        p[p < 0.1] = np.finfo(dtype).smallest_subnormal
        p /= p.sum(axis=1, keepdims=True)
    p = p.astype(np.float16).astype(dtype) if kind == "float16" else p.astype(dtype)
    return p, labels


def probabilities_come_out(p, labels, method, beta):
    """Adjusted rows are finite, not negative, sum to 1, and the input is left alone."""
    before = p.copy()
    layer = fitted(p, labels, method, beta)
    out = classlift.apply_array(layer, p)
    assert (out >= 0).all() and out.dtype == p.dtype
    assert np.abs(out.sum(axis=1, dtype=np.float64) - 1).max() < 2e-3
    np.testing.assert_array_equal(p, before)


def columns_sum(p, labels, method, beta):
    """1^T H = [1 … 1 | 0] for the layers of least squares."""
    layer = fitted(p, labels, "elaborated" if method != "naive" else method, beta)
    for step in layer.steps:
        assert np.abs(step.weight.sum(axis=0) - 1).max() < 1e-9 * max(1, np.abs(step.weight).max())
        assert abs(step.bias.sum()) < 1e-9 * max(1, np.abs(step.bias).max())


def sure_rows_stay(p, labels, method, beta):
    """Rows at or above the gate keep their bits."""
    layer = fitted(p, labels, "elaborated", beta)
    sure = p.max(axis=1).astype(np.float64) >= 0.8
    assert classlift.apply_array(layer, p)[sure].tobytes() == p[sure].tobytes()


def order_does_not_matter(p, labels, method, beta):
    """Another order of the rows gives the same layer, as far as the condition of its system lets it."""
    a, b = (fitted(p[o], labels[o], "elaborated", beta) for o in (slice(None), slice(None, None, -1)))
    assert len(a.steps) == len(b.steps)
    bound = 1e-13 * max(1, a.provenance.get("condition") or 1)
    for one, other in zip(a.steps, b.steps, strict=True):
        assert np.abs(one.weight - other.weight).max() <= bound * max(1, np.abs(one.weight).max())


def a_figure_is_a_share(p, labels, method, beta):
    """Accuracies lie between 0 and 1, and fixed less broken rows are the change of right rows."""
    result = classlift.evaluate({"probs": p, "labels": labels}, layer=fitted(p, labels, method, beta))
    before, after = result.counts.before, result.counts.after
    assert after.right.sum() - before.right.sum() == result.fixed - result.broken
    assert (before.right <= before.support).all() and (after.right <= after.support).all()


LAWS = (probabilities_come_out, columns_sum, sure_rows_stay, order_does_not_matter, a_figure_is_a_share)


def fitted(p, labels, method, beta):
    """A layer of one method with its defaults."""
    more = {"beta": beta} if method == "elaborated" else {}
    settings = make_settings(method, more)
    source = open_predictions({"probs": p, "labels": labels}, ReadOptions(kind=Kind.PROBABILITIES))
    return fit(source, method=method, settings=settings, effect=EffectKind.NONE).layer


def check_laws(examples):
    """Examples per law, and the findings; `examples` are shared by the laws."""
    counted, findings = Counter(), []
    for law in LAWS:
        settings = hypothesis.settings(
            max_examples=max(1, examples // len(LAWS)), deadline=None, database=None,
            suppress_health_check=list(hypothesis.HealthCheck),
        )  # fmt: skip
        given = hypothesis.given(rows(), st.sampled_from(METHODS), st.sampled_from((0.0, 0.5, 1.5)))
        try:
            settings(given(counting(law, counted)))()
        except Exception as error:  # the smallest example that hypothesis found
            findings.append(f"{law.__name__}: {type(error).__name__}: {str(error)[:300]}")
    return counted, findings


def counting(law, counted):
    """The law as hypothesis calls it, with a count of its calls."""

    def check(case, method, beta):
        counted[law.__name__] += 1
        law(*case, method, beta)

    return check


def check_runs():
    """The same bytes from run to run; between one and two threads 1e-12 (relative), by descent in float32 1e-5."""
    findings = []
    with tempfile.TemporaryDirectory(prefix="classlift-runs-") as name:
        folder = Path(name)
        prepare(folder, rows=5_000)
        for method, tolerance in (("elaborated", 1e-12), ("cvar", 1e-12), ("matrix-scaling", 1e-5)):
            words = ["fit", "val.npz", "--method", method, "--effect", "none", "--quiet", "-o"]
            layers = [layer_of(folder, [*words, f"{i}.npz"], threads) for i, threads in enumerate((1, 1, 2))]
            if layers[0][0] != layers[1][0]:
                findings.append(f"{method}: other bytes in the second run")
            for one, two in zip(layers[0][1].steps, layers[2][1].steps, strict=True):
                for a, b in ((one.bias, two.bias), (one.weight, two.weight)):
                    if a is not None and np.abs(a - b).max() > tolerance * np.abs(a).max():
                        findings.append(
                            f"{method}: {np.abs(a - b).max() / np.abs(a).max():.1e} between 1 and 2 threads"
                        )
        for suffix in ("npz", "parquet", "csv", "safetensors"):
            pair = []
            for i in range(2):
                words = ["apply", "layer.npz", "val.npz", "--quiet", "-o", f"{i}.{suffix}"]
                assert start(words, folder).wait() == 0
                pair.append((folder / words[-1]).read_bytes())
            findings += [] if pair[0] == pair[1] else [f"apply to {suffix}: other bytes in the second run"]
    return findings


def layer_of(folder, words, threads):
    """Bytes and layer of a fit with so many threads of BLAS."""
    named = {name: str(threads) for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")}
    command = [sys.executable, "-m", "classlift", *words]
    subprocess.run(command, cwd=folder, env=os.environ | named, check=True)
    path = folder / words[-1]
    return path.read_bytes(), classlift.load_layer(path)

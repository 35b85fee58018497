"""Rows of probabilities that were rounded before they were saved: what rounding explains is read, in every format."""

import json

import numpy as np
import pandas as pd
import pytest

from classlift.errors import ClassliftError
from classlift.storage import ReadOptions, open_predictions

N = 200


def made(k, seed=0):
    rng = np.random.default_rng(seed)
    return rng.dirichlet(np.ones(k), N), rng.integers(k, size=N)


def significant(p):
    return np.array([float(f"{v:.2g}") for v in p.ravel()]).reshape(p.shape)


def bfloat16(p):
    bits = p.astype(np.float32).view(np.uint32)
    return ((bits + 0x8000) & 0xFFFF0000).astype(np.uint32).view(np.float32)


ROUNDED = {
    "3 classes, 3 places": (3, lambda p: np.round(p, 3)),
    "3 classes, 3 places, float32": (3, lambda p: np.round(p, 3).astype(np.float32)),
    "6 classes, 3 places": (6, lambda p: np.round(p, 3)),
    "30 classes, 2 places": (30, lambda p: np.round(p, 2)),
    "90 classes, 3 places, float32": (90, lambda p: np.round(p, 3).astype(np.float32)),
    "2 significant digits": (7, significant),
    "bfloat16": (5, bfloat16),
}


def save(path, p, y):
    names = [f"conf_k{i:02d}x" for i in range(p.shape[1])]
    labels = [name[5:] for name in np.array(names)[y]]
    if path.suffix == ".npz":
        np.savez(path, confidences=p, labels=y)
    elif path.suffix == ".jsonl":
        path.write_text(
            "".join(json.dumps({"probs": row.tolist(), "label": int(k)}) + "\n" for row, k in zip(p, y, strict=True))
        )
    else:
        table = pd.DataFrame(p, columns=names).assign(label=labels)
        table.to_parquet(path) if path.suffix == ".parquet" else table.to_csv(path, index=False)
    return path


@pytest.mark.parametrize("suffix", [".csv", ".parquet", ".npz", ".jsonl"])
@pytest.mark.parametrize("name", ROUNDED)
def test_sums_that_rounding_explains(tmp_path, suffix, name):
    k, rounded = ROUNDED[name]
    p, y = made(k)
    p = rounded(p)
    assert np.abs(p.sum(axis=1, dtype=np.float64) - 1).max() > 1e-3
    source = open_predictions(save(tmp_path / f"a{suffix}", p, y))
    blocks = list(source.blocks())
    assert str(source.kind) == "probabilities"
    right = sum(int((block.predicted == block.labels).sum()) for block in blocks)
    assert right == (p.argmax(axis=1) == y).sum()


def fix_of(path, **options):
    with pytest.raises(ClassliftError) as caught:
        list(open_predictions(path, ReadOptions(**options)).blocks())
    return caught.value.fix


def test_a_few_rows_that_are_off_may_be_normalized(tmp_path):
    p, y = made(4)
    p[7] *= 0.98
    assert fix_of(save(tmp_path / "a.jsonl", p, y)).startswith("use --bad-rows normalize")


def test_sums_that_vary_freely_are_never_normalized(tmp_path):
    p, y = made(4)
    p = 1 / (1 + np.exp(-4 * p))
    assert "normalize" not in fix_of(save(tmp_path / "a.jsonl", p, y))


@pytest.mark.parametrize("suffix", [".csv", ".parquet", ".npz", ".jsonl"])
def test_per_cent_is_named_whatever_the_columns_are_called(tmp_path, suffix):
    p, y = made(4)
    assert "divide them by 100" in fix_of(save(tmp_path / f"a{suffix}", np.round(100 * p, 1), y))


def test_values_of_any_size_are_looked_at_without_a_warning(tmp_path):
    p, y = made(4)
    p[:, 0] *= np.logspace(-320, 0, N)
    assert "0.001" in str(open_refused(save(tmp_path / "a.npz", p, y)))
    rows = [{"p_a": 10**400, "p_b": 0.5, "label": "a"}] * 20
    (tmp_path / "a.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    assert open_refused(tmp_path / "a.jsonl").fix


def open_refused(path):
    with pytest.raises(ClassliftError) as caught:
        list(open_predictions(path, ReadOptions(kind="probabilities")).blocks())
    return caught.value

"""Peak memory of a pass does not grow with the rows."""

import subprocess
import sys

import numpy as np
import pytest

from classlift.storage import open_writer

PROGRAM = """
import resource, sys
from classlift.storage import open_predictions, open_writer
source = open_predictions(sys.argv[1])
rows = sum(block.n_samples for block in source.blocks())
print(rows, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


def make(path, n):
    rng = np.random.default_rng(0)
    pool = rng.dirichlet(np.ones(100), 10_000).astype(np.float32).round(4)
    pool /= pool.sum(axis=1, keepdims=True)
    with open_writer(path, classes=None, n_classes=100, n_samples=n) as out:
        for _ in range(n // 10_000):
            out.write({"probs": pool, "labels": np.arange(10_000) % 100})


@pytest.mark.skipif(sys.platform != "linux", reason="the unit of ru_maxrss is that of Linux")
@pytest.mark.parametrize("suffix", [".npz", ".parquet", ".csv"])
def test_peak_memory(tmp_path, suffix):
    peaks = []
    for n in (10_000, 200_000):
        path = tmp_path / f"{n}{suffix}"
        make(path, n)
        done = subprocess.run([sys.executable, "-c", PROGRAM, path], capture_output=True, text=True, check=True)
        rows, peak = map(int, done.stdout.split())
        assert rows == n
        peaks.append(peak / 1024)
        path.unlink()
    assert peaks[1] - peaks[0] < 25, f"{peaks} MB"

"""Blocks that are written by a thread: in order, as they were when they were given, and with their faults."""

import gzip
import io

import numpy as np
import pytest

from classlift.storage import open_writer
from classlift.storage.write.behind import Behind, PackedBehind


class Slow:
    """A writer that keeps what it gets, and refuses rows that are negative."""

    def __init__(self):
        self.kept, self.calls = [], []

    def write(self, columns):
        if (columns["v"] < 0).any():
            raise OSError("no space left")
        self.kept.append(columns["v"].tolist())

    def finish(self):
        self.calls.append("finish")

    def close(self):
        self.calls.append("close")


def test_blocks_come_in_order_though_their_array_is_used_again():
    inner, buffer = Slow(), np.zeros(2, np.int64)
    writer = Behind(inner)
    for k in range(50):
        buffer[:] = k, k + 1
        writer.write({"v": buffer})
    buffer[:] = 99
    writer.finish()
    writer.close()
    assert inner.kept == [[k, k + 1] for k in range(50)]
    assert inner.calls == ["finish", "close"]


def test_a_fault_is_raised_by_the_next_call_and_what_is_open_is_closed():
    inner = Slow()
    writer = Behind(inner)
    writer.write({"v": np.array([-1])})
    with pytest.raises(OSError, match="no space left"):
        writer.finish()
    writer.close()
    assert inner.calls == ["close"]


def test_bytes_are_packed_in_order():
    file = io.BytesIO()
    stream = PackedBehind(gzip.GzipFile(fileobj=file, mode="wb"))
    for k in range(50):
        stream.write(f"{k} ".encode())
    stream.close()
    assert gzip.decompress(file.getvalue()).decode().split() == [str(k) for k in range(50)]


def test_a_fault_of_packing_is_raised_and_the_stream_is_closed():
    class Full(io.BytesIO):
        def write(self, _):
            raise OSError("no space left")

    full = Full()
    stream = PackedBehind(full)
    stream.write(b"rows")
    with pytest.raises(OSError, match="no space left"):
        stream.close()
    assert full.closed
    stream.close()


@pytest.mark.parametrize("suffix", [".csv", ".csv.gz", ".jsonl"])
def test_a_fault_in_between_leaves_no_file(tmp_path, suffix):
    good, odd = {"a": np.zeros(3)}, {"a": np.zeros(3, complex)}
    with (
        pytest.raises(Exception, match="numpy type"),
        open_writer(tmp_path / f"x{suffix}", classes=None, n_classes=2, score_name=None) as writer,
    ):
        for columns in (good, odd, good):
            writer.write(columns)
    assert list(tmp_path.iterdir()) == []

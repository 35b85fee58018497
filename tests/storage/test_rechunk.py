"""Blocks do not depend on how the file was cut."""

from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from classlift.storage.read.rechunk import block_rows, rechunk


@given(st.lists(st.integers(0, 40), max_size=12), st.integers(1, 30))
def test_every_cut_gives_the_same_blocks(lengths, rows):
    total = sum(lengths)
    values, text = np.arange(total * 3.0).reshape(-1, 3), np.array([f"r{i}" for i in range(total)], "<U9")
    starts = np.cumsum([0, *lengths])
    chunks = [
        {"v": values[a:b], "t": text[a:b].astype(f"<U{max(1, max(map(len, text[a:b]), default=1))}")}
        for a, b in pairwise(starts)
    ]
    blocks = [{k: c.copy() for k, c in block.items()} for block in rechunk(chunks, rows)]
    assert [len(block["v"]) for block in blocks] == [rows] * (total // rows) + [total % rows] * (total % rows > 0)
    if blocks:
        assert np.array_equal(np.concatenate([b["v"] for b in blocks]), values)
        assert np.array_equal(np.concatenate([b["t"] for b in blocks]), text)


def test_a_fitting_chunk_is_not_copied():
    values = np.zeros((8, 2))
    assert all(np.shares_memory(block["v"], values) for block in rechunk([{"v": values}], 4))


@given(st.integers(2, 10**6))
def test_block_rows_are_a_power_of_two_within_bounds(k):
    rows = block_rows(k)
    assert 256 <= rows <= 65536 and rows & (rows - 1) == 0

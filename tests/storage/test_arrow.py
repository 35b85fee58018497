"""Arrow arrays and numpy arrays hold the same values, whole or sliced."""

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from classlift.storage.arrow import array_of, array_of_texts, lengths_of, numbers_of, values_in

LISTS = st.lists(st.one_of(st.none(), st.lists(st.floats(allow_nan=False), max_size=4)), max_size=12)


@given(st.lists(st.booleans(), max_size=40), st.integers(0, 40))
def test_truth_values_go_both_ways(values, start):
    array = array_of(np.array(values, bool))
    assert array.to_pylist() == values
    numbers = numbers_of(array.slice(start))
    assert numbers.dtype == bool
    assert numbers.tolist() == values[start:]


def test_a_missing_truth_value_is_not_a_number():
    assert np.isnan(numbers_of(pa.array([True, None, False]))).tolist() == [False, True, False]


@given(LISTS, st.integers(0, 12), st.integers(0, 12))
def test_values_and_lengths_of_lists(lists, start, rows):
    array, part = pa.array(lists, pa.list_(pa.float64())).slice(start, rows), lists[start : start + rows]
    assert values_in(array).to_pylist() == [value for values in part if values is not None for value in values]
    assert lengths_of(array, -1).tolist() == [-1 if values is None else len(values) for values in part]


@pytest.mark.parametrize("rows", [slice(0, 4), slice(1, 3), slice(2, 2)])
def test_values_of_lists_of_one_size(rows):
    cells = [[1.0, 2.0], [3.0, 4.0], [5.0, 6.0], [7.0, 8.0]]
    array = pa.array(cells, pa.list_(pa.float64(), 2)).slice(rows.start, rows.stop - rows.start)
    assert values_in(array).to_pylist() == [value for cell in cells[rows] for value in cell]


@given(st.lists(st.one_of(st.none(), st.text(max_size=6)), max_size=20))
def test_texts_go_both_ways(texts):
    array = array_of_texts(texts)
    array.validate(full=True)
    assert (array.to_pylist(), array.type, array.null_count) == (texts, pa.string(), texts.count(None))

"""The interval of the mean of a bounded figure."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from classlift.intervals.bounded import bounded_mean
from classlift.intervals.proportions import wilson


@given(st.integers(1, 500), st.floats(0, 1), st.sampled_from([0.8, 0.95, 0.99]))
@settings(max_examples=100, deadline=None)
def test_it_is_wilsons_for_values_of_0_and_1(n, share, confidence):
    right = round(n * share)
    low, high = wilson(right, n, confidence=confidence)
    found = bounded_mean(right / n, right / n, n, (0.0, 1.0), confidence=confidence)
    assert found == pytest.approx((float(low), float(high)), abs=1e-12)


@given(st.integers(0, 10_000), st.integers(2, 300), st.floats(-5, 5), st.floats(0.01, 50))
@settings(max_examples=100, deadline=None)
def test_it_moves_and_grows_with_the_values_and_holds_their_mean(seed, n, shift, factor):
    x = np.random.default_rng(seed).random(n) ** 3
    low, high = bounded_mean(float(x.mean()), float((x**2).mean()), n, (0.0, 1.0))
    assert 0 <= low <= x.mean() <= high <= 1
    y = shift + factor * x
    moved = bounded_mean(float(y.mean()), float((y**2).mean()), n, (shift, shift + factor))
    assert moved == pytest.approx((shift + factor * low, shift + factor * high), abs=1e-6 * factor)


def test_a_large_value_that_is_not_in_the_sample_is_reckoned_with():
    near = bounded_mean(0.1, 0.1, 200, (0.0, 1.0)).high
    far = bounded_mean(0.1, 0.1, 200, (0.0, 100.0)).high
    assert far > near + 0.5
    assert bounded_mean(0.0, 0.0, 200, (0.0, 100.0)).high > 1.5


@pytest.mark.parametrize("spread", [1.0, 20.0])
def test_the_upper_bound_is_seldom_below_the_truth(spread):
    rng = np.random.default_rng(0)
    values, p = np.array([0, 0.5, 1, spread]), np.array([0.7, 0.2, 0.09, 0.01])
    truth, missed = float(values @ p), 0
    for counts in rng.multinomial(400, p, 2000):
        mean, square = float(counts @ values) / 400, float(counts @ values**2) / 400
        missed += bounded_mean(mean, square, 400, (0.0, spread), confidence=0.9).high < truth
    assert missed / 2000 <= 0.065

"""The allowed fall of total accuracy from Python: a fraction or points, and nothing that could be taken for either."""

import numpy as np
import pytest

import classlift
from classlift.errors import ClassliftError

PREDICTIONS = {"probs": np.array([[0.9, 0.1], [0.2, 0.8]] * 20), "labels": np.array([0, 1] * 20)}


@pytest.mark.parametrize("given", [0.05, "5pp", " 5 pp"])
def test_a_fraction_and_points_are_the_same(given):
    assert classlift.tune(PREDICTIONS, max_total_drop=given).max_total_drop == pytest.approx(0.05)


@pytest.mark.parametrize("given", [5, -1, float("nan"), "5", "5%", [0.1]])
def test_what_may_mean_something_else_is_asked(given):
    with pytest.raises(ClassliftError, match="max_total_drop") as raised:
        classlift.tune(PREDICTIONS, max_total_drop=given)
    assert "fix: " in str(raised.value)

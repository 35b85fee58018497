"""Many classes, one error rate: which changes are sure, intervals of all together, and of the class that was picked."""

import json

import numpy as np
import pytest
from scipy.stats import binomtest, false_discovery_control

from classlift.data.counts import ClassCounts, PairedCounts
from classlift.evaluation.classes import shown_change_intervals, shown_intervals
from classlift.evaluation.comparison import Comparison
from classlift.evaluation.options import Resampling
from classlift.evaluation.result import Evaluation
from classlift.intervals.many import clopper_pearson, false_discoveries
from classlift.intervals.proportions import tango_difference, wilson
from classlift.intervals.significance import mcnemar_exact
from intervals.simulate import simulate_classes
from support.process import classlift


def compared(cells, **more):
    cells = np.asarray(cells)
    both, broken, fixed, _ = cells.T
    support = cells.sum(axis=1)
    before, after = (ClassCounts(support, both + x, support) for x in (broken, fixed))
    return Comparison(
        "x",
        PairedCounts(before, after, fixed, broken),
        tuple(map(str, range(len(cells)))),
        resampling=Resampling(**more),
    )


def cells(seed=0, k=30):
    rng = np.random.default_rng(seed)
    return rng.multinomial(rng.integers(0, 80, k), [0.55, 0.1, 0.2, 0.15])


@pytest.mark.parametrize("seed", range(5))
def test_false_discoveries_are_those_of_scipy(seed):
    p_values = np.random.default_rng(seed).beta(0.4, 2, 50)
    found = false_discoveries(p_values, 0.1)
    assert (found == (false_discovery_control(p_values, method="bh") <= 0.1)).all()
    gaps = np.insert(p_values, [3, 20], np.nan)
    assert (false_discoveries(gaps, 0.1)[~np.isnan(gaps)] == found).all()
    assert not false_discoveries(np.full(4, np.nan)).any()


def test_exact_intervals_are_those_of_scipy():
    for x, n in [(0, 7), (7, 7), (3, 7), (81, 263)]:
        low, high = clopper_pearson(x, n, confidence=0.99)
        own = binomtest(x, n).proportion_ci(0.99, "exact")
        assert (float(low), float(high)) == pytest.approx((own.low, own.high), abs=1e-12)
    assert np.isnan(clopper_pearson(0, 0)).all()


def test_sure_changes_are_exact_tests_corrected_for_their_number():
    result = compared(cells())
    counts = result.counts
    p_values = np.array(
        [
            mcnemar_exact(b, f) if n else np.nan
            for b, f, n in zip(
                counts.broken.tolist(), counts.fixed.tolist(), counts.before.support.tolist(), strict=True
            )
        ]
    )
    known = ~np.isnan(p_values)
    sure = np.zeros(len(p_values), bool)
    sure[known] = false_discovery_control(p_values[known]) <= 0.05
    assert (result.beyond_chance == np.where(sure, np.sign(counts.fixed - counts.broken), 0)).all()
    assert 0 < (result.beyond_chance > 0).sum() < known.sum()


def test_shown_intervals_are_those_of_each_class_but_for_the_picked_one():
    result = compared(cells(1))
    low, high = shown_intervals(result.before)
    own = wilson(result.counts.before.right, result.counts.before.support)
    first = int(result.before.lowest_classes[0])
    others = np.arange(30) != first
    assert (low[others], high[others]) == (
        pytest.approx(own[0][others], nan_ok=True),
        pytest.approx(own[1][others], nan_ok=True),
    )
    assert low[first] == pytest.approx(own[0][first])
    assert high[first] > own[1][first], "it is drawn towards the others"
    low, high = shown_change_intervals(result)
    own = tango_difference(result.counts.broken, result.counts.fixed, result.counts.before.support)
    assert low[others] == pytest.approx(own[0][others], nan_ok=True)
    assert low[first] <= own[0][first] < own[1][first] <= high[first]
    plain = compared(cells(1), n_draws=0)
    assert shown_intervals(plain.before)[1][first] == pytest.approx(
        wilson(plain.counts.before.right, plain.counts.before.support)[1][first]
    )


def test_simultaneous_intervals_have_the_confidence_of_all():
    result = compared(cells(2), simultaneous=True)
    counts, seen = result.counts, int((result.counts.before.support > 0).sum())
    exact = clopper_pearson(counts.before.right, counts.before.support, confidence=1 - 0.05 / seen)
    tango = tango_difference(counts.broken, counts.fixed, counts.before.support, confidence=1 - 0.05 / seen)
    assert np.array_equal(shown_intervals(result.before), exact, equal_nan=True)
    assert np.array_equal(shown_change_intervals(result), tango, equal_nan=True)
    one = result.interval("class:3.change")
    assert one == compared(cells(2)).interval("class:3.change"), "gates ask each class on its own"


def test_nothing_is_picked_where_nothing_is_known():
    empty = Evaluation("x", ClassCounts.zeros(3), tuple("abc"))
    assert np.isnan(shown_intervals(empty)).all()
    assert not compared(np.zeros((3, 4), int)).beyond_chance.any()


def test_a_hundred_equal_classes_of_fifty_rows():
    """`simulate.py --each --classes 100 --rows 50` made the table of the guide."""
    held = simulate_classes(100, 50, "equal", "flip", sets=60, n_draws=200, seed=3)
    assert held["plain"] < 0.25, "the plain interval of the worst class hardly ever holds"
    assert min(held[name] for name in ("first", "first.change", "all", "all.change", "flags")) >= 0.9, held


def test_the_command(tmp_path):
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 6, 900)
    scores = rng.normal(0, 1, (2, 900, 6))
    scores[:, np.arange(900), labels] += np.array([[1.0], [1.6]])
    for name, each in zip(("old", "new"), np.exp(scores), strict=True):
        np.savez(tmp_path / f"{name}.npz", probs=each / each.sum(1, keepdims=True), labels=labels)
    words = ["evaluate", "new.npz", "--against", "old.npz", "--json", "o.json"]
    done = classlift(*words, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    table = done.stdout[done.stdout.index("classes, worst before first") :]
    assert "(FDR" in table.split("──")[0]
    classes = json.loads((tmp_path / "o.json").read_text())["classes"]
    rises = [one["name"] for one in classes if one["beyond_chance"] == "rises"]
    assert rises
    assert table.count("rises") == len(rises)
    wide = classlift(*words, "--simultaneous", "--details", cwd=tmp_path)
    assert wide.returncode == 0, wide.stderr
    assert "so wide that all hold together (Bonferroni)" in " ".join(wide.stdout.split())
    document = json.loads((tmp_path / "o.json").read_text())
    assert document["intervals"]["simultaneous"]
    for one, all_of in zip(classes, document["classes"], strict=True):
        (a, b), (low, high) = one["change_interval"], all_of["change_interval"]
        assert high - low > b - a or one["before"]["recall"] == min(each["before"]["recall"] for each in classes)

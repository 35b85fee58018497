"""Clustered rows: what they are worth, against formulas and enumeration, and what intervals cover."""

import itertools

import numpy as np
import pytest
from scipy.stats import t as student

from classlift.data.clusters import Clusters, keys_of
from classlift.data.counts import ClassCounts, PairedCounts
from classlift.evaluation import uncertainty
from classlift.evaluation.comparison import Comparison
from classlift.evaluation.evaluate import evaluate
from classlift.evaluation.options import Resampling
from classlift.intervals.clustered import design_effects, few_clusters
from classlift.intervals.proportions import wilson
from classlift.intervals.significance import mcnemar_exact, sign_flip_test
from intervals.simulate_clusters import DESIGNS, FIGURES, comparison, score_rows, simulate, simulate_scores
from support.array_source import ArraySource


def rows(n=300, k=4, clusters=25, seed=0):
    rng = np.random.default_rng(seed)
    cluster = rng.integers(0, clusters, n)
    labels = rng.integers(-1, k, n)
    level = rng.random((clusters, 1))[cluster, 0]
    was, now = ((rng.random(n) < level) & (labels >= 0) for _ in range(2))
    return labels, np.where(was, labels, (labels + 1) % k), np.where(now, labels, (labels + 2) % k), cluster


@pytest.mark.parametrize("seed", range(4))
def test_the_sign_flip_test_against_all_signs(seed):
    moved = np.random.default_rng(seed).integers(-4, 5, 11)
    every = [abs(np.dot(signs, moved)) for signs in itertools.product((-1, 1), repeat=len(moved))]
    assert sign_flip_test(moved) == pytest.approx(np.mean(np.array(every) >= abs(moved.sum())), abs=1e-12)


@pytest.mark.parametrize(("broken", "fixed"), [(0, 0), (3, 3), (5, 15), (0, 9), (400, 460)])
def test_clusters_of_one_row_have_the_exact_mcnemar_test(broken, fixed):
    moved = np.array([-1] * broken + [1] * fixed + [0] * 7)
    assert sign_flip_test(moved) == pytest.approx(mcnemar_exact(broken, fixed), abs=1e-12)


def test_many_changed_rows_have_the_normal_distribution():
    moved = np.random.default_rng(3).integers(-900, 1000, 5000)
    draws = np.random.default_rng(4).choice([-1, 1], (4000, len(moved))) @ moved
    assert sign_flip_test(moved) == pytest.approx(np.mean(np.abs(draws) >= abs(moved.sum())), abs=0.03)


def test_design_effects_against_sums_row_by_row():
    labels, was, _, cluster = rows()
    found = Clusters.of(keys_of(cluster)[labels >= 0], labels[labels >= 0], (was == labels)[labels >= 0])
    right, n = (np.bincount(found.label, found.cells[:, i], 4) for i in (1, 0))
    p = right / n
    effects = design_effects(found.label, found.cells[:, 0], found.cells[:, 1], n * p * (1 - p))
    robust, plain, common, size = np.zeros(4), n * p * (1 - p), np.zeros(4), np.zeros(4)
    for k in range(4):
        seen = [g for g in set(cluster.tolist()) if ((labels == k) & (cluster == g)).any()]
        for g in seen:
            own = (labels == k) & (cluster == g)
            robust[k] += ((was[own] == k) - p[k]).sum() ** 2 * len(seen) / (len(seen) - 1)
            size[k] += own.sum() ** 2
        common[k] = (size[k] - n[k]) * p[k] * (1 - p[k])
    rho = max(0.0, (robust - plain).sum() / common.sum())
    expected = np.maximum(np.maximum(robust / plain, 1 + rho * (size / n - 1)), 1)
    assert effects == pytest.approx(expected, rel=1e-12)
    assert few_clusters(25, 0.9) == pytest.approx((student.ppf(0.95, 24) / 1.6448536269514722) ** 2)


def test_rows_copied_ten_times_are_worth_as_many_as_there_were():
    labels, was, now, _ = rows()
    was, now, labels = (each[labels >= 0] for each in (was, now, labels))
    one = Comparison("x", PairedCounts.of(labels, was, now, 4), tuple("abcd"), resampling=Resampling(400))
    copied = [np.repeat(each, 10) for each in (labels, was, now)]
    ten = PairedCounts.of(*copied, 4, keys_of(np.repeat(np.arange(len(labels)), 10)))
    ten = Comparison("x", ten, tuple("abcd"), resampling=Resampling(400))
    assert ten.mcnemar == pytest.approx(one.mcnemar, abs=1e-12)
    for figure in ("total", "total.change", "low20", "low20.change", "class:2", "class:1.change", "negative_flips"):
        (low, high), (a, b) = (each.interval(figure) for each in (one, ten))
        assert (a, b) == pytest.approx((low, high), abs=0.02 * (high - low)), figure
    assert ten.bounds("low20", 0.95).low == pytest.approx(one.bounds("low20", 0.95).low, abs=0.01)


def test_clusters_of_one_row_change_next_to_nothing():
    labels, was, _, _ = rows()
    counts = ClassCounts.of(labels, was, 4, keys_of(np.arange(len(labels))))
    result = comparison(labels[labels >= 0], *(np.ones((labels >= 0).sum(), bool),) * 2, None, 4, Resampling(0))
    assert result.counts.clusters is None
    side = type(result.before)("x", counts, tuple("abcd"), resampling=Resampling(300))
    plain = type(result.before)("x", ClassCounts.of(labels, was, 4), tuple("abcd"), resampling=Resampling(300))
    for figure in ("total", "low20", "worst", "class:1"):
        assert side.interval(figure) == pytest.approx(plain.interval(figure), abs=0.01), figure


def test_counts_of_clusters_add_up_in_any_blocks():
    labels, was, now, cluster = rows(2000, clusters=300)
    whole = PairedCounts.of(labels, was, now, 4, keys_of(cluster))
    for cuts in ([7, 60, 1000], list(range(20, 2000, 20))):
        parts = [
            PairedCounts.of(*part, 4, keys_of(key))
            for *part, key in zip(*(np.split(each, cuts) for each in (labels, was, now, cluster)), strict=True)
        ]
        total = sum(parts, PairedCounts.zeros(4))
        for name in ("key", "label", "cells"):
            assert (getattr(total.clusters.summed, name) == getattr(whole.clusters.summed, name)).all()
    assert whole.clusters.n_clusters == len(set(cluster[labels >= 0].tolist()))
    known = labels >= 0
    one = whole.clusters.summed
    own = keys_of(cluster) == one.key[5]
    assert one.cells[5].tolist() == [
        int((mark & own & known & (labels == one.label[5])).sum())
        for mark in (
            known,
            was == labels,
            now == labels,
            (now == labels) & (was != labels),
            (was == labels) & (now != labels),
        )
    ]


def test_what_cannot_be_bounded_by_clusters_is_not():
    labels, was, _, cluster = rows()
    result = comparison(np.abs(labels), was == labels, was == labels, keys_of(cluster), 4, Resampling(10))
    for figure in ("top3", "nll", "brier"):  # without probabilities
        with pytest.raises(KeyError):
            result.before.interval(figure)


@pytest.mark.parametrize("block_rows", [37, 5000])
def test_scores_by_clusters_against_sums_row_by_row(block_rows):
    p, labels, cluster = score_rows(np.random.default_rng(0), 40, 20, False)
    labels[::11] = -1
    result = evaluate(ArraySource(p, labels, clusters=keys_of(cluster), block_rows=block_rows))
    known = np.flatnonzero(labels >= 0)
    n, own, hot = len(known), cluster[known], np.eye(5)[labels[known]]
    each = {
        "nll": -np.log(p[known, labels[known]]),
        "brier": ((p[known] - hot) ** 2).sum(axis=1),
        "top2": (np.argsort(-p[known], axis=1)[:, :2] == labels[known, None]).any(axis=1).astype(float),
    }
    n_clusters = len(set(own.tolist()))
    few = (student.ppf(0.975, n_clusters - 1) / student.ppf(0.975, 1e9)) ** 2
    for figure, x in each.items():
        robust = sum((x[own == g] - x.mean()).sum() ** 2 for g in set(own.tolist())) * n_clusters / (n_clusters - 1)
        worth = max(1.0, robust / ((x - x.mean()) ** 2).sum()) * few
        low, high = result.interval(figure)
        if figure == "top2":
            assert (low, high) == pytest.approx(tuple(map(float, wilson(x.sum() / worth, n / worth))), abs=1e-9)
        else:
            half = student.ppf(0.975, 1e9) * x.std(ddof=1) / np.sqrt(n) * np.sqrt(worth)
            assert (low, high) == pytest.approx((x.mean() - half, x.mean() + half), abs=1e-6)


def test_scores_cover_where_rows_come_in_clusters():
    """A few data sets; `simulate_clusters.py --sets 1000 --scores` made the table of the guide."""
    for clusters, n_rows, copies in ((60, 20, False), (100, 10, True)):
        by_clusters, as_rows = simulate_scores(clusters, n_rows, copies=copies, sets=100)
        assert by_clusters.min() >= 0.88, by_clusters
        assert as_rows.max() < 0.85, "as independent rows they cover far less"


def test_all_right_is_as_uncertain_as_its_clusters_are_few():
    labels, cluster = np.zeros(100, int), np.repeat(np.arange(10), 10)
    counts = ClassCounts.of(labels, labels, 2, keys_of(cluster))
    result = type(comparison(labels, labels == 0, labels == 0, None, 2, Resampling(0)).before)("x", counts, ("a", "b"))
    low, high = result.interval("total")
    assert high == 1.0
    assert low < wilson(10, 10)[0]


def test_clusters_are_called_the_same_whatever_the_type_and_width():
    names = np.array(["a", "b", "patient 17"])
    assert (keys_of(names[:2]) == keys_of(names)[:2]).all()
    assert (keys_of(names.astype(object)) == keys_of(names)).all()
    assert len(set(keys_of(np.arange(100_000)).tolist())) == 100_000


@pytest.mark.parametrize("name", [name for name in DESIGNS if not name.startswith(("500", "4000"))])
def test_intervals_cover_where_rows_come_in_clusters(name):
    """A few data sets of each; `simulate_clusters.py --sets 1000` made the table of the guide."""
    by_clusters, as_rows = simulate(DESIGNS[name], sets=60, n_draws=200, seed=1)
    covered = dict(zip(FIGURES, by_clusters, strict=True))
    assert min(covered.values()) >= 0.83, covered
    assert covered["class"] >= 0.92
    assert as_rows[0] < 0.8, "as independent rows they cover far less"


def test_under_class_shares_copies_are_worth_what_their_originals_are():
    labels, was, now, _ = rows()
    was, now, labels = (each[labels >= 0] for each in (was, now, labels))
    shares, names = np.array([0.1, 0.2, 0.3, 0.4]), keys_of(np.repeat(np.arange(len(labels)), 10))
    one = PairedCounts.of(labels, was, now, 4)
    ten = PairedCounts.of(*(np.repeat(each, 10) for each in (labels, was, now)), 4, names)
    for figure in (
        uncertainty.flips_under,
        uncertainty.total_change_interval,
        lambda counts, shares: uncertainty.hits_under(counts.sides[0], counts.before.right, shares),
    ):
        (low, high), (a, b) = (figure(counts, shares) for counts in (one, ten))
        assert (a, b) == pytest.approx((low, high), abs=0.02 * (high - low))

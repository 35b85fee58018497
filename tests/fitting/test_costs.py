"""Tuning under costs: what it finds against brute force, what it promises, and that it holds what is required."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from classlift.data.costs import Costs
from classlift.data.kind import Kind
from classlift.evaluation.compare import evaluate_layer
from classlift.evaluation.evaluate import evaluate
from classlift.evaluation.options import EvaluationOptions
from classlift.fitting.fit import fit
from classlift.fitting.tuning.tune import tune
from classlift.gates.settings import GateSet
from support.array_source import ArraySource


def rows(seed=0, n=1500, k=5, heat=1.0):
    """Logits of a classifier that is calibrated where `heat` is 1."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, k, n)
    z = rng.normal(size=(n, k))
    z[np.arange(n), labels] += 2
    return ArraySource(heat * 2 * z, labels, kind=Kind.LOGITS)


def costs_of(seed, k=5, dear=10.0):
    matrix = np.random.default_rng(seed).random((k, k)) + 0.1
    matrix[0] *= dear
    np.fill_diagonal(matrix, 0)
    return Costs(matrix)


def best_known(test, costs):
    """Least mean cost on rows whose true probabilities are known."""
    z = test.scores / 2
    p = np.exp(2 * z - (2 * z).max(axis=1, keepdims=True))
    return costs.matrix[test.labels, costs.decide(p / p.sum(axis=1, keepdims=True))].mean()


@pytest.mark.parametrize("heat", [1.0, 3.0, 0.4])
def test_the_cost_on_new_rows_is_near_the_least_and_as_promised(heat):
    costs, test = costs_of(1), rows(7, 20_000, heat=heat)
    result = tune(rows(n=4000, heat=heat), costs=costs)
    effect = evaluate_layer(test, result.layer)
    calibrated = replace_scores(test, heat)
    assert effect.after.value("cost") < 1.06 * best_known(calibrated, costs)
    assert effect.change("cost") < -0.2 * effect.before.value("cost")
    promise = result.promise.cost
    assert promise.low < effect.change("cost") < promise.high
    assert promise.change == pytest.approx(effect.change("cost"), abs=0.15 * effect.before.value("cost"))


def replace_scores(source, heat):
    return replace(source, scores=source.scores / heat)


def test_equal_costs_give_no_worse_total_accuracy():
    result = tune(rows(), costs=Costs(1 - np.eye(5)))
    assert result.effect.change("total") == pytest.approx(-result.effect.change("cost"), abs=1e-9)
    assert result.effect.change("total") >= 0


def test_without_rows_enough_the_identity_decides_for_the_most_probable():
    result = tune(rows(n=40), costs=costs_of(0))
    assert not result.chosen and result.layer.costs is None
    assert result.promise.cost == (0.0, 0.0, 0.0)


@pytest.mark.parametrize("method", ["cvar", "elaborated", "logit-adjust"])
def test_a_fitted_layer_decides_out_of_fold_by_costs_too(method):
    costs = costs_of(2)
    result = fit(rows(), method=method, costs=costs)
    assert result.out_of_fold.change("cost") < 0
    assert result.out_of_fold.after.value("cost") == pytest.approx(result.in_sample.after.value("cost"), rel=0.2)
    assert result.harm is None
    np.testing.assert_array_equal(result.layer.costs.matrix, costs.matrix)


def test_the_cost_of_every_candidate_is_what_its_layer_has_on_the_rows():
    costs = costs_of(3)
    for name in ("raw + least cost", "elaborated (beta 0, rlow 0, rhigh 2) + least cost"):
        result = tune(rows(), costs=costs, choose=name)
        here = evaluate_layer(rows(), result.layer, EvaluationOptions(costs=costs))
        assert result.effect.after.value("cost") == pytest.approx(here.after.value("cost"), rel=0.06)


def test_classes_can_be_required_under_costs():
    costs = costs_of(1)
    free = tune(rows(), costs=costs)
    recall = free.effect.after.counts.recall[4]
    require = GateSet.from_texts([f'class["4"].recall >= {recall + 0.03:.3f}'])
    result = tune(rows(), costs=costs, require=require)
    assert result.met
    assert result.effect.after.counts.recall[4] >= recall + 0.029
    assert result.effect.change("cost") >= free.effect.change("cost")


@given(st.integers(0, 10_000), st.floats(-0.6, 0.1))
@settings(max_examples=8, deadline=None)
def test_a_layer_that_meets_what_is_required_holds_it_out_of_fold(seed, change):
    require = GateSet.from_texts([f"cost.change <= {change:.3f}", "total.change >= -8pp"])
    result = tune(rows(seed, 600), costs=costs_of(seed), require=require, methods=("raw",))
    if result.met:
        assert result.effect.change("cost") <= round(change, 3) + 1e-9
        assert result.effect.change("total") >= -0.08 - 1e-9


def test_choices_by_costs_are_not_those_of_another_file_order():
    source, costs = rows(), costs_of(4)
    order = np.array([3, 1, 4, 0, 2])
    moved = replace(source, scores=source.scores[:, order], labels=np.argsort(order)[source.labels])
    named = Costs(costs.matrix, tuple("01234"))
    here = evaluate(source, EvaluationOptions(costs=named)).value("cost")
    there = evaluate(replace(moved, classes=tuple(str(k) for k in order)), EvaluationOptions(costs=named))
    assert there.value("cost") == pytest.approx(here, abs=1e-12)

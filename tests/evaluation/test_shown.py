"""How results show themselves: two lines, a table in a notebook, frames and flat dictionaries."""

import html
import json

import numpy as np
import pytest

import classlift
from classlift.output.documents.evaluation import comparison_document

SAMPLE = {
    "probs": np.random.default_rng(0).dirichlet(np.ones(3), 600),
    "labels": np.random.default_rng(1).integers(0, 3, 600),
    "class_names": np.array(["cat", "<b>dog</b>", "bird"]),
}


@pytest.fixture(scope="module")
def results():
    """One of each kind of result."""
    fitted, tuned = classlift.fit(SAMPLE), classlift.tune(SAMPLE)
    comparison = classlift.evaluate(SAMPLE, layer=fitted.layer)
    return {"fit": fitted, "tune": tuned, "comparison": comparison, "evaluation": classlift.evaluate(SAMPLE)}


NAMES = ["fit", "tune", "comparison", "evaluation"]


def test_the_package_shows_its_names_and_nothing_else():
    assert dir(classlift) == classlift.__all__


@pytest.mark.parametrize("name", NAMES)
def test_a_result_is_its_verdict_and_two_lines(results, name):
    verdict, *lines = repr(results[name]).splitlines()
    assert len(lines) == 2
    assert verdict.endswith(".")
    assert results[name]._repr_html_().startswith(f"<p>{html.escape(verdict)}</p>")
    assert max(map(len, lines)) < 120
    assert "3 classes" in lines[0]
    assert "low20" in lines[1]


def test_out_of_fold_figures_say_so_and_are_not_the_promise(results):
    found = results["tune"].low20
    assert repr(found).startswith("OutOfFold(before=")
    assert str(found).startswith("out of fold, as counted: ")
    assert found.change == results["tune"].effect.low20.change


def test_two_results_are_named_by_both():
    rows = {"probs": np.eye(2)[[0, 1] * 20], "labels": np.array([0, 1] * 20)}
    result = classlift.evaluate(rows, against={**rows, "probs": np.eye(2)[[0, 0] * 20]})
    assert repr(result).startswith("✓ arrays against arrays lifts the low classes")


def test_a_layer_is_two_lines(results):
    assert repr(results["fit"].layer).splitlines() == [
        "OutputLayer: elaborated, 3 classes (cat, <b>dog</b>, bird)",
        "steps: 1; numbers: 12",
    ]


@pytest.mark.parametrize("name", NAMES)
def test_a_notebook_gets_the_table_and_names_are_escaped(results, name):
    page = results[name]._repr_html_()
    assert page.count("<tr") >= 4
    assert "<b>dog</b>" not in page
    assert "&lt;b&gt;dog" in page


@pytest.mark.parametrize("name", NAMES)
def test_the_dictionary_is_flat_numbers(results, name):
    figures = results[name].to_dict()
    assert json.loads(json.dumps(figures)) == figures
    assert all(type(value) is float for value in figures.values())


def test_figures_have_short_names(results):
    comparison, evaluation = results["comparison"], results["evaluation"]
    assert comparison.total.before == evaluation.total == evaluation.to_dict()["total"]
    assert comparison.low20.change == comparison.to_dict()["low20.change"] == comparison.change("low20")
    assert results["fit"].total == results["fit"].out_of_fold.total


def test_frames_have_intervals(results):
    frame = results["comparison"].to_frame()
    shown = comparison_document(results["comparison"])["classes"]
    assert frame[["recall_before_low", "recall_before_high"]].to_numpy().tolist() == [
        one["before"]["recall_interval"] for one in shown
    ]
    assert frame[["recall_change_low", "recall_change_high"]].to_numpy().tolist() == [
        one["change_interval"] for one in shown
    ]
    assert (frame["recall_before_low"] <= frame["recall_before"]).all()
    assert (frame["recall_before"] <= frame["recall_before_high"]).all()


def test_the_trade_off_is_a_frame(results):
    frame = results["tune"].trade_off
    assert frame.columns.tolist() == ["candidate", "gain", "total_change", "allowed", "chosen"]
    assert frame["gain"].is_monotonic_increasing
    assert frame["total_change"].is_monotonic_decreasing


def test_a_fit_without_an_effect_says_so():
    fitted = classlift.fit(SAMPLE, effect="none")
    assert (fitted.total, fitted.low20) == (None, None)
    assert repr(fitted).splitlines()[2] == "effect not known"
    with pytest.raises(classlift.ClassliftError, match="no effect was asked for"):
        fitted.to_frame()

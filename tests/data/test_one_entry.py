"""A new figure is one entry: it is in tables, JSON, gates, batches, pages, and an objective of tuning."""

import json
import os
import subprocess
import sys

import numpy as np
import pytest

from classlift.batches.outcome import Batch, Outcome, RunState, figures_of
from classlift.batches.summary import batch_document, batch_tables
from classlift.data import metrics
from classlift.data.counts import ClassCounts, PairedCounts
from classlift.data.metrics import METRICS, Better, Metric, Unit
from classlift.evaluation.comparison import Comparison
from classlift.gates.check import Gate
from classlift.gates.result import State
from classlift.output.documents.evaluation import comparison_document, evaluation_document
from classlift.output.render.terminal import _style
from classlift.output.tables.evaluation import comparison_tables, evaluation_tables
from classlift.output.tables.figures import figure_change
from classlift.reports.sections_effect import numbers_section
from support.cases import predictions

ENTRY = """
METRICS["median"] = Metric("median recall", lambda r: np.nanmedian(r.counts.recall, axis=-1))
METRICS["misses"] = Metric("share of misses", lambda r: 1 - metrics.total_accuracy(r.counts), better=Better.DOWN)
"""

COUNTS = PairedCounts.of(
    np.array([0, 0, 1, 1, 2, 2, 2]), np.array([0, 0, 1, 0, 0, 0, 0]), np.array([0, 0, 1, 1, 0, 2, 2]), 3
)


@pytest.fixture
def result(monkeypatch):
    for name in ("median", "misses"):
        monkeypatch.setitem(METRICS, name, None)  # taken out again at the end
    exec(ENTRY)
    return Comparison("x", COUNTS, ("a", "b", "c"))


def row(table, label):
    return next(row for row in table.rows if row[0] == label)


def test_tables_show_it_with_its_unit_and_direction(result):
    shown = row(comparison_tables(result)[0], "median recall")
    assert shown[1:3] == (0.5, 1.0)
    assert _style(shown[3]) == "green"
    fewer = row(comparison_tables(result)[0], "share of misses")
    assert fewer[3] == pytest.approx(-3 / 7)
    assert _style(fewer[3]) == "green", "a fall of what is better when it is less"
    assert row(evaluation_tables(result.after)[0], "median recall")[1] == 1.0


def test_json_holds_it(result):
    assert comparison_document(result)["before"]["median"] == 0.5
    assert evaluation_document(result.after)["figures"]["misses"] == pytest.approx(1 / 7)


def test_gates_ask_it(result):
    for condition, state in [
        ("median == 100%", State.PASSED),
        ("median.change >= 60pp", State.FAILED),
        ("misses.change <= -40pp", State.PASSED),
    ]:
        assert Gate.parse(condition).check(result).state is state, condition
    assert Gate.parse("median >= 50%").check(result, confidence=0.9).state is State.UNDEFINED, "it names no interval"


def test_batches_hold_it(result):
    one = Outcome("run", RunState.DONE, evaluated_on="test", n_samples=7, figures=figures_of(result))
    tables = {table.title: table for table in batch_tables(Batch("batch", (one, one)))}
    assert row(tables["all figures, mean of 2"], "median recall")[1:] == (0.5, 1.0, 0.5)
    document = batch_document(Batch("batch", (one,)))
    assert document["mean"]["median"] == document["runs"][0]["figures"]["median"] == {"before": 0.5, "after": 1.0}


def test_the_page_shows_it(result):
    class Data:
        comparison = result

    tiles, grid = numbers_section(Data()).blocks
    assert row(grid.table, "median recall")[2] == 1.0
    assert len(tiles.tiles) == 4


def test_tune_takes_it_as_an_objective(tmp_path):
    probs, labels = predictions(seed=0)
    np.savez(tmp_path / "val.npz", probs=probs, labels=labels)
    code = (
        "import numpy as np\n"
        "from classlift.data import metrics\n"
        "from classlift.data.metrics import METRICS, Better, Metric\n"
        f"{ENTRY}\n"
        "from classlift.__main__ import main\n"
        "main()\n"
    )
    words = ["tune", "val.npz", "-o", "layer.npz", "--objective", "median", "--jobs", "1", "--format", "json"]
    done = subprocess.run(
        [sys.executable, "-c", code, *words], cwd=tmp_path, capture_output=True, text=True, env=os.environ, check=False
    )
    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout)
    assert document["objective"] == "median"
    assert document["out_of_fold"]["after"]["median"] >= document["out_of_fold"]["before"]["median"]


def test_counts_and_scores_know_their_direction():
    assert _style(figure_change(METRICS["never_predicted"], 3, 1)) == "green"
    assert _style(figure_change(METRICS["never_predicted"], 1, 3)) == "red"
    assert _style(figure_change(METRICS["nll"], 0.5, 0.7)) == "red"
    assert _style(figure_change(METRICS["ece"], 0.1, 0.05)) == "green"
    assert _style(figure_change(METRICS["total"], 0.5, 0.4)) == "red"


def test_objectives_are_shares_of_the_rows():
    names = metrics.objectives()
    assert {"low20", "worst", "macro_f1", "balanced"} <= set(names)
    assert not {"nll", "ece", "never_predicted", "low20.baseline"} & set(names)
    assert all(METRICS[name].unit is Unit.SHARE for name in names)
    assert {METRICS[name].better for name in names} == {Better.UP, Better.DOWN}
    assert isinstance(METRICS["total"], Metric)


def test_many_results_at_once_have_the_values_of_each():
    rng = np.random.default_rng(0)
    support = np.array([40, 0, 30, 30, 20])
    right = np.stack([rng.integers(0, support + 1) for _ in range(6)])
    predicted = rng.multinomial(120, [0.2] * 5, size=6)
    for name in metrics.objectives():
        value = METRICS[name].value
        many = value(Sides(ClassCounts(support, right, predicted)))
        each = [value(Sides(ClassCounts(support, r, p))) for r, p in zip(right, predicted, strict=True)]
        np.testing.assert_allclose(many, each, rtol=0, atol=1e-15)


class Sides:
    """The least that figures are worked out from."""

    low_fraction, baseline, validation_low, scoring = 0.4, None, None, None

    def __init__(self, counts):
        self.counts = counts

"""Groups of rows: their figures against counting row by row, their gates, and the command."""

import json

import numpy as np
import pytest

from classlift import evaluate
from classlift.data.kind import Kind
from classlift.errors import ClassliftError
from classlift.evaluation.compare import evaluate_layer
from classlift.evaluation.evaluate import evaluate as evaluate_source
from classlift.evaluation.options import EvaluationOptions
from classlift.evaluation.two_sources import compare_sources
from classlift.fitting.fit import EffectKind, fit
from classlift.gates.check import Gate
from classlift.gates.result import State
from classlift.intervals.proportions import tango_difference, wilson
from support import slow
from support.array_source import ArraySource
from support.process import classlift

BY = EvaluationOptions(by=("site", "camera"))


def case(n=600, k=5, seed=0):
    rng = np.random.default_rng(seed)
    z = rng.normal(0, 1, (n, k))
    labels = rng.integers(-1, k, n)
    z[np.arange(n), labels] += rng.uniform(0, 2.5, n)
    p = np.exp(z)
    columns = {
        "site": np.array(["north", "south", "tiny"])[rng.choice(3, n, p=[0.5, 0.48, 0.02])],
        "camera": rng.integers(1, 3, n),
    }
    return (p / p.sum(axis=1, keepdims=True)).astype(np.float32), labels, columns


def counted(labels, predicted, k=5):
    """Total, low-20 % and lowest recall, row by row."""
    known = [(a, b) for a, b in zip(labels.tolist(), predicted.tolist(), strict=True) if a >= 0]
    recalls = [[a == b for a, b in known if a == c] for c in range(k)]
    accuracy = [sum(rows) / len(rows) if rows else float("nan") for rows in recalls]
    low = [accuracy[c] for c in slow.low_classes(accuracy)]
    return len(known), sum(a == b for a, b in known) / len(known), sum(low) / len(low), min(low)


@pytest.mark.parametrize("block_rows", [7, 1000])
def test_figures_of_one_result_against_counting(block_rows):
    p, labels, columns = case()
    result = evaluate_source(ArraySource(p, labels, block_rows=block_rows, columns=columns), BY)
    totals = {"site": [], "camera": []}
    for column, values in columns.items():
        assert set(result.groups[column]) == {str(value) for value in values}
        for value in set(values.tolist()):
            rows, group = values == value, result.group(column, str(value))
            n, total, low, worst = counted(labels[rows], p[rows].argmax(axis=1))
            assert group.counts.n_samples == n
            assert [group.value(name) for name in ("total", "low20", "worst")] == pytest.approx([total, low, worst])
            assert group.interval("total") == pytest.approx([float(end) for end in wilson(round(total * n), n)])
            totals[column] += [total] if n >= 20 else []
    assert len(totals["site"]) == 2, "the third one has fewer than 20 rows"
    assert result.value("worst_group") == min(min(each) for each in totals.values())
    assert result.value("group_gap") == pytest.approx(max(max(each) - min(each) for each in totals.values()))
    low, high = result.interval("worst_group")
    assert low < result.value("worst_group") < high + 0.05


def test_changes_of_a_layer_and_of_two_files_in_another_order():
    p, labels, columns = case()
    layer = fit(ArraySource(p, labels), effect=EffectKind.NONE).layer
    result = evaluate_layer(ArraySource(p, labels, columns=columns, block_rows=77), layer, BY)
    after = np.concatenate([layer.apply(block).probabilities() for block in ArraySource(p, labels).blocks()])
    order, ids = np.random.default_rng(1).permutation(len(p)), np.arange(len(p))
    here = {"id": ids, "site": columns["site"]}
    there = {"id": ids[order], "camera": columns["camera"][order]}
    pair = compare_sources(
        ArraySource(p, labels, columns=here), ArraySource(after[order], labels[order], columns=there), BY
    )
    for column, values in columns.items():
        for value in set(values.tolist()):
            rows = (values == value) & (labels >= 0)
            was, now = p[rows].argmax(axis=1) == labels[rows], after[rows].argmax(axis=1) == labels[rows]
            for found in (result.group(column, str(value)), pair.group(column, str(value))):
                assert (found.fixed, found.broken) == ((now & ~was).sum(), (was & ~now).sum())
                assert found.change("total") == pytest.approx(now.mean() - was.mean())
                ends = tango_difference((was & ~now).sum(), (now & ~was).sum(), rows.sum())
                assert found.interval("total.change") == pytest.approx([float(end) for end in ends])
    one = evaluate_layer(ArraySource(p, labels, columns=columns), layer, EvaluationOptions(by=("site",)))
    low, high = one.interval("worst_group.change")
    assert low < one.change("worst_group") < high
    with pytest.raises(KeyError):
        result.interval("worst_group.change")  # of two columns


def gated(conditions, result, confidence=None):
    return {each: Gate.parse(each).check(result, confidence=confidence) for each in conditions}


def test_gates_on_groups():
    p, labels, columns = case()
    layer = fit(ArraySource(p, labels), effect=EffectKind.NONE).layer
    result = evaluate_layer(ArraySource(p, labels, columns=columns), layer, BY)
    north = result.group("site", "north")
    recall = north.after.counts.recall
    held = [
        f'group["north"].total >= {north.after.total - 1e-9}',
        f'group["site=north"].total.change >= {100 * north.change("total") - 1e-6:.9f}pp',
        f'group["north"].class["2"].recall >= {recall[2] - 1e-9}',
        f"worst_group >= {result.after.value('worst_group') - 1e-9}",
        f"group_gap <= {100 * result.after.value('group_gap') + 1e-6:.9f}pp",
        "every group.total >= 5%",
        'every group.class["2"].recall >= 0%',
        'every group["north"].class.recall >= 0%',
        'group["north"].total <= group["south"].total + 50pp',
        "every group.total >= total - 50pp",
        f'group["north"].fixed >= {north.fixed}',
    ]
    classes = tuple("01234")
    result = evaluate_layer(ArraySource(p, labels, Kind.PROBABILITIES, classes, columns=columns), layer, BY)
    assert {text: check.state for text, check in gated(held, result).items()} == dict.fromkeys(held, State.PASSED)
    found = Gate.parse("every group.total >= 99%").check(result)
    assert found.state is State.FAILED
    assert "4 of 4 groups fail" in found.message
    assert "left out, as they have too few rows or no such figure: site=tiny (1 group)" in found.message
    assert set(found.classes) == {"site=north", "site=south", "camera=1", "camera=2"}
    assert "site=" in Gate.parse("worst_group >= 99%").check(result).message or "camera=" in found.message
    sure = Gate.parse('group["north"].total.change >= -50pp').check(result, confidence=0.95)
    ends = tango_difference(north.broken, north.fixed, north.counts.before.n_samples, confidence=0.9)
    assert sure.limit == pytest.approx(float(ends[0]))
    each = Gate.parse("every group.total.change >= -90pp").check(result, confidence=0.95)
    assert each.limit < min(result.group(c, g).change("total") for c in BY.by for g in result.groups[c] if g != "tiny")
    for text, words in {
        'group["nort"].total >= 0.5': "did you mean 'north'?",
        "group_gap <= 1pp": "no one-sided bound",
    }.items():
        check = Gate.parse(text).check(result, confidence=0.95)
        assert check.state is State.UNDEFINED
        assert words in check.message
    bare = Gate.parse("worst_group >= 1%").check(evaluate_source(ArraySource(p, labels)))
    assert "give --by COLUMN" in bare.message
    assert (
        "give --by COLUMN"
        in Gate.parse("every group.total >= 1%").check(evaluate_source(ArraySource(p, labels))).message
    )


@pytest.mark.parametrize(
    ("condition", "words"),
    [
        ("group.total >= 0.5", "expected a group name"),
        ('group["a"] >= 0.5', "expected a figure of the group"),
        ('group["a"].totl >= 0.5', "did you mean total?"),
        ("every group.class.recall >= 0.5", "asks each class and each group at once"),
        ("every group.total >= class.recall", "asks each class and each group at once"),
    ],
)
def test_what_is_no_condition_on_groups(condition, words):
    with pytest.raises(ClassliftError) as caught:
        Gate.parse(condition)
    assert words in str(caught.value)


def test_a_column_must_be_there_and_have_few_values():
    p, labels, _ = case(1200)
    with pytest.raises(ClassliftError, match="has no column 'site' of one value per row, expected one of"):
        evaluate({"probs": p, "labels": labels}, by=["site"])
    ids = np.arange(1200)
    with pytest.raises(ClassliftError, match="more than 1,000 different values in column 'site'"):
        evaluate_source(ArraySource(p, labels, columns={"site": ids}, block_rows=100), EvaluationOptions(by=("site",)))


def test_the_command(tmp_path):
    p, labels, columns = case()
    np.savez(tmp_path / "t.npz", probs=p, labels=labels, **columns)
    words = ["evaluate", "t.npz", "--by", "site", "--gate", "worst_group >= 99%"]
    done = classlift(*words, "--json", "o.json", cwd=tmp_path)
    assert done.returncode == 1, done.stderr
    assert "groups by site, worst first" in done.stdout
    assert "not ranked, as of fewer than 20 labelled rows: tiny (1 of 3)." in done.stdout
    groups = json.loads((tmp_path / "o.json").read_text())["groups"]["site"]
    result = evaluate({"probs": p, "labels": labels, **columns}, by=["site"])
    assert [(g["name"], g["ranked"]) for g in groups] == [("north", True), ("south", True), ("tiny", False)]
    assert groups[0]["figures"]["total"] == result.group("site", "north").total
    split = classlift(*words, "--engine", "processes", "--json", "e.json", cwd=tmp_path)
    assert split.returncode == 1, split.stderr
    assert json.loads((tmp_path / "e.json").read_text())["groups"]["site"] == groups
    wrong = classlift("evaluate", "t.npz", "--by", "sight", cwd=tmp_path)
    assert (wrong.returncode, wrong.stdout) == (2, "")
    assert wrong.stderr.startswith("t.npz: has no column 'sight'")

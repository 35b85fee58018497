"""Intervals, scoring rules, confusions and ids as a user gets them from `evaluate`."""

import csv
import io
import json

import numpy as np
import pytest

from classlift.data.metrics import METRICS
from support.cases import predictions
from support.process import classlift


def result(seed, n=300, k=5):
    rng = np.random.default_rng(seed)
    labels = np.random.default_rng(50).integers(0, k - 1, n)  # the last class has no samples
    z = rng.normal(size=(n, k))
    z[np.arange(n), labels] += 1.5
    p = np.exp(z)
    return (p / p.sum(axis=1, keepdims=True)).astype(np.float32), labels


@pytest.fixture
def files(tmp_path):
    names = np.array(["ant", "bee", "cat", "dog", "elk"])
    order = np.random.default_rng(1).permutation(300)
    for name, seed, rows in (("raw", 0, np.arange(300)), ("new", 1, order)):
        probs, labels = result(seed)
        np.savez(tmp_path / f"{name}.npz", probs=probs[rows], labels=labels[rows], image_id=rows, class_names=names)
    return tmp_path


def document(*words):
    done = classlift("evaluate", *words, "--format", "json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_one_result_with_its_intervals(files):
    done = classlift("evaluate", files / "raw.npz", "--details")
    assert done.returncode == 0, done.stderr
    for part in ("95%", "Wilson", "2,000 draws (seed 0)", "It covered 93", "Brier score", "no samples"):
        assert part in done.stdout
    found = document(files / "raw.npz")
    assert found["intervals"]["total"][0] < found["figures"]["total"] < found["intervals"]["total"][1]
    assert found["intervals"]["low20"]["low"] < found["intervals"]["low20"]["estimate"]
    assert found["classes"][4]["recall_interval"] is None
    assert found["confusion"] is None
    assert set(found["figures"]) <= {"n_samples", *METRICS}


def test_two_files_by_id(files):
    found = document(files / "new.npz", "--against", files / "raw.npz")
    probs, labels = (list(part) for part in zip(result(0), result(1), strict=True))
    right = [p.argmax(axis=1) == labels[0] for p in probs]
    assert found["fixed"] == int(np.sum(right[1] & ~right[0]))
    assert found["broken"] == int(np.sum(right[0] & ~right[1]))
    low, high = found["intervals"]["change"]["total"]
    assert low < found["after"]["total"] - found["before"]["total"] < high
    assert 0 < found["mcnemar_p"] <= 1
    assert found["classes"][4]["change"] is None


def test_the_seed_decides_and_no_intervals_are_none(files):
    words = (files / "new.npz", "--against", files / "raw.npz", "--id", "image_id")
    one, same, other = (document(*words, "--seed", seed)["intervals"]["change"] for seed in (0, 0, 1))
    assert one == same != other
    none = document(*words, "--resamples", 0)["intervals"]
    assert none["change"]["low20"] is None
    shown = classlift("evaluate", *words, "--no-intervals")
    assert "95%" not in shown.stdout
    assert "interval" not in shown.stdout


def test_confusions(files):
    words = (files / "new.npz", "--against", files / "raw.npz", "--confusion")
    shown = classlift("evaluate", *words)
    for part in ("confusion matrix before", "confusion matrix after", "confusions, most frequent before first"):
        assert part in shown.stdout
    found = document(*words)["confusion"]["after"]
    probs, labels = result(1)
    matrix = np.zeros((5, 5), int)
    np.add.at(matrix, (labels, probs.argmax(axis=1)), 1)
    dense = np.zeros((5, 5), int)
    dense[found["true"], found["predicted"]] = found["rows"]
    np.testing.assert_array_equal(dense, matrix)
    rows = list(csv.reader(io.StringIO(classlift("evaluate", *words, "--format", "csv").stdout)))
    for true, predicted in ((0, 1), (2, 2)):
        name, taken_for = ("ant", "bee", "cat", "dog", "elk")[true], ("ant", "bee", "cat", "dog", "elk")[predicted]
        assert ["after", name, taken_for, str(matrix[true, predicted])] in rows


def test_many_classes_have_no_matrix(tmp_path):
    rng = np.random.default_rng(0)
    np.savez(tmp_path / "many.npz", probs=rng.dirichlet(np.ones(40), 200), labels=rng.integers(0, 40, 200))
    shown = classlift("evaluate", tmp_path / "many.npz", "--confusion").stdout
    assert "confusion matrix" not in shown
    assert "no matrix of 40 classes: JSON holds all pairs" in shown
    assert "40 classes have fewer than 20 rows" in shown


def test_ids_that_do_not_fit_are_told(files):
    done = classlift("evaluate", files / "raw.npz", "--id", "image_id")
    assert done.returncode == 2
    assert "--against" in done.stderr
    done = classlift("evaluate", files / "new.npz", "--against", files / "raw.npz", "--id", "nothing")
    assert done.returncode == 2
    assert "has no column 'nothing', expected one of image_id" in done.stderr


@pytest.mark.parametrize("words", ["--no-intervals", "--resamples 0 --format markdown", "--no-intervals --details"])
def test_without_intervals_there_is_a_table(tmp_path, words):
    probs, labels = predictions(90)
    np.savez(tmp_path / "v.npz", probs=probs, labels=labels)
    done = classlift("evaluate", "v.npz", *words.split(), cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "total accuracy" in done.stdout
    assert "interval (%)" not in done.stdout


def test_two_files_of_other_rows_do_not_pair(files):
    """VAL and TEST hold other rows, so a column of ids has nothing to do there."""
    done = classlift("compare", files / "raw.npz", files / "new.npz", "--id", "image_id")
    assert done.returncode == 2
    assert "--id: names the column by which rows pair with those of another file; none is named" in done.stderr
    assert "--labels" in done.stderr

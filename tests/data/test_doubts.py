"""Labels that do not belong to the scores are doubted, and those of real models are not."""

import re

import numpy as np
import pytest

from classlift.data.doubts import Doubts
from classlift.data.kind import Kind
from classlift.data.predictions import Predictions
from support.shared_files import PREDICTION_FILES, load


def doubted(scores, labels, kind=Kind.PROBABILITIES, pieces=1):
    """The note, if any, read in one piece or added up from several."""
    total = Doubts(scores.shape[1])
    for rows in np.array_split(np.arange(len(labels)), pieces):
        part = Doubts(scores.shape[1])
        part.add(Predictions(scores[rows], kind, None, np.asarray(labels)[rows], {}, "x", int(rows[0])))
        total = total + part
    return " ".join(total.notes())


def model(n, k, strength, *, seed=0, shares=None, sharpness=1.7):
    """Probabilities and labels of a model that is fairly sure, and surer where it is right."""
    rng = np.random.default_rng(seed)
    labels = rng.choice(k, n, p=shares)
    logits = rng.normal(size=(n, k))
    logits[np.arange(n), labels] += strength
    scores = np.exp(sharpness * logits)
    return scores / scores.sum(axis=1, keepdims=True), labels


@pytest.mark.parametrize("path", PREDICTION_FILES)
def test_no_doubt_of_real_models(path):
    scores, labels, kind = load(path)
    assert doubted(scores, labels, kind) == ""


@pytest.mark.parametrize("moved", [(1, 0, 2, 3, 4), (0, 3, 2, 1, 4), (2, 1, 0, 3, 4)])
@pytest.mark.parametrize("pieces", [1, 2])
def test_classes_that_changed_places(moved, pieces):
    scores, labels = model(600, 5, 2.0)
    note = doubted(scores, np.array(moved)[labels], pieces=pieces)
    right = (scores.argmax(axis=1) == labels).mean()
    places = ", ".join(str(k) for k in range(5) if moved[k] != k)
    assert f"{right:.1%} with classes {places} (counted from 0) exchanged" in note


@pytest.mark.parametrize("sharpness", [0.2, 0.6, 1.7, 5])
@pytest.mark.parametrize("strength", [0.3, 1, 2, 4])
@pytest.mark.parametrize("k", [2, 5, 30])
def test_no_doubt_of_sure_and_unsure_models(k, strength, sharpness):
    scores, labels = model(2000, k, strength, seed=k, sharpness=sharpness)
    assert doubted(scores, labels) == ""


def test_a_class_that_is_taken_for_another_is_not_exchanged():
    scores, labels = model(1000, 4, 3.0)
    scores[labels == 1] = scores[labels == 1][:, [1, 0, 2, 3]]
    assert doubted(scores, np.where(labels == 1, 1, labels)) == ""


@pytest.mark.parametrize("every", [30, 60])
def test_predictions_in_the_place_of_labels_though_some_differ(every):
    scores, _ = model(600, 5, 1.6)
    labels = scores.argmax(axis=1)
    labels[::every] = (labels[::every] + 1) % 5
    assert f"only {600 // every} rows are wrong" in doubted(scores, labels)


def test_labels_of_other_rows_where_one_class_is_frequent():
    scores, labels = model(1000, 3, 3.5, shares=(0.88, 0.08, 0.04))
    assert doubted(scores, labels) == ""
    assert "at chance" in doubted(scores, np.random.default_rng(1).permutation(labels))


def of_stretch(n, k, start, end, seed=0, blocks=1, order=None):
    """Notes where the labels of some successive rows are those of other rows of the stretch."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(k, size=n)
    z = rng.normal(size=(n, k))
    z[np.arange(n), labels] += 2
    z *= 1.7
    if order == "sorted":
        at = np.argsort(labels, kind="stable")
        labels, z = labels[at], z[at]
    labels[start:end] = rng.permutation(labels[start:end])
    doubts = Doubts(k)
    for part in np.array_split(np.arange(n), blocks):
        doubts.add(Predictions(z[part], Kind.LOGITS, None, labels[part]))
    return doubts.notes()


@pytest.mark.parametrize("blocks", [1, 5, 40])
@pytest.mark.parametrize(("start", "end"), [(500, 1000), (0, 400), (300, 650)])
def test_rows_in_another_order_in_a_part_of_the_file(start, end, blocks):
    (note,) = of_stretch(1000, 5, start, end, blocks=blocks)
    first, last = (int(word.replace(",", "")) for word in re.search(r"rows ([\d,]+) to about ([\d,]+)", note).groups())
    assert abs(first - start) < 150 and abs(last - end) < 150
    assert "at chance" in note and "another order" in note


@pytest.mark.parametrize("k", [2, 5, 40])
@pytest.mark.parametrize("order", [None, "sorted"])
def test_no_stretch_where_rows_are_right(k, order):
    for seed in range(20):
        assert of_stretch(1200, k, 0, 0, seed, blocks=3, order=order) == ()


def test_labels_that_moved_by_one_after_a_class_that_is_missing():
    rng = np.random.default_rng(3)
    true = rng.choice([0, 1, 2, 3, 4, 6, 7], size=1100)
    z = rng.normal(size=(1100, 8))
    z[np.arange(1100), true] += 2.4
    doubts = Doubts(8)
    doubts.add(Predictions(z, Kind.LOGITS, None, np.where(true > 5, true - 1, true)))
    (note,) = doubts.notes()
    assert "classes 5, 6 (counted from 0) moved" in note


@pytest.mark.parametrize("k", [3, 5, 30])
def test_the_lowest_score_is_the_best(k):
    rng = np.random.default_rng(k)
    labels = rng.integers(k, size=400)
    distances = rng.random((400, k)) + 2
    distances[np.arange(400), labels] -= 0.9
    doubts = Doubts(k)
    doubts.add(Predictions(distances, Kind.LOGITS, None, labels))
    (note,) = doubts.notes()
    assert "distances or losses" in note

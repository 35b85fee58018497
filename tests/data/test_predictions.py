"""What exists is valid: the noun refuses bad shapes, rows and labels by name, and nothing else."""

import numpy as np
import pytest

from classlift.data.classes import check_same_classes, class_names
from classlift.data.kind import Kind, bad_rows, first_fault
from classlift.data.predictions import Predictions
from classlift.data.source import SourceView
from classlift.errors import ClassliftError
from support import slow

GOOD = np.array([[0.2, 0.5, 0.3], [0.6, 0.4, 0.0], [1.0, 0.0, 0.0]])


def with_row(*row):
    return np.vstack([GOOD[:2], [row], GOOD[2:]])


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(
    ("row", "kind", "found"),
    [
        ((np.nan, 0.5, 0.5), Kind.PROBABILITIES, "class 0 has the value nan"),
        ((0.5, np.inf, 0.5), Kind.PROBABILITIES, "class 1 has the value inf"),
        ((np.inf, -np.inf, 0.5), Kind.PROBABILITIES, "class 0 has the value inf"),
        ((0.7, -0.1, 0.4), Kind.PROBABILITIES, "class 1 has the probability -0.1"),
        ((0.5, 0.4, 0.0), Kind.PROBABILITIES, "probabilities sum to 0.9"),
        ((0.5, 0.4, 0.1011), Kind.PROBABILITIES, "probabilities sum to 1.0011"),
        ((0.0, 0.0, 0.0), Kind.PROBABILITIES, "probabilities sum to 0"),
        ((0.5, 0.4, np.nan), Kind.LOGITS, "class 2 has the value nan"),
        ((0.5, -np.inf, 0), Kind.LOGITS, "class 1 has the value -inf"),
        ((np.inf, -np.inf, 0), Kind.LOGITS, "class 0 has the value inf"),
        ((np.inf, -np.inf, 0), Kind.SCORES, "class 0 has the value inf"),
    ],
    ids=str,
)
def test_a_bad_row_is_named(row, kind, found, dtype):
    with pytest.raises(ClassliftError) as caught:
        Predictions(with_row(*row).astype(dtype), kind, source="val.npz", first_row=100)
    assert str(caught.value).startswith(f"val.npz, row 102: {found}")
    assert "\nfix: " in str(caught.value)
    assert bad_rows(with_row(*row).astype(dtype), kind).tolist() == [False, False, True, False]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(
    ("row", "kind"),
    [
        ((0.5, 0.4, 0.1009), Kind.PROBABILITIES),
        ((0.5, 0.4, 0.0991), Kind.PROBABILITIES),
        ((1.0, 0.0, -0.0), Kind.PROBABILITIES),
        ((-5.0, 17.0, 300.0), Kind.LOGITS),
        ((3e38, 3e38, 3e38), Kind.LOGITS),
        ((3e38, 3e38, -3e38), Kind.SCORES),
        ((-0.1, 0.7, 0.4), Kind.SCORES),
    ],
    ids=str,
)
def test_a_good_row_is_taken(row, kind, dtype):
    scores = with_row(*row).astype(dtype)
    assert Predictions(scores, kind).n_samples == 4
    assert first_fault(scores, kind) is None


@pytest.mark.parametrize(
    ("scores", "found"),
    [
        (np.ones(3), "shape"),
        (np.ones((3, 1)), "at least 2 classes"),
        (np.ones((3, 2, 2)), "shape"),
        (np.ones((3, 2), int), "int64"),
        (np.ones((3, 2), complex), "complex"),
    ],
    ids=lambda x: str(getattr(x, "shape", x)),
)
def test_bad_arrays(scores, found):
    with pytest.raises(ClassliftError, match=found):
        Predictions(scores, Kind.PROBABILITIES)


def test_bad_labels_and_classes():
    for labels in ([0, 1], [0, 1, 3], [0, -2, 1]):
        with pytest.raises(ClassliftError, match="label"):
            Predictions(GOOD, Kind.PROBABILITIES, labels=np.array(labels))
    with pytest.raises(ClassliftError, match=r"row 11.*label 3"):
        Predictions(GOOD, Kind.PROBABILITIES, labels=np.array([0, 3, 7]), first_row=10)
    with pytest.raises(ClassliftError, match="2 class names for 3"):
        Predictions(GOOD, Kind.PROBABILITIES, ("a", "b"))
    with pytest.raises(ClassliftError, match="'a' occurs more than once"):
        Predictions(GOOD, Kind.PROBABILITIES, ("a", "b", "a"))
    Predictions(GOOD, Kind.PROBABILITIES, labels=np.array([-1, 2, 0]))


def test_predicted_is_the_first_of_equals():
    block = Predictions(np.array([[0.4, 0.4, 0.2], [0.2, 0.4, 0.4], [0.1, 0.2, 0.7]]), Kind.PROBABILITIES)
    assert block.predicted.tolist() == [0, 1, 2]
    assert block.predicted.tolist() == [slow.first_maximum(row) for row in block.scores]


def test_stored_values_are_widened():
    p = np.array([[0.1, 0.8, 0.1]], np.float32)
    block = Predictions(p, Kind.PROBABILITIES, labels=np.array([0]))
    assert block.maximum.dtype == np.float64
    assert block.maximum[0] == float(np.float32(0.8)) > 0.8
    assert block.true_probability()[0] == float(np.float32(0.1)) > 0.1


def test_logits_become_probabilities_and_scores_do_not():
    logits = np.random.default_rng(0).normal(0, 3, (20, 4)).astype(np.float32)
    block = Predictions(logits, Kind.LOGITS, labels=np.r_[-1, np.arange(19) % 4])
    np.testing.assert_allclose(block.probabilities, slow.softmax(logits).astype(float), rtol=1e-13)
    np.testing.assert_allclose(block.maximum, slow.softmax(logits).max(axis=1).astype(float), rtol=1e-13)
    assert np.isnan(block.true_probability()[0])
    np.testing.assert_array_equal(block.true_probability()[1:], block.probabilities[np.arange(1, 20), block.labels[1:]])
    with pytest.raises(ClassliftError, match="neither probabilities nor logits"):
        _ = Predictions(logits, Kind.SCORES).probabilities


def test_labels_are_asked_for():
    with pytest.raises(ClassliftError, match="has no labels"):
        Predictions(GOOD, Kind.PROBABILITIES).true_probability()


def test_no_rows():
    block = Predictions(np.empty((0, 3), np.float32), Kind.PROBABILITIES, labels=np.empty(0, np.int64))
    assert block.n_samples == 0
    assert block.predicted.shape == block.maximum.shape == block.true_probability().shape == (0,)


def test_class_lists():
    assert class_names(None, 2) == ("0", "1")
    assert class_names(("a", "b"), 2) == ("a", "b")
    check_same_classes(("a", "b"), None, 2, 2, where="x", other="y")
    with pytest.raises(ClassliftError, match="x: has 2 classes, y has 3"):
        check_same_classes(None, None, 2, 3, where="x", other="y")
    with pytest.raises(ClassliftError, match="class 1 is 'b', in y it is 'c'\n") as caught:
        check_same_classes(("a", "b"), ("a", "c"), 2, 2, where="x", other="y")
    assert "another order" not in caught.value.problem


def test_a_view_says_what_its_source_says():
    from support.array_source import ArraySource

    source = ArraySource(GOOD, np.array([0, 1, 2]), classes=("a", "b", "c"), notes=("note",))
    view = SourceView(source)
    for name in ("name", "kind", "n_classes", "classes", "has_labels", "n_samples", "notes"):
        assert getattr(view, name) == getattr(source, name)

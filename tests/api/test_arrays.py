"""Scores and labels as two arrays, frames of any library, and what is refused in two lines."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

import classlift
from classlift.errors import ClassliftError

rng = np.random.default_rng(0)
Y = rng.integers(0, 4, 400)
Z = rng.normal(0, 1, (400, 4))
Z[np.arange(400), Y] += 1.5
P = np.exp(Z) / np.exp(Z).sum(axis=1, keepdims=True)
TOTAL = float((P.argmax(axis=1) == Y).mean())


class Dlpack:
    """An array that speaks only DLPack."""

    def __init__(self, array):
        self.array = array

    def __dlpack__(self, **more):
        return self.array.__dlpack__(**more)

    def __dlpack_device__(self):
        return self.array.__dlpack_device__()


class Arrow:
    """A frame that speaks only the stream of Arrow."""

    def __init__(self, table):
        self.table = table

    def __arrow_c_stream__(self, requested_schema=None):
        return self.table.__arrow_c_stream__(requested_schema)


class Tensor:
    """A tensor that needs a gradient: it refuses to become an array."""

    def __array__(self, dtype=None, copy=None):
        raise RuntimeError("Can't call numpy() on Tensor that requires grad.")


def table():
    return pa.table({f"prob_{k}": P[:, k] for k in range(4)} | {"label": Y})


NAMES = np.array(["cat", "dog", "owl", "yak"])
WAYS = {
    "arrays": (P, Y),
    "lists": (P.tolist(), Y.tolist()),
    "single precision": (P.astype(np.float32), Y.astype(np.uint8)),
    "one-hot": (P, np.eye(4)[Y]),
    "series": (P, pd.Series(Y)),
    "dlpack": (Dlpack(P), Dlpack(Y)),
    "arrow table": (table(), None),
    "record batches": (pa.RecordBatchReader.from_batches(table().schema, table().to_batches(max_chunksize=50)), None),
    "a stream": (Arrow(table()), None),
    "lists in arrow": (pa.table({"probs": P.tolist(), "label": Y}), None),
    "names in arrow": (pa.table({f"p_{n}": P[:, k] for k, n in enumerate(NAMES)}
                                | {"label": pa.array(NAMES[Y]).dictionary_encode()}), None),
    "pandas": (table().to_pandas(), None),
    "mapping": ({"probs": P, "labels": Y}, None),
}  # fmt: skip


@pytest.mark.parametrize(("scores", "labels"), WAYS.values(), ids=WAYS)
def test_what_is_taken(scores, labels):
    assert classlift.evaluate(scores, labels).total == pytest.approx(TOTAL)


def test_every_verb_takes_two_arrays(tmp_path):
    layer = classlift.fit(P, Y, effect="none").layer
    same = classlift.fit({"probs": P, "labels": Y}, effect="none").layer
    np.testing.assert_array_equal(layer.steps[0].weight, same.steps[0].weight)
    assert classlift.tune(P, Y).effect.counts.before.n_samples == 400
    result = classlift.tune(P, Y, test={"probs": P[:200], "labels": Y[:200]})
    assert result.test.counts.before.n_samples == 200
    assert result.test.change("total") == classlift.evaluate(
        {"probs": P[:200], "labels": Y[:200]}, layer=result.layer
    ).change("total")
    assert (
        classlift.evaluate(P, Y, layer=layer).after.total
        == classlift.evaluate({"probs": P, "labels": Y}, layer=layer).after.total
    )
    assert classlift.apply(layer, P, tmp_path / "o.npz", labels=Y).n_samples == 400
    assert np.load(tmp_path / "o.npz")["labels"].tolist() == Y.tolist()
    assert classlift.evaluate(P, Y, against=np.roll(P, 1, axis=1)).before.total < TOTAL


def test_logits_are_said_by_keyword():
    low = np.log(P)
    assert classlift.evaluate(low, Y, logits=True).reading.kind == "logits"
    assert classlift.evaluate(low, Y, logits=True).scoring.log_loss == pytest.approx(
        -np.log(P[np.arange(400), Y]).mean()
    )
    assert classlift.evaluate(P, Y, logits=True).reading.why == "as asked"
    with pytest.raises(ClassliftError):
        classlift.evaluate(Z, Y, logits=False)


def test_two_classes_in_one_array():
    found = classlift.evaluate(np.array([0.9, 0.2, 0.4, 0.7]), [1, 0, 1, 0])
    assert found.total == 0.5


@pytest.mark.parametrize(
    ("scores", "labels"),
    [
        (None, None),
        (3, Y),
        (object(), Y),
        (P, Y[:-1]),
        (P, "labels.npy"),
        (P, object()),
        (Tensor(), Y),
        (P, Tensor()),
        (P.astype(str), Y),
        (P[:, :, None], Y),
        ([[0.1, 0.9], [1.0]], [0, 1]),
        (table(), Y),
        ({"probs": P, "labels": Y}, Y),
        ("no such file.npz", Y),
        (P, Y + 1),
        (P * 0.5, Y),
    ],
)
def test_wrong_types_are_refused_in_two_lines(scores, labels):
    for verb in (classlift.evaluate, classlift.fit, classlift.tune):
        with pytest.raises(ValueError) as caught:
            verb(scores, labels)
        assert type(caught.value) is ClassliftError
        assert str(caught.value).count("\n") == 1
        assert "\nfix: " in str(caught.value)


def test_the_estimator_warns_where_labels_and_scores_do_not_belong_together():
    pytest.importorskip("sklearn")
    from classlift.sklearn import OutputLayerClassifier

    many = np.tile(P, (3, 1))
    with pytest.warns(UserWarning, match="check the labels: class names may be in another order"):
        OutputLayerClassifier(method="elaborated").fit(many, (np.tile(Y, 3) + 1) % 4)


def test_another_candidate_of_a_tuned_result():
    """Any row of the tables, by name or number, without a search: the same as tune gives with choose."""
    rng = np.random.default_rng(1)
    labels = rng.integers(0, 4, 600)
    logits = rng.normal(0, 1, (600, 4)) - 0.9 * np.arange(4)
    logits[np.arange(600), labels] += 1.5
    result = classlift.tune(logits, labels, logits=True)
    names = result.search.names
    for number in (len(names) - 1, int(result.trade_off.index[0]), 0):
        found = result.choose(names[number])
        asked = classlift.tune(logits, labels, logits=True, choose=number)
        assert found.chosen == result.choose(number).chosen == asked.chosen == number
        assert found.layer.method == asked.layer.method
        assert found.to_dict() == asked.to_dict()
        assert [step.bias.tolist() for step in found.layer.steps] == [step.bias.tolist() for step in asked.layer.steps]
    assert not result.choose(0).layer.steps
    with pytest.raises(ClassliftError, match="did you mean") as caught:
        result.choose(names[-1] + "x")
    assert names[-1] in str(caught.value)


def test_apply_array_tells_logits_by_their_values_and_asks_where_it_cannot():
    z = np.random.default_rng(0).normal(size=(50, 3)) * 3
    p = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
    layer = classlift.fit({"probs": p, "labels": np.arange(50) % 3}, effect="none").layer
    for scores, kind in ((p, "probabilities"), (z, "logits")):
        told, found = (classlift.apply_array(layer, scores, kind=each) for each in (kind, None))
        np.testing.assert_array_equal(found, told)
    with pytest.raises(classlift.ClassliftError, match="fix: "):
        classlift.apply_array(layer, np.random.default_rng(1).uniform(0.2, 0.9, (50, 3)))

"""Wrong arguments of the verbs are named in two lines; a path stands for a layer; what is given stays as it was."""

import numpy as np
import pytest

from classlift import (
    ClassliftError,
    OutputLayer,
    ReadOptions,
    apply,
    apply_array,
    batch,
    evaluate,
    fit,
    merge,
    open_predictions,
    save_layer,
)
from support.cases import predictions


@pytest.fixture
def given(tmp_path):
    probs, labels = predictions(90)
    where = {"probs": probs, "labels": labels}
    layer = fit(where, effect="none").layer
    save_layer(layer, tmp_path / "l.json")
    return where, layer, tmp_path


WRONG = {
    "low_fraction": ["x", None, float("nan"), 0, -1, 2, [0.2], np.nan, 1 + 1j],
    "resampling": [None, 3, "x", {"n_draws": 3}],
    "confusion": [None, "yes", 1, []],
    "coverage": [None, "yes", 1, []],
    "reading": [{}, None, "x", []],
    "engine": [3, "nope", b"processes", ["dask"]],
    "scheduler": [3, ["x"]],
    "layer": [3, {}, b"l.json", ["l.json"], object()],
    "seed": ["x", -1, 2**70, 1.5, None, float("nan"), True],
    "settings": [
        ["beta"],
        {1: 2},
        "beta",
        3,
        {"nope": 1},
        {"beta": "x"},
        {"beta": None},
        {"beta": float("nan")},
        {"beta": []},
    ],
    "method": [None, 3, "nope", ["naive"]],
    "effect": ["bogus", None, 3, []],
    "output": ["bogus", None, 3],
    "logits": ["no", "false", 1, 0, []],
    "progress": [5, "x"],
    "by": [5, "site", [3], None],
    "out": [3, "", [], b"", "no suffix"],
}
VERBS = {
    "evaluate": (
        "low_fraction",
        "resampling",
        "confusion",
        "coverage",
        "reading",
        "engine",
        "scheduler",
        "layer",
        "logits",
        "progress",
        "by",
    ),
    "fit": ("logits", "progress", "low_fraction", "seed", "settings", "method", "effect", "reading", "engine"),
    "apply": ("logits", "progress", "output", "out", "reading", "engine", "layer"),
}
CASES = [(verb, name, i) for verb, names in VERBS.items() for name in names for i in range(len(WRONG[name]))]


@pytest.mark.parametrize(("verb", "name", "i"), CASES)
def test_a_wrong_argument_is_named(given, verb, name, i):
    where, layer, folder = given
    value = WRONG[name][i]
    words = {name: value}
    with pytest.raises(ClassliftError) as caught:
        if verb == "apply":
            known = {"layer": layer, "out": folder / "o.npz"} | words
            apply(known.pop("layer"), where, known.pop("out"), **known)
        else:
            {"evaluate": evaluate, "fit": fit}[verb](where, **words)
    assert isinstance(caught.value, ValueError)
    assert len(str(caught.value).splitlines()) == 2
    assert "\nfix: " in str(caught.value)


@pytest.mark.parametrize(("steps", "n"), [("x", 2), ((1, 2), 2), ([], 2), ((), -1), ((), 0), ((), 2.5), ((), True)])
def test_a_layer_is_made_of_steps_and_a_number(steps, n):
    with pytest.raises(ClassliftError, match="expected a tuple of AffineStep and a whole number"):
        OutputLayer(steps, n)


def test_a_layer_and_a_path_are_saved(given):
    for words in (("x.json", given[1]), (given[1], None), (given[1], 3)):
        with pytest.raises(ClassliftError, match="expected an OutputLayer and a path"):
            save_layer(*words)


@pytest.mark.parametrize("labels", ["y", (k for k in range(3)), 3, {"y": 1}])
def test_labels_are_an_array(given, labels):
    with pytest.raises(ClassliftError, match="expected an array or a list of labels"):
        evaluate(given[0]["probs"], labels=labels)


def test_a_path_stands_for_a_layer(given):
    where, layer, folder = given
    for path in (folder / "l.json", str(folder / "l.json")):
        assert evaluate(where, layer=path).after.total == evaluate(where, layer=layer).after.total
        assert np.array_equal(apply_array(path, where["probs"]), apply_array(layer, where["probs"]))
        assert apply(path, where, folder / "o.npz").n_changed == apply(layer, where, folder / "p.npz").n_changed
    with pytest.raises(ClassliftError, match=r"none\.json"):
        evaluate(where, layer="none.json")
    same = evaluate(where, layer=layer, against=folder / "l.json")
    assert (same.fixed, same.broken) == (0, 0)
    with pytest.raises(ClassliftError, match="with --layer is another layer"):
        evaluate(where, layer=layer, against=where)


@pytest.mark.parametrize("words", [{"prefix": ""}, {"kind": "x"}, {"labels": 3}, {"bad_rows": None}, {"header": "no"}])
def test_reading_is_checked_when_it_is_made(words):
    with pytest.raises(ClassliftError, match="expected"):
        ReadOptions(**words)
    assert ReadOptions(kind="logits").kind.value == "logits"


def test_what_is_given_stays_as_it_was(given):
    where, layer, _ = given
    probs, labels = where["probs"], where["labels"]
    frozen = {"probs": probs.copy(), "labels": labels.copy()}
    for array in frozen.values():
        array.setflags(write=False)
    wide = np.zeros((len(probs) * 2, probs.shape[1] * 2), probs.dtype)
    wide[::2, ::2] = probs
    for other in (
        frozen,
        {"probs": wide[::2, ::2], "labels": labels},
        {"probs": np.asfortranarray(probs), "labels": labels},
    ):
        before = {name: array.copy() for name, array in other.items()}
        assert evaluate(other, layer=layer).after.total == evaluate(where, layer=layer).after.total
        assert fit(other, effect="none").layer.steps[0].bias.tolist() == pytest.approx(layer.steps[0].bias.tolist())
        assert all(np.array_equal(other[name], before[name]) for name in before)


@pytest.mark.parametrize("cell", [[1], {}, {"b"}])
def test_a_label_that_is_no_text_is_named(cell):
    labels = np.array(["a", cell, "b"], object)
    where = {"probs": np.full((3, 2), 0.5), "labels": labels, "class_names": np.array(["a", "b"])}
    with pytest.raises(ClassliftError, match=r"^arrays, row 1: label .* is unknown, expected a class name"):
        evaluate(where)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (merge, "merge: was given no sums"),
        (lambda: merge(["a.npz"]), "sums: are of the type list, expected what partials gave, or a path"),
        (lambda: batch(["folder"]), "batch: was given what is of type list, expected paths"),
        (lambda: open_predictions(5), "predictions: are of the type int, expected a path, arrays or a frame"),
    ],
)
def test_what_is_neither_a_path_nor_ours_is_named(call, words):
    with pytest.raises(ClassliftError, match=f"^{words}") as caught:
        call()
    assert caught.value.fix

"""A gate from Python is that of the shell: the same state, value and message."""

import json

import numpy as np
import pytest

import classlift
from classlift import ClassliftError
from support.cases import predictions
from support.process import classlift as run


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("check")
    for name, seed in (("val", 1), ("test", 2)):
        probs, labels = predictions(400, seed=seed)
        np.savez(folder / f"{name}.npz", probs=probs, labels=labels)
    classlift.save_layer(classlift.fit(folder / "val.npz", effect="none").layer, folder / "layer.json")
    return folder


GATES = ("total >= 1%", "low20.change >= 90pp", 'class["cow"].recall >= 1%', "every class.recall >= 50%")


@pytest.mark.parametrize("confidence", [None, 0.9])
def test_it_is_the_gate_of_the_shell(folder, confidence):
    words = [word for gate in GATES for word in ("--gate", gate)]
    words += [] if confidence is None else ["--confidence", str(confidence)]
    done = run("evaluate", "test.npz", "--layer", "layer.json", "--format", "json", *words, cwd=folder)
    told = json.loads(done.stdout)["gates"]
    judged = classlift.evaluate(folder / "test.npz", layer=folder / "layer.json")
    checked = [classlift.check(judged, gate, confidence=confidence) for gate in GATES]
    assert [(one.state, one.message, one.value) for one in checked] == [
        (one["state"], one["message"], None if one["value"] is None else pytest.approx(one["value"])) for one in told
    ]
    assert [one.passed for one in checked] == [True, False, False, False]
    assert [one["state"] for one in told] == ["passed", "failed", "undefined", "failed"]


@pytest.mark.parametrize(
    ("result", "gate", "words"),
    [
        ("evaluate", "total >= 99", "gate 'total >= 99', position 10: a share lies between 0 and 1"),
        ("evaluate", "nonsense", "gate 'nonsense', position 1: there is no figure"),
        ("evaluate", 5, "gate: is 5, expected a condition, as text"),
        ("fit", "total > 0", "result: is of type FitResult, expected an Evaluation or a Comparison"),
    ],
)
def test_what_is_wrong_is_named(folder, result, gate, words):
    given = getattr(classlift, result)(folder / "val.npz")
    with pytest.raises(ClassliftError, match=f"^{words}") as caught:
        classlift.check(given, gate)
    assert caught.value.fix


def test_the_verdict_is_that_of_the_command(folder):
    judged = classlift.evaluate(folder / "test.npz", layer=folder / "layer.json")
    told = " ".join(run("evaluate", "test.npz", "--layer", "layer.json", cwd=folder).stdout.split("\nread:")[0].split())
    assert judged.verdict.replace("the layer", "layer.json", 1) == told
    assert judged.verdict.split(". ")[0] in repr(judged)
    methods = classlift.compare(folder / "val.npz", folder / "test.npz")
    assert methods.verdict.startswith(repr(methods).splitlines()[0])
    assert classlift.inspect(folder / "val.npz").verdict == ""

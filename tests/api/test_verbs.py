"""Every command has its function, which the command calls; results give frames, flat dictionaries and two lines."""

import ast
import importlib
import json
import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import classlift
from classlift import ClassliftError
from classlift.cli.main import COMMANDS
from support.cases import predictions
from support.process import classlift as run

NO_FUNCTION = {
    "demo": "runs on the sample only",
    "help": "texts for a terminal",
    "completion": "scripts for a shell",
}
SRC = Path(classlift.__file__).parent


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("verbs")
    for name, seed in (("val", 1), ("test", 2)):
        probs, labels = predictions(200, seed=seed)
        np.savez(folder / f"{name}.npz", probs=probs, labels=labels)
    classlift.save_layer(classlift.fit(folder / "val.npz", effect="none").layer, folder / "layer.json")
    return folder


def rows(folder, name):
    with np.load(folder / f"{name}.npz") as file:
        return dict(file)


def test_every_command_has_a_function_that_it_calls():
    assert set(classlift.__all__) >= set(COMMANDS) - set(NO_FUNCTION)
    assert not set(classlift.__all__) & set(NO_FUNCTION)
    for name in set(COMMANDS) - set(NO_FUNCTION):
        tree = ast.parse((SRC / "cli" / f"{name}.py").read_text())
        imported = {alias.name for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)
                    and node.module == f"classlift.api.{name}" for alias in node.names}  # fmt: skip
        assert name in imported, f"cli/{name}.py does not call classlift.{name}"


def test_no_room_hides_a_function():
    for name in classlift.__all__:
        assert not (SRC / name).exists(), f"{name}/ would replace the function when it is imported"
        assert callable(getattr(classlift, name)) or name == "__version__"


def test_dir_is_all():
    assert sorted(dir(classlift)) == sorted(classlift.__all__)


def results(folder):
    """One result of every verb, from arrays or paths."""
    val, test, layer = rows(folder, "val"), rows(folder, "test"), str(folder / "layer.json")
    yield "tune", classlift.tune(val)
    yield "fit", classlift.fit(val)
    yield "evaluate", classlift.evaluate(test)
    yield "evaluate", classlift.evaluate(test, layer=layer)
    yield "compare", classlift.compare(val, test)
    yield "sweep", classlift.sweep(val, test, method="logit-adjust")
    yield "flips", classlift.flips(test, layer=layer)
    yield "blend", classlift.blend(test, test)
    yield "weights", classlift.weights(val["probs"], val["labels"])
    yield "inspect", classlift.inspect(val)
    yield "export", classlift.export(layer, folder / "l.py", to="torch")
    yield "report", classlift.report(val, test, out=folder / "p.html", layer=layer, sweeps=False)


JUDGED = ("tune", "fit", "evaluate", "compare", "blend")
"""Verbs whose results begin with a verdict."""


def test_results_show_themselves_in_lines_and_as_frames(folder):
    for verb, result in results(folder):
        assert len(repr(result).splitlines()) == (3 if verb in JUDGED else 2), (verb, repr(result))
        assert "array(" not in repr(result)
        if verb == "export":
            continue
        frame = result.to_frame()
        assert isinstance(frame, pd.DataFrame)
        assert len(frame)
        assert "<table" in result._repr_html_()
        if verb == "sweep":
            continue
        flat = result.to_dict()
        assert flat
        assert all(isinstance(name, str) and isinstance(value, (int, float)) for name, value in flat.items())


def same(flat, document):
    assert document
    for name, value in document.items():
        assert flat[name] == pytest.approx(value, nan_ok=True), name


def test_functions_give_what_commands_print(folder):
    def told(*words):
        done = run(*words, "--format", "json", cwd=folder)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    val, test = folder / "val.npz", folder / "test.npz"
    document = told("weights", "val.npz", "--scheme", "accuracy", "--beta", "0.5")
    found = classlift.weights(val, scheme="accuracy", beta=0.5)
    assert found.weights.tolist() == document["pytorch"]
    assert list(found.to_dict().values()) == document["pytorch"]

    document = told("flips", "test.npz", "--layer", "layer.json", "--kind", "broken", "--limit", "3")
    found = classlift.flips(test, layer=folder / "layer.json", kind="broken", limit=3)
    assert found.to_frame()["row"].tolist() == [row["row"] for row in document["rows"]]
    assert found.to_dict() == document["counts"]

    document = told("compare", "val.npz", "test.npz", "--jobs", "1")
    found = classlift.compare(val, test)
    assert found.to_frame().index.drop("raw").tolist() == [one["method"] for one in document["methods"]]
    for one in document["methods"]:
        total = one["result"]["after"]["total"]
        assert found.to_frame().loc[one["method"], "total_after"] == pytest.approx(total)
        assert found.to_dict()[f"{one['method']}.total.after"] == pytest.approx(total)

    document = told("inspect", "val.npz")
    found = classlift.inspect(val)
    assert [one["support"] for one in document["classes"]] == found.to_frame()["support"].tolist()
    assert classlift.inspect(folder / "layer.json").method == told("inspect", "layer.json")["method"]

    document = told("sweep", "val.npz", "--method", "logit-adjust")
    frame = classlift.sweep(val, method="logit-adjust").to_frame()
    assert frame["value"].tolist() == [point["value"] for point in document["points"]]


def test_sums_of_shards_fit_the_same_layer(folder):
    data = rows(folder, "val")
    halves = [{name: array[part] for name, array in data.items()} for part in (slice(0, 90), slice(90, None))]
    counts = classlift.merge(*map(classlift.partials, halves))
    sums = classlift.merge(*(classlift.partials(half, counts=counts) for half in halves), out=folder / "sums.npz")
    layer, whole = classlift.fit(sums).layer, classlift.fit(data, effect="none").layer
    np.testing.assert_allclose(layer.steps[0].weight, whole.steps[0].weight, rtol=1e-6)
    assert classlift.inspect(folder / "sums.npz").counts.n_samples == len(data["labels"])


def test_a_batch_and_its_page(folder, tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    (tmp_path / "a" / "val.npz").write_bytes((folder / "val.npz").read_bytes())
    seen = []

    class Watch:
        def __init__(self, what):
            self.what = what

        def __enter__(self):
            return lambda share: seen.append((self.what, share))

        def __exit__(self, *end):
            return None

    out = tmp_path / "out"
    found = classlift.batch(tmp_path / "a", tmp_path / "b", out=out, verb="fit", gates=["total >= 1%"], progress=Watch)
    assert found.to_frame()["state"].tolist() == ["done", "could not run"]
    assert [gate.state.value for gate in found.outcomes[0].gates] == ["passed"]
    assert found.to_dict()["total.before"] == found.outcomes[0].figures["total"][0]
    assert ("batch", 1.0) in seen
    paged = classlift.report(out, out=tmp_path / "p.html", progress=Watch)
    assert [one.name for one in paged.outcomes] == ["a", "b"]
    assert "</html>" in (tmp_path / "p.html").read_text()
    with pytest.raises(ClassliftError, match="nothing to do"):
        classlift.batch()
    with pytest.raises(ClassliftError, match="would be overwritten"):
        classlift.batch(tmp_path / "a", out=out, also_written=[tmp_path / "a" / "val.npz"])


WRONG = {
    "compare": {"max_total_drop": ["5", -1], "jobs": [0, 1.5, None], "seed": [-1], "reading": [{}]},
    "flips": {"kind": ["nope", None], "sort": ["nope"], "limit": [-1, 1.5], "layer": [3]},
    "blend": {"weights": [[1], [1, -1], "x", 3], "fit_weights": [1], "out": ["", "o.x"], "reading": [None]},
    "weights": {"scheme": ["nope", None, 3], "beta": ["x", math.nan], "accuracy_floor": [2, None], "counts": [[1]]},
    "inspect": {"reading": [None]},
    "sweep": {"method": ["nope"], "settings": [3], "seed": [None]},
    "export": {"to": ["nope", None], "dtype": ["float8"], "opset": ["x"], "output": ["labels"], "fold": [1, True]},
    "report": {"out": ["page.txt", None], "jobs": [0], "layer": [3], "test": [3]},
    "batch": {"verb": ["nope", 3], "jobs": [0], "gates": [["total > x"]], "confidence": [2]},
}


@pytest.mark.parametrize(("verb", "name", "value"), [(v, n, x) for v, of in WRONG.items() for n, xs in of.items()
                                                     for x in xs], ids=repr)  # fmt: skip
def test_wrong_words_are_named(folder, tmp_path, verb, name, value):
    val, test, layer = folder / "val.npz", folder / "test.npz", folder / "layer.json"
    good = {
        "compare": ((val, test), {}),
        "flips": ((test,), {"layer": layer}),
        "blend": ((val, val), {}),
        "weights": ((val,), {"scheme": "accuracy"}),
        "inspect": ((val,), {}),
        "sweep": ((val,), {"method": "logit-adjust"}),
        "export": ((layer, tmp_path / "l.onnx"), {"to": "onnx"}),
        "report": ((val,), {"test": test, "layer": layer, "out": tmp_path / "p.html", "sweeps": False}),
        "batch": ((folder,), {"out": tmp_path / "out"}),
    }
    words, named = good[verb]
    with pytest.raises(ClassliftError) as caught:
        getattr(classlift, verb)(*words, **{**named, name: value})
    assert isinstance(caught.value, ValueError)
    assert len(str(caught.value).splitlines()) == 2
    assert "\nfix: " in str(caught.value)


def test_the_choices_are_told():
    rng = np.random.default_rng(0)
    scores, labels = rng.random((40, 3)), rng.integers(0, 3, 40)
    for call, word in (
        (lambda: classlift.weights(scores, labels, scheme="x"), "'effective-number'"),
        (lambda: classlift.flips(scores, layer="l", kind="x"), "'broken'"),
        (lambda: classlift.export(classlift.OutputLayer((), 2), "l.py", to="x"), "'torch'"),
    ):
        with pytest.raises(ClassliftError, match=word):
            call()


def test_the_modules_of_functions_can_be_imported_too():
    for name in set(COMMANDS) - set(NO_FUNCTION):
        assert getattr(importlib.import_module(f"classlift.api.{name}"), name) is getattr(classlift, name)

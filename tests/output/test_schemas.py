"""The shipped JSON Schemas: valid themselves, true of what the commands print, and able to refuse."""

import copy
import json
from importlib import resources

import jsonschema
import numpy as np
import pytest
from referencing import Registry, Resource

from support import schemas
from support.cases import predictions
from support.process import classlift

SCHEMAS = {
    path.name.removesuffix(".json"): json.loads(path.read_text(encoding="utf-8"))
    for path in (resources.files("classlift") / "schemas").iterdir()
}
REGISTRY = Registry().with_resources([(s["$id"], Resource.from_contents(s)) for s in SCHEMAS.values()])

COMMANDS = {
    "evaluation": ["evaluate", "test.npz", "--gate", "total > 1%", "--gate", "fixed > broken"],
    "comparison": ["evaluate", "test.npz", "--layer", "l.npz", "--confusion", "--gate", "low20 > 99%"],
    "flips": ["flips", "test.npz", "--layer", "l.npz", "--kind", "changed"],
    "weights": ["weights", "val.npz", "--scheme", "effective-number"],
    "batch": ["batch", "m.toml", "--gate", "total > 99%"],
    "fit": ["fit", "val.npz", "-o", "l2.npz"],
    "tune": ["tune", "val.npz", "-o", "l3.npz", "--jobs", "1"],
    "apply": ["apply", "l.npz", "test.npz", "-o", "out.npz"],
    "blend": ["blend", "val.npz", "val.npz", "-o", "b.npz", "--fit-weights"],
    "export": ["export", "l.npz", "--to", "onnx", "-o", "l.onnx", "--check", "test.npz"],
    "inspection": ["inspect", "val.npz"],
    "layer": ["inspect", "l.npz"],
    "benchmark": ["compare", "val.npz", "test.npz"],
    "sweep": ["sweep", "val.npz"],
    "partials": ["partials", "val.npz", "-o", "s.npz"],
    "report": ["report", "val.npz", "test.npz", "--layer", "l.npz", "-o", "page.html"],
    "demo": ["demo"],
}


def check(document):
    schema = SCHEMAS[document["schema"]]
    jsonschema.Draft202012Validator(schema, registry=REGISTRY).validate(document)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("schemas")
    for name, seed in (("val", 0), ("test", 1)):
        probs, labels = predictions(seed=seed)
        probs = np.column_stack([probs, np.zeros(len(probs), np.float32)])  # a class without samples
        np.savez(path / f"{name}.npz", probs=probs, labels=labels)
    (path / "pyproject.toml").write_text("")
    runs = "".join(f"[[run]]\nname='{n}'\nval='{n}.npz'\nverb='fit'\n" for n in ("val", "test", "missing"))
    (path / "m.toml").write_text(runs)
    assert classlift("fit", "val.npz", "-o", "l.npz", "-q", "--effect", "none", cwd=path).returncode == 0
    return path


def test_schemas_are_made_from_the_types_of_the_documents():
    made = schemas.schemas()
    assert set(made) == {f"{name}.json" for name in SCHEMAS}
    for name, schema in made.items():
        text = (schemas.FOLDER / name).read_text(encoding="utf-8")
        assert text == schemas.text_of(schema), f"{name}: run python tests/support/schemas.py"
        assert json.loads(text) == schema


def test_schemas_are_strict():
    """Every object of known keys refuses others, save where a file's own columns or a fit's facts come in."""
    open_parts = []

    def walk(schema, place):
        if isinstance(schema, dict):
            if "properties" in schema and schema.get("additionalProperties") is not False:
                open_parts.append(place)
            for key, value in schema.items():
                walk(value, f"{place}/{key}" if key not in ("properties", "items") else place)

    for name, schema in SCHEMAS.items():
        walk(schema, name)
    assert sorted(open_parts) == ["classlift-fit-2/layer", "classlift-flips-2/rows", "classlift-tune-2/layer"]


@pytest.mark.parametrize("name", SCHEMAS)
def test_schemas_are_schemas(name):
    jsonschema.Draft202012Validator.check_schema(SCHEMAS[name])
    assert SCHEMAS[name]["$id"] == f"{name}.json"


@pytest.mark.parametrize("kind", COMMANDS)
def test_documents_are_what_their_schema_says(folder, kind):
    if kind == "export":
        pytest.importorskip("onnxruntime", reason="--check runs what was exported")
    done = classlift(*COMMANDS[kind], "--format", "json", cwd=folder)
    document = json.loads(done.stdout, parse_constant=lambda word: pytest.fail(f"{word} is not strict JSON"))
    assert document["schema"] == f"classlift-{kind}-2"
    check(document)


def test_every_document_has_a_schema():
    assert {f"classlift-{kind}-2" for kind in COMMANDS} | {"classlift-common-2"} == set(SCHEMAS)


def test_a_schema_refuses(folder):
    document = json.loads(classlift(*COMMANDS["comparison"], "--format", "json", cwd=folder).stdout)
    check(document)
    for spoil in (
        lambda d: d.pop("after"),
        lambda d: d["after"].update(total=1.5),
        lambda d: d["gates"][0].update(state="maybe"),
        lambda d: d["gates"][0].update(more=1),
        lambda d: d["classes"][0].update(fixed=-1),
        lambda d: d["low_classes"].update(low20="cat"),
        lambda d: d["before"].update(nll=-0.1),
        lambda d: d["before"].update({"low20.baseline": 1.1}),
        lambda d: d["before"].update(more=0.1),
        lambda d: d["classes"][0]["before"].pop("recall"),
        lambda d: d["intervals"]["change"].update(total=[0.1]),
        lambda d: d["confusion"]["after"]["rows"].append("two"),
        lambda d: d.update(n_adjusted=-1),
    ):
        spoiled = copy.deepcopy(document)
        spoil(spoiled)
        with pytest.raises(jsonschema.ValidationError):
            check(spoiled)

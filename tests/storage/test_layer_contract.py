"""The guide `layer-file` says what a layer file holds: this reads and applies layers by those words alone."""

import io
import json
import zipfile

import numpy as np
import pytest

import classlift
from classlift.data.kind import Kind
from classlift.data.predictions import Predictions
from classlift.layer.step import AffineStep, Domain
from support.export_cases import FORMS, kinds_of, make_layer, make_rows


def read(path):
    """Header and arrays."""
    content = path.read_bytes()
    if path.suffix == ".json":
        document = json.loads(content)
        return document["header"], {name: np.array(rows) for name, rows in document["arrays"].items()}
    if path.suffix == ".npz":
        with zipfile.ZipFile(path) as archive:
            members = {name.removesuffix(".npy"): archive.read(name) for name in archive.namelist()}
        arrays = {name: np.lib.format.read_array(io.BytesIO(member)) for name, member in members.items()}
        return json.loads(arrays.pop("header").tobytes().decode("utf-8")), arrays
    start = 8 + int.from_bytes(content[:8], "little")
    table = json.loads(content[8:start])
    header = json.loads(table.pop("__metadata__")["classlift-layer"])
    arrays = {}
    for name, entry in table.items():
        begin, end = entry["data_offsets"]
        assert entry["dtype"] == "F64"
        arrays[name] = np.frombuffer(content[start + begin : start + end], "<f8").reshape(entry["shape"])
    return header, arrays


def softmax(x):
    e = np.exp(x - x.max())
    return e / e.sum()


def as_probabilities(x, domain):
    if domain != "probability":
        return softmax(x)
    positive = np.maximum(x, 0)
    return positive / positive.sum() if positive.any() else np.eye(len(x))[x.argmax()]


def lift(header, arrays, row, kind):
    """Scores, probabilities and class of one row, by the six points of the guide."""
    assert (header["format"], header["version"]) == ("classlift-layer", 1)
    p = softmax(row) if kind == "logits" else row
    steps = header["steps"]
    takes = [s["maximum_probability"] is None or p.max() < s["maximum_probability"] for s in steps]
    last = steps[-1]["domain"] if steps else "probability"
    if not any(takes):
        return p if last == "probability" else np.log(np.maximum(p, 1e-12)), p, row.argmax()
    normal = p / p.sum()
    if steps[0]["domain"] == "probability":
        x = normal
    elif kind == "logits":
        x = row if steps[0]["domain"] == "logit" else row - row.max() - np.log(np.exp(row - row.max()).sum())
    else:
        x = np.log(np.maximum(normal, 1e-12))
    for i, step in enumerate(steps):
        if i:
            x = np.maximum(as_probabilities(x, steps[i - 1]["domain"]), 1e-6)
            x = x / x.sum()
            x = x if step["domain"] == "probability" else np.log(x)
        if takes[i]:
            weight = arrays.get(f"step_{i}_weight", np.ones(header["n_classes"]))
            weight = np.diag(weight) if weight.ndim == 1 else weight
            x = weight @ (x / step["temperature"]) + arrays[f"step_{i}_bias"]
    return x, as_probabilities(x, last), x.argmax()


@pytest.mark.parametrize("suffix", [".json", ".npz", ".safetensors"])
@pytest.mark.parametrize("form", FORMS)
def test_a_reader_of_the_readme_gets_what_apply_gives(form, suffix, tmp_path):
    classlift.save_layer(make_layer(form, 5), tmp_path / f"l{suffix}")
    header, arrays = read(tmp_path / f"l{suffix}")
    layer = classlift.load_layer(tmp_path / f"l{suffix}")
    for kind in kinds_of(form):
        rows = make_rows(kind, 5, dtype=np.float64)
        result = layer.apply(Predictions(rows.scores, Kind(kind)))
        for i, row in enumerate(rows.scores):
            scores, probabilities, best = lift(header, arrays, row, str(kind))
            assert np.allclose(scores, result.scores[i], rtol=0, atol=1e-9)
            assert np.allclose(probabilities, result.probabilities()[i], rtol=0, atol=1e-12)
            two = np.sort(scores)[-2:]
            assert best == result.predicted[i] or two[1] - two[0] < 1e-9


@pytest.mark.parametrize("steps", [{}, []])
def test_steps_that_the_header_does_not_name_are_no_identity(tmp_path, steps):
    layer = classlift.OutputLayer((AffineStep(Domain.PROBABILITY, np.zeros(2)),), 2)
    classlift.save_layer(layer, tmp_path / "l.json")
    document = json.loads((tmp_path / "l.json").read_text())
    document["header"]["steps"] = steps
    (tmp_path / "l.json").write_text(json.dumps(document))
    with pytest.raises(classlift.ClassliftError, match=r"hold step_0_\w+, a step that the header does not name"):
        classlift.load_layer(tmp_path / "l.json")

"""Layers as ONNX models of their own: what onnxruntime makes of real rows is what apply makes of them."""

import numpy as np
import pytest

from classlift.data.kind import Kind
from classlift.data.predictions import Predictions
from classlift.exports import EXPORTS, Request, export_layer
from classlift.exports.check import CLOSE
from classlift.layer.apply import Output
from classlift.storage import open_predictions
from support.export_cases import FORMS, kinds_of, make_layer, make_rows, opsets

onnx = pytest.importorskip("onnx", reason="the extra onnx is not installed")
onnxruntime = pytest.importorskip("onnxruntime", reason="the extra onnx is not installed")


OPSETS = opsets()


def run(path, scores):
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    return session.run(None, {session.get_inputs()[0].name: scores})


def written(layer, rows):
    block = Predictions(rows.scores, rows.kind)
    return layer.apply(block), layer.apply(block).probabilities()


@pytest.mark.parametrize("opset", OPSETS)
@pytest.mark.parametrize("form", FORMS)
def test_values_and_classes_are_those_of_apply(form, opset, tmp_path):
    for kind in kinds_of(form):
        for k in (2, 10):
            layer, rows = make_layer(form, k), make_rows(kind, k)
            request = Request(name="l", layer=layer, out=tmp_path / "l.onnx", kind=kind, opset=opset)
            EXPORTS["onnx"].write(request)
            model = onnx.load(request.out)
            onnx.checker.check_model(model, full_check=True)
            assert [entry.version for entry in model.opset_import] == [opset]
            values, predicted = run(request.out, rows.scores)
            result, expected = written(layer, rows)
            gates = [step.maximum_probability for step in layer.steps if step.maximum_probability]
            far = np.all(
                [np.abs(result.raw.maximum - gate) > CLOSE for gate in gates] or [np.ones(len(values), bool)], 0
            )
            best = np.sort(expected, axis=1)
            clear = far & (best[:, -1] - best[:, -2] > CLOSE)
            assert far.mean() > 0.9
            assert clear.mean() > 0.8 or form == "hopeless rows"
            assert np.abs(values - expected)[far].max() <= 1e-6
            assert (predicted == result.predicted)[clear].all()
            assert (predicted == values.argmax(axis=1)).all()


@pytest.mark.parametrize("output", [Output.PROBS, Output.SCORES])
@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
@pytest.mark.parametrize("form", ["the paper's, then biases", "log matrix", "log diagonal, gated", "three gates"])
def test_the_check_holds_in_every_type(form, dtype, output, tmp_path):
    layer = make_layer(form, 7)
    for kind in kinds_of(form):
        rows = make_rows(kind, 7, dtype=np.float64)
        request = Request(name="l", layer=layer, out=tmp_path / "l.onnx", kind=kind, dtype=dtype, output=output)
        result = export_layer("onnx", request, open_predictions(rows.mapping))
        assert result.agreement.holds, result.agreement
        assert result.agreement.n_samples == len(rows.scores)
        values, _ = run(request.out, rows.scores.astype(dtype))
        assert values.dtype == (np.float64 if dtype == "float64" else np.float32)


@pytest.mark.parametrize("form", ["the paper's", "log matrix", "log diagonal, gated", "logit diagonal"])
def test_a_thousand_classes(form, tmp_path):
    for kind in kinds_of(form):
        layer, rows = make_layer(form, 1000), make_rows(kind, 1000, n=64)
        request = Request(name="l", layer=layer, out=tmp_path / "l.onnx", kind=kind)
        found = export_layer("onnx", request, open_predictions(rows.mapping)).agreement
        assert found.holds, found


def test_the_check_finds_a_wrong_model(tmp_path):
    layer, rows = make_layer("the paper's", 5), make_rows(Kind.PROBABILITIES, 5)
    request = Request(name="l", layer=layer, out=tmp_path / "l.onnx")
    assert export_layer("onnx", request, open_predictions(rows.mapping)).agreement.holds
    model = onnx.load(request.out)
    bias = next(tensor for tensor in model.graph.initializer if tensor.name.endswith("bias_0"))
    moved = onnx.numpy_helper.to_array(bias) + np.array([1e-4, 0, 0, 0, 0], np.float32)
    bias.CopyFrom(onnx.numpy_helper.from_array(moved, bias.name))
    onnx.save(model, request.out)
    from classlift.exports.check import agreement

    running = EXPORTS["onnx"].load(request)
    found = agreement(open_predictions(rows.mapping), layer, Output.PROBS, running.run, running.dtype)
    assert not found.holds
    assert found.n_other_values > 10


def test_the_same_bytes_for_the_same_layer(tmp_path):
    layer = make_layer("three gates", 6)
    for name in ("a.onnx", "b.onnx"):
        EXPORTS["onnx"].write(Request(name="l", layer=layer, out=tmp_path / name))
    assert (tmp_path / "a.onnx").read_bytes() == (tmp_path / "b.onnx").read_bytes()


def test_any_batch_size(tmp_path):
    layer = make_layer("three gates", 4)
    EXPORTS["onnx"].write(Request(name="l", layer=layer, out=tmp_path / "l.onnx"))
    for n in (0, 1, 1000):
        values, predicted = run(tmp_path / "l.onnx", make_rows(Kind.PROBABILITIES, 4, n=1000).scores[:n])
        assert values.shape == (n, 4)
        assert predicted.shape == (n,)

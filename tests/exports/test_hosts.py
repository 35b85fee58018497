"""Layers attached to hosts that were not written here, and folded into them, in onnxruntime."""

import importlib.util
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import classlift as library
from classlift.data.kind import Kind
from classlift.exports import HostRequest, Request, export_layer
from classlift.layer.apply import Output
from classlift.storage import open_predictions
from support.export_cases import costs_of, make_layer, make_rows, opsets

onnx = pytest.importorskip("onnx", reason="the extra onnx is not installed")
onnxruntime = pytest.importorskip("onnxruntime", reason="the extra onnx is not installed")

OPSETS = opsets()[1:]
LIGHT = Path(onnx.__file__).parent / "backend" / "test" / "data" / "light"
SHIPPED = ["bvlc_alexnet", "inception_v1", "resnet50", "shufflenet", "squeezenet", "densenet121"]
"""Image classifiers of 1,000 classes that the package onnx ships, opset 9 and IR version 3."""


def image_inputs(path, seed=0):
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    entry = session.get_inputs()[0]
    rng = np.random.default_rng(seed)
    return {entry.name: rng.normal(0, 50, entry.shape).astype(np.float32)}


def attach(layer, host, out, *, kind=None, output=Output.PROBS, rows=None, inputs=None, host_output=None, **host_words):
    where = HostRequest(host, host_output, **host_words)
    request = Request(name="l", layer=layer, out=out, kind=kind, output=output, host=where)
    return export_layer("onnx", request, rows, inputs)


@pytest.mark.parametrize("form", ["the paper's", "log matrix"])
@pytest.mark.parametrize("name", SHIPPED)
def test_shipped_image_classifiers(name, form, tmp_path):
    host = LIGHT / f"light_{name}.onnx"
    if not host.is_file():
        pytest.skip(f"this onnx does not ship {host.name}")
    np.savez(tmp_path / "in.npz", **image_inputs(host))
    layer = make_layer(form, 1000)
    logits = name == "densenet121"
    kind = Kind.LOGITS if logits else Kind.PROBABILITIES
    rows = open_predictions(make_rows(kind, 1000, n=40).mapping)
    said = Kind.LOGITS if logits else None  # a Conv does not tell
    result = attach(layer, host, tmp_path / "l.onnx", kind=said, rows=rows, inputs=tmp_path / "in.npz")
    assert result.agreement.holds, result.agreement
    assert result.agreement.n_samples == 41
    before, after = onnx.load(host), onnx.load(tmp_path / "l.onnx")
    assert after.ir_version == before.ir_version
    assert after.opset_import == before.opset_import


def test_a_classifier_of_classical_operators_alone(tmp_path):
    host = Path(onnxruntime.__file__).parent / "datasets" / "logreg_iris.onnx"
    if not host.is_file():
        pytest.skip("this onnxruntime does not ship logreg_iris.onnx")
    np.savez(tmp_path / "in.npz", float_input=np.array([[5.1, 3.5], [6.0, 2.2], [6.5, 3.0]], np.float32))
    inside = onnx.load(host).graph.node[-1].input[0]
    layer = make_layer("the paper's", 3)
    result = attach(layer, host, tmp_path / "l.onnx", inputs=tmp_path / "in.npz", host_output=inside)
    assert result.agreement.holds
    assert result.agreement.n_samples == 3


PACKAGES = {
    "magika": (214, "models/standard_v3_3/model.onnx", "bytes", (64, 2048)),
    "rapidocr_onnxruntime": (2, "models/ch_ppocr_mobile_v2.0_cls_infer.onnx", "x", (16, 3, 48, 192)),
}


@pytest.mark.parametrize("package", PACKAGES)
def test_classifiers_of_packages(package, tmp_path):
    found = importlib.util.find_spec(package)
    if found is None:
        pytest.skip(f"{package} is not installed; it ships a small classifier")
    K, path, name, shape = PACKAGES[package]
    rng = np.random.default_rng(0)
    values = rng.integers(32, 120, shape, np.int32) if name == "bytes" else rng.normal(size=shape)
    np.savez(tmp_path / "in.npz", **{name: values.astype(np.int32 if name == "bytes" else np.float32)})
    host = Path(found.origin).parent / path
    rows = open_predictions(make_rows(Kind.PROBABILITIES, K).mapping)
    for form in ("log matrix", "three gates"):
        layer = make_layer(form, K)
        said = {"kind": Kind.PROBABILITIES, "rows": rows, "inputs": tmp_path / "in.npz"}
        result = attach(layer, host, tmp_path / "l.onnx", **said)
        assert result.agreement.holds, result.agreement


def linear_host(path, *, n_classes=5, opset=17, dtype=np.float32, form="Gemm", softmax=False, outside=False):
    """A hidden layer and a linear one; the last as Gemm, or as MatMul with or without Add."""
    rng = np.random.default_rng(0)
    helper, code = onnx.helper, onnx.helper.np_dtype_to_tensor_dtype(np.dtype(dtype))
    arrays = {
        "w0": rng.normal(size=(6, 8)),
        "w": rng.normal(size=(n_classes, 8) if form == "Gemm" else (8, n_classes)),
        "b": rng.normal(size=n_classes),
    }
    nodes = [helper.make_node("MatMul", ["x", "w0"], ["h0"]), helper.make_node("Relu", ["h0"], ["h"])]
    if form == "Gemm":
        nodes.append(helper.make_node("Gemm", ["h", "w", "b"], ["logits"], transB=1, alpha=0.5, beta=2.0))
    else:
        nodes.append(helper.make_node("MatMul", ["h", "w"], ["product" if form == "Add" else "logits"]))
        nodes += [helper.make_node("Add", ["b", "product"], ["logits"])] if form == "Add" else []
    out = "probs" if softmax else "logits"
    nodes += [helper.make_node("Softmax", ["logits"], ["probs"], axis=-1)] if softmax else []
    if form == "MatMul":
        del arrays["b"]
    graph = helper.make_graph(
        nodes,
        "host",
        [helper.make_tensor_value_info("x", code, ["rows", 6])],
        [helper.make_tensor_value_info(out, code, ["rows", n_classes])],
        [onnx.numpy_helper.from_array(a.astype(dtype), name) for name, a in arrays.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=8)
    onnx.save(model, path, save_as_external_data=outside, location=f"{path.stem}.data", size_threshold=0)
    np.savez(path.with_suffix(".npz"), x=rng.normal(size=(200, 6)).astype(dtype))
    return path


@pytest.mark.parametrize("opset", OPSETS)
@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
@pytest.mark.parametrize("softmax", [False, True])
def test_types_and_opsets_of_hosts(opset, dtype, softmax, tmp_path):
    host = linear_host(tmp_path / "h.onnx", opset=opset, dtype=dtype, softmax=softmax)
    for form in ("the paper's", "three gates"):
        for output in (Output.PROBS, Output.SCORES):
            layer = make_layer(form, 5)
            result = attach(layer, host, tmp_path / "l.onnx", output=output, inputs=tmp_path / "h.npz")
            assert result.agreement.holds, result.agreement
            made = onnx.load(tmp_path / "l.onnx")
            onnx.checker.check_model(made, full_check=True)
            assert made.opset_import[0].version == opset
            assert [o.name for o in made.graph.output] == [f"classlift_{output}", "classlift_predicted"]


def test_names_places_and_the_old_output(tmp_path):
    host = linear_host(tmp_path / "h.onnx", softmax=True)
    layer = make_layer("the paper's", 5)
    result = attach(layer, host, tmp_path / "l.onnx", keep_output=True, inputs=tmp_path / "h.npz")
    assert result.agreement.holds
    names = [o.name for o in onnx.load(tmp_path / "l.onnx").graph.output]
    assert names == ["classlift_probs", "classlift_predicted", "probs"]
    again = attach(
        layer, tmp_path / "l.onnx", tmp_path / "l2.onnx", host_output="classlift_probs", kind=Kind.PROBABILITIES
    )
    assert [name for name, _ in again.outputs] == ["classlift_2_probs", "classlift_2_predicted"]
    inner = attach(make_layer("logit diagonal", 5), host, tmp_path / "l3.onnx", host_output="logits")
    assert inner.takes == "logits, float32: logits"
    assert "probs" in inner.notes[0]


def test_tensors_in_files_of_their_own_are_kept(tmp_path):
    host = linear_host(tmp_path / "h.onnx", outside=True)
    other = tmp_path / "other"
    other.mkdir()
    layer = make_layer("logit diagonal", 5)
    for out, fold in ((tmp_path / "l.onnx", False), (other / "l.onnx", False), (other / "f.onnx", True)):
        result = attach(layer, host, out, fold=fold, inputs=tmp_path / "h.npz")
        assert result.agreement.holds
        assert any(
            t.data_location == onnx.TensorProto.EXTERNAL
            for t in onnx.load(out, load_external_data=False).graph.initializer
        )
    assert (other / "h.data").read_bytes() == (tmp_path / "h.data").read_bytes()
    (other / "h.data").write_bytes(b"another")
    with pytest.raises(library.ClassliftError, match="in the way"):
        attach(layer, host, other / "l.onnx")


@pytest.mark.parametrize(
    "name", ["../secret", "/etc/hostname", "a/../../secret", "..\\secret", "C:\\secret", "C:secret"]
)
def test_tensors_outside_the_folder_of_a_host_are_refused(name, tmp_path):
    (tmp_path / "in").mkdir()
    host = linear_host(tmp_path / "in/h.onnx", outside=True)
    model = onnx.load(host, load_external_data=False)
    model.graph.initializer[0].external_data[0].value = name
    host.write_bytes(model.SerializeToString())
    (tmp_path / "secret").write_bytes((tmp_path / "in/h.data").read_bytes())
    for out in (tmp_path / "in/l.onnx", tmp_path / "l.onnx"):
        with pytest.raises(library.ClassliftError):
            attach(make_layer("logit diagonal", 5), host, out)
        assert not out.exists()


@pytest.mark.parametrize("softmax", [False, True])
@pytest.mark.parametrize("form", ["Gemm", "Add", "MatMul"])
def test_a_fold_adds_no_node(form, softmax, tmp_path):
    host = linear_host(tmp_path / "h.onnx", form=form, softmax=softmax)
    before = onnx.load(host)
    for kind_of_layer in ("logit diagonal", "temperature and biases", "logit matrix"):
        layer = foldable(kind_of_layer, 5)
        result = attach(layer, host, tmp_path / "l.onnx", fold=True, inputs=tmp_path / "h.npz")
        assert result.agreement.holds, result.agreement
        assert result.agreement.n_samples == 200
        made = onnx.load(tmp_path / "l.onnx")
        onnx.checker.check_model(made, full_check=True)
        assert len(made.graph.node) == len(before.graph.node)
        assert [o.name for o in made.graph.output] == [o.name for o in before.graph.output]
        assert len(made.graph.initializer) == len(before.graph.initializer) + (form == "MatMul")


def foldable(form, n_classes):
    from classlift.layer.layer import OutputLayer
    from classlift.layer.step import AffineStep, Domain

    rng = np.random.default_rng(1)
    bias = rng.normal(size=n_classes)
    step = {
        "logit diagonal": AffineStep(Domain.LOGIT, bias, rng.uniform(0.5, 1.5, n_classes), None, 1.3),
        "temperature and biases": AffineStep(Domain.LOG_PROBABILITY, bias, None, None, 0.7),
        "logit matrix": AffineStep(Domain.LOGIT, bias, rng.normal(size=(n_classes, n_classes))),
    }[form]
    return OutputLayer((step,), n_classes)


NOT_FOLDED = {
    "the paper's": "has a gate",
    "gate, then none": "has 2 steps",
    "identity": "has 0 steps",
    "log matrix": "not affine in logits",
}


@pytest.mark.parametrize("form", NOT_FOLDED)
def test_layers_that_cannot_be_folded_are_refused(form, tmp_path):
    host = linear_host(tmp_path / "h.onnx")
    with pytest.raises(library.ClassliftError, match=NOT_FOLDED[form]) as caught:
        attach(make_layer(form, 5), host, tmp_path / "l.onnx", fold=True)
    assert "leave --fold out" in caught.value.fix
    assert not (tmp_path / "l.onnx").exists()


def test_a_decision_by_costs_is_an_output_of_an_attached_layer_and_is_not_folded(tmp_path):
    host, layer = linear_host(tmp_path / "h.onnx"), replace(foldable("logit diagonal", 5), costs=costs_of(5))
    result = attach(layer, host, tmp_path / "l.onnx", inputs=tmp_path / "h.npz")
    assert result.agreement.holds
    assert ("classlift_predicted", "class of least expected cost (int64)") in result.outputs
    with pytest.raises(library.ClassliftError, match="decides by costs"):
        attach(layer, host, tmp_path / "f.onnx", fold=True)


def test_a_fold_leaves_shared_tensors_alone(tmp_path):
    host = linear_host(tmp_path / "h.onnx", softmax=True)
    model = onnx.load(host)
    model.graph.output.append(onnx.helper.make_tensor_value_info("logits", 1, ["rows", 5]))
    onnx.save(model, host)
    with pytest.raises(library.ClassliftError, match="read elsewhere"):
        attach(
            foldable("logit diagonal", 5), host, tmp_path / "l.onnx", fold=True, host_output="probs", kind=Kind.LOGITS
        )


def test_scikit_learn_models(tmp_path):
    skl2onnx = pytest.importorskip("skl2onnx", reason="skl2onnx is not installed")
    from sklearn.datasets import load_digits
    from sklearn.ensemble import RandomForestClassifier
    from sklearn.linear_model import LogisticRegression
    from sklearn.neural_network import MLPClassifier

    x, y = load_digits(return_X_y=True)
    x = (x / 16).astype(np.float32)
    np.savez(tmp_path / "in.npz", X=x[900:])
    for model in (
        LogisticRegression(max_iter=300),
        RandomForestClassifier(8, random_state=0),
        MLPClassifier((16,), random_state=0, tol=1e-2),
    ):
        model.fit(x[:900], y[:900])
        for opset, zipmap in ((13, False), (18, True), (21, False)):
            words = {"options": {id(model): {"zipmap": zipmap}}, "target_opset": {"": opset, "ai.onnx.ml": 3}}
            (tmp_path / "h.onnx").write_bytes(skl2onnx.to_onnx(model, x[:1], **words).SerializeToString())
            if zipmap:
                with pytest.raises(library.ClassliftError, match="is a sequence") as caught:
                    attach(make_layer("the paper's", 10), tmp_path / "h.onnx", tmp_path / "l.onnx")
                nodes = onnx.load(tmp_path / "h.onnx").graph.node
                inside = next(node.input[0] for node in nodes if node.op_type == "ZipMap")
                assert f"pass --host-output {inside} " in caught.value.fix
            else:
                inside = "probabilities"
            said = {"kind": Kind.PROBABILITIES, "inputs": tmp_path / "in.npz", "host_output": inside}
            for form in ("the paper's", "log matrix"):
                result = attach(make_layer(form, 10), tmp_path / "h.onnx", tmp_path / "l.onnx", **said)
                assert result.agreement.holds, (model, opset, result.agreement)
                assert result.agreement.n_samples == len(x) - 900

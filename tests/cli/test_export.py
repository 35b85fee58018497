"""`classlift export` as a user runs it: what is written, what is refused, and with which words."""

import json
import subprocess
import sys

import numpy as np
import pytest

from support.process import classlift, files_below

onnx = pytest.importorskip("onnx", reason="the extra onnx is not installed")
pytest.importorskip("onnxruntime", reason="the extra onnx is not installed")

K = 3


def value(name, dtype="float32", shape=("n", K)):
    code = onnx.helper.np_dtype_to_tensor_dtype(np.dtype(dtype))
    return onnx.helper.make_tensor_value_info(name, code, shape)


def model(nodes, outputs, *, constants=(), opset=17, domains=()):
    graph = onnx.helper.make_graph(nodes, "g", [value("x", shape=("n", 4))], outputs, list(constants))
    versions = [onnx.helper.make_opsetid("", opset), *(onnx.helper.make_opsetid(d, 1) for d in domains)]
    return onnx.helper.make_model(graph, opset_imports=versions, ir_version=8)


def weight(n=K, name="w"):
    return onnx.numpy_helper.from_array(np.random.default_rng(0).normal(size=(4, n)).astype(np.float32), name)


def node(operator, inputs, outputs, **attributes):
    return onnx.helper.make_node(operator, inputs, outputs, **attributes)


def good(n=K, **words):
    nodes = [node("MatMul", ["x", "w"], ["logits"]), node("Softmax", ["logits"], ["probs"], axis=1)]
    return model(nodes, [value("probs", shape=("n", n))], constants=[weight(n)], **words)


def sequence():
    nodes = [node("MatMul", ["x", "w"], ["p"]), node("SequenceConstruct", ["p"], ["s"])]
    kind = onnx.helper.make_sequence_type_proto(onnx.helper.make_tensor_type_proto(1, ["n", K]))
    return model(nodes, [onnx.helper.make_value_info("s", kind)], constants=[weight()])


def quantised():
    scale = onnx.numpy_helper.from_array(np.array(0.1, np.float32), "scale")
    zero = onnx.numpy_helper.from_array(np.array(0, np.uint8), "zero")
    nodes = [node("MatMul", ["x", "w"], ["p"]), node("QuantizeLinear", ["p", "scale", "zero"], ["q"])]
    return model(nodes, [value("q", "uint8")], constants=[weight(), scale, zero])


def labels_only():
    nodes = [node("MatMul", ["x", "w"], ["p"]), node("ArgMax", ["p"], ["label"], axis=1, keepdims=0)]
    return model(nodes, [value("label", "int64", ("n",))], constants=[weight()])


def any_rank():
    shape = onnx.numpy_helper.from_array(np.array([-1, K], np.int64), "shape")
    nodes = [
        node("MatMul", ["x", "w"], ["p"]),
        node("NonZero", ["x"], ["i"]),
        node("Shape", ["i"], ["s"]),
        node("Reshape", ["p", "s"], ["r"]),
    ]
    made = model(nodes, [value("r", shape=None)], constants=[weight(), shape])
    made.graph.output[0].type.tensor_type.ClearField("shape")
    made.graph.node[3].CopyFrom(node("Unknown", ["p"], ["r"], domain="other"))
    return made


def three_dimensions():
    axes = onnx.numpy_helper.from_array(np.array([0], np.int64), "axes")
    nodes = [node("MatMul", ["x", "w"], ["p"]), node("Unsqueeze", ["p", "axes"], ["r"])]
    return model(nodes, [value("r", shape=(1, "n", K))], constants=[weight(), axes])


def two_outputs():
    nodes = [node("MatMul", ["x", "w"], ["a"]), node("MatMul", ["x", "w"], ["b"])]
    return model(nodes, [value("a"), value("b")], constants=[weight()])


def untold():
    nodes = [node("MatMul", ["x", "w"], ["p"]), node("Sigmoid", ["p"], ["r"])]
    return model(nodes, [value("r")], constants=[weight()])


WRONG = {  # the host, further words, what standard error says
    "no such output": (
        good,
        ["--host-output", "nothing"],
        "has no output 'nothing'; it has 'probs' (float32 (n, 3))",
    ),
    "other class count": (lambda: good(5), [], "has 5 classes, the layer has 3"),
    "a sequence": (sequence, [], "is a sequence, expected a float tensor (rows, 3)"),
    "quantised": (quantised, [], "is quantised (uint8)"),
    "labels": (labels_only, [], "holds int64"),
    "any rank": (any_rank, [], "has no known number of dimensions"),
    "three dimensions": (three_dimensions, [], "has 3 dimensions"),
    "two outputs": (two_outputs, [], "has 2 outputs that may hold the scores"),
    "probabilities or logits": (untold, [], "is made by Sigmoid"),
    "old opset": (lambda: good(opset=8), [], "is of opset 8, expected opset 9 or newer"),
    "opset of the host": (good, ["--opset", "13"], "the host model decides it"),
    "gate in a fold": (good, ["--fold"], "so it cannot be folded"),
    "rows for a fold": (good, ["--fold", "--check", "val.npz"], "has no nodes of its own"),
    "no inputs": (good, ["--check-inputs", "val.npz"], "has no array 'x'"),
    "logits to check on": (good, ["--check", "logits.npz"], "holds logits, what was exported takes probabilities"),
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("export")
    rng = np.random.default_rng(0)
    logits = rng.normal(0, 1.5, (300, K)).astype(np.float32)
    labels = (logits + rng.normal(0, 1, logits.shape)).argmax(axis=1)
    probs = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    np.savez(path / "val.npz", probs=probs, labels=labels)
    np.savez(path / "logits.npz", logits=logits, labels=labels)
    np.savez(path / "in.npz", x=rng.normal(size=(50, 4)).astype(np.float32))
    onnx.save(good(), path / "good.onnx")
    for name, words in {
        "l.npz": ["val.npz"],
        "bn.npz": ["logits.npz", "--method", "final-bn"],
    }.items():
        assert classlift("fit", *words, "-o", name, "-q", "--effect", "none", cwd=path).returncode == 0
    return path


@pytest.mark.parametrize("name", WRONG)
def test_wrong_hosts_are_refused_in_two_lines(name, folder):
    make, words, expected = WRONG[name]
    onnx.save(make(), folder / "h.onnx")
    before = files_below(folder)
    done = classlift("export", "l.npz", "--to", "onnx", "--attach", "h.onnx", "-o", "o.onnx", *words, cwd=folder)
    assert done.returncode == 2, done.stderr
    first, second = done.stderr.splitlines()
    assert expected in first
    assert second.startswith("fix: ")
    (folder / "o.onnx").unlink(missing_ok=True)  # rows and inputs are read after it is written
    assert files_below(folder) == before


def test_no_model_and_other_usage(folder):
    (folder / "noise.onnx").write_bytes(b"\x08\x09not a model" * 9)
    for words, expected in (
        (["--to", "onnx", "--attach", "noise.onnx", "-o", "o.onnx"], "is not an ONNX model"),
        (["--to", "onnx", "--attach", "missing.onnx", "-o", "o.onnx"], "cannot be read"),
        (["--to", "onnx", "--attach", "good.onnx", "-o", "good.onnx"], "is an input, and would be overwritten"),
        (["--to", "onnx", "-o", "o.txt"], "is not a file name for --to onnx"),
        (["--to", "onnx", "-o", "o.onnx", "--opset", "5"], "--opset: is 5"),
        (["--to", "onnx", "-o", "o.onnx", "--fold"], "need --attach MODEL"),
        (["--to", "onnx", "-o", "no/o.onnx"], "its folder does not exist"),
    ):
        done = classlift("export", "l.npz", *words, cwd=folder)
        assert (done.returncode, len(done.stderr.splitlines())) == (2, 2), done.stderr
        assert expected in done.stderr


def test_attach_check_and_document(folder):
    words = ["--to", "onnx", "--attach", "good.onnx", "-o", "lifted.onnx", "--keep-output"]
    checks = ["--check", "val.npz", "--check-inputs", "in.npz", "--format", "json"]
    done = classlift("export", "l.npz", *words, *checks, cwd=folder)
    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout)
    assert document["agreement"]["n_samples"] == 350
    assert [entry["name"] for entry in document["outputs"]] == ["classlift_probs", "classlift_predicted"]
    assert [o.name for o in onnx.load(folder / "lifted.onnx").graph.output][-1] == "probs"


def test_fold_of_a_fitted_layer(folder):
    words = ["--to", "onnx", "--attach", "good.onnx", "--fold", "-o", "f.onnx", "--check-inputs", "in.npz"]
    done = classlift("export", "bn.npz", *words, cwd=folder)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "folded into node 'MatMul'" in done.stdout
    assert [n.op_type for n in onnx.load(folder / "f.onnx").graph.node] == ["Gemm", "Softmax"]


def test_a_difference_is_status_1(folder):
    """Numbers that are folded into float16 are rounded: the check must see it."""
    half = good()
    for tensor in half.graph.initializer:
        array = onnx.numpy_helper.to_array(tensor).astype(np.float16)
        tensor.CopyFrom(onnx.numpy_helper.from_array(array, tensor.name))
    for entry in (half.graph.input[0], half.graph.output[0]):
        entry.type.tensor_type.elem_type = onnx.TensorProto.FLOAT16
    onnx.save(half, folder / "half.onnx")
    np.savez(folder / "half.npz", x=np.load(folder / "in.npz")["x"].astype(np.float16))
    words = ["--to", "onnx", "--attach", "half.onnx", "--fold", "-o", "d.onnx", "--check-inputs", "half.npz"]
    done = classlift("export", "bn.npz", *words, cwd=folder)
    assert done.returncode == 1, done.stderr
    assert "does not agree with apply" in done.stdout
    assert "float16" in done.stdout


@pytest.mark.parametrize(
    ("absent", "words", "expected"),
    [
        ("onnx", ["--to", "onnx", "-o", "a.onnx"], "classlift[onnx]"),
        ("onnxruntime", ["--to", "onnx", "-o", "a.onnx", "--check", "val.npz"], "classlift[onnx]"),
        ("torch", ["--to", "torch", "-o", "a.py", "--check", "val.npz"], "classlift[torch]"),
        ("keras", ["--to", "keras", "-o", "a.py", "--check", "val.npz"], "classlift[keras]"),
    ],
)
def test_a_missing_package_is_named_with_its_extra(absent, words, expected, folder):
    code = (
        f"import sys; sys.modules[{absent!r}] = None; sys.argv = ['classlift', 'export', 'l.npz', *{words!r}]; "
        "from classlift.cli.main import main; main()"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 2, done.stderr
    assert f"needs the package {absent}" in done.stderr
    assert expected in done.stderr


def test_options_of_onnx_alone(folder):
    for words in (["--opset", "17"], ["--dtype", "float64"], ["--attach", "good.onnx"]):
        done = classlift("export", "l.npz", "--to", "torch", "-o", "a.py", *words, cwd=folder)
        assert (done.returncode, len(done.stderr.splitlines())) == (2, 2)
        assert "belong to --to onnx" in done.stderr

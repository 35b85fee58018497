"""Layers as PyTorch modules and Keras layers: values, classes, gradients, and what both worlds do with a model."""

import importlib.util
import os
import shutil
import subprocess
import sys

import numpy as np
import pytest

from classlift.data.kind import Kind
from classlift.errors import ClassliftError
from classlift.exports import Request, export_layer
from classlift.layer.apply import Output
from classlift.storage import open_predictions
from classlift.storage.own.layers import load_layer
from support.export_cases import FORMS, kinds_of, make_layer, make_rows

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # Keras's own

TARGETS = {"torch": "torch", "keras": "keras"}


def need(target):
    pytest.importorskip("safetensors", reason="the extra safetensors is not installed")
    if target == "keras" and importlib.util.find_spec("torch") is not None:
        os.environ.setdefault("KERAS_BACKEND", "torch")
    try:
        return pytest.importorskip(TARGETS[target], reason=f"the extra {target} is not installed")
    except ImportError as error:
        pytest.skip(f"{target} is installed without a backend: {error}")


def imported(path):
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("target", TARGETS)
def test_what_is_written_reads_as_python_and_as_a_layer(target, tmp_path):
    """This needs neither torch nor keras."""
    layer = make_layer("three gates", 4)
    request = Request(name="l", layer=layer, out=tmp_path / "a_layer.py", kind=Kind.LOGITS, output=Output.SCORES)
    result = export_layer(target, request)
    assert result.files == (str(tmp_path / "a_layer.py"), str(tmp_path / "a_layer.safetensors"))
    text = (tmp_path / "a_layer.py").read_text()
    compile(text, "a_layer.py", "exec")
    assert '\nKIND = "logits"\nOUTPUT = "scores"\n' in text
    back = load_layer(tmp_path / "a_layer.safetensors")
    assert all((a.bias == b.bias).all() for a, b in zip(layer.steps, back.steps, strict=True))
    rules = ["--select", "E,F,W,I,B,UP,N,SIM,RET,RUF", "--line-length", "118"]
    done = subprocess.run([sys.executable, "-m", "ruff", "check", "--isolated", *rules, tmp_path], check=False)
    assert done.returncode == 0


@pytest.mark.parametrize("target", TARGETS)
def test_names_that_python_cannot_import_are_refused(target, tmp_path):
    with pytest.raises(ClassliftError, match="can import"):
        export_layer(target, Request(name="l", layer=make_layer("identity", 3), out=tmp_path / "a-layer.py"))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("output", [Output.PROBS, Output.SCORES])
@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("target", TARGETS)
def test_values_and_classes_are_those_of_apply(target, form, output, tmp_path):
    need(target)
    for kind in kinds_of(form):
        largest = 30 if target == "keras" else 300  # Keras computes in float32
        for k in (2, 10, largest) if output is Output.PROBS else (10,):
            rows = open_predictions(make_rows(kind, k).mapping)
            request = Request(name="l", layer=make_layer(form, k), out=tmp_path / "m.py", kind=kind, output=output)
            found = export_layer(target, request, rows).agreement
            assert found.holds, found
            assert found.n_samples == 150


@pytest.fixture
def module(tmp_path):
    """Write a layer as a PyTorch module and import it."""

    def make(form, kind, k=6):
        request = Request(name="l", layer=make_layer(form, k), out=tmp_path / "m.py", kind=kind)
        export_layer("torch", request)
        return imported(tmp_path / "m.py")

    need("torch")
    return make


EXPORTED = ["the paper's", "three gates", "log matrix", "hopeless rows"]


@pytest.mark.parametrize("form", EXPORTED)
def test_torch_export_takes_any_batch(form, module):
    import torch

    layer = module(form, Kind.LOGITS).load()
    x = torch.from_numpy(make_rows(Kind.LOGITS, 6).scores)
    made = torch.export.export(layer, (x[:8],), dynamic_shapes=({0: torch.export.Dim("n")},)).module()
    assert torch.equal(made(x), layer(x))


@pytest.mark.parametrize("form", EXPORTED)
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_torch_compile(form, module):
    import torch

    layer = module(form, Kind.LOGITS).load()
    x = torch.from_numpy(make_rows(Kind.LOGITS, 6).scores)
    backend = "inductor" if form == "three gates" and shutil.which("g++") else "aot_eager"
    made = torch.compile(layer, backend=backend, fullgraph=True)
    assert torch.allclose(made(x), layer(x), atol=1e-6, rtol=0)


@pytest.mark.parametrize("form", EXPORTED)
def test_gradients_flow(form, module):
    import torch

    layer = module(form, Kind.LOGITS).load()
    x = torch.from_numpy(make_rows(Kind.LOGITS, 6).scores).double().requires_grad_()
    layer.double()
    layer.work = torch.float64
    sure = layer(x).amax(1) > 2  # no row: only shapes count
    assert not sure.any()
    loss = (layer(x) * torch.linspace(0, 1, 6)).sum()
    loss.backward()
    assert torch.isfinite(x.grad).all()
    assert (x.grad.abs().sum(1) > 0).float().mean() > (0.1 if form == "hopeless rows" else 0.9)
    if form != "hopeless rows":
        assert all(torch.isfinite(p.grad).all() and p.grad.abs().sum() > 0 for p in layer.parameters())
    moved, step = x.detach().clone(), 1e-6
    moved[100, 3] += step
    numeric = ((layer(moved) * torch.linspace(0, 1, 6)).sum() - loss) / step
    assert float(numeric.detach()) == pytest.approx(float(x.grad[100, 3]), abs=1e-5)


def test_half_precision_and_autocast(module):
    import torch

    layer = module("the paper's", Kind.LOGITS).load()
    x = torch.from_numpy(make_rows(Kind.LOGITS, 6).scores).half()
    expected = layer(x.float())
    assert layer(x).dtype == torch.float32
    assert torch.equal(layer(x), expected)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        assert torch.equal(layer(x), expected)


def test_a_module_is_saved_and_loaded_as_others(module, tmp_path):
    import torch

    source = module("three gates", Kind.LOGITS)
    layer = source.load()
    torch.save(layer.state_dict(), tmp_path / "s.pt")
    other = source.OutputLayer(layer.steps, layer.n_classes, kind="logits")
    other.load_state_dict(torch.load(tmp_path / "s.pt", weights_only=True))
    x = torch.from_numpy(make_rows(Kind.LOGITS, 6).scores)
    assert torch.equal(other(x), layer(x))
    assert (layer.predict(x) == layer(x).argmax(1)).all()


def test_a_keras_model_is_saved_and_loaded(tmp_path):
    keras = need("keras")
    request = Request(name="l", layer=make_layer("three gates", 6), out=tmp_path / "k.py", kind=Kind.LOGITS)
    export_layer("keras", request)
    layer = imported(tmp_path / "k.py").load()
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(6), layer])
    x = np.random.default_rng(0).normal(size=(20, 4)).astype(np.float32)
    before = keras.ops.convert_to_numpy(model(x))
    assert before.shape == (20, 6)
    assert np.allclose(before.sum(1), 1, atol=1e-6)
    model.save(tmp_path / "m.keras")
    again = keras.saving.load_model(tmp_path / "m.keras")
    assert np.array_equal(keras.ops.convert_to_numpy(again(x)), before)

"""The last linear node of a host: found behind its probabilities or logits, and given other numbers."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from classlift.errors import ClassliftError
from classlift.storage.errors import ours

if TYPE_CHECKING:
    import onnx
    from numpy.typing import NDArray

    from classlift.exports.onnx.attach_point import Joint

    Floats = NDArray[np.float64]

THROUGH = {"Identity", "Cast", "Dropout", "Softmax", "LogSoftmax"}
"""Operators between the last linear node and the output that a fold may look through."""


@dataclass(frozen=True)
class Linear:
    """``weight x + bias`` in a host: a Gemm, or a MatMul with or without an Add.

    Parameters
    ----------
    node, add : NodeProto
        The product, and the node that adds the bias where that is another one.
    output : str
        Tensor that holds the logits.
    weight : ndarray of float64, shape (n_classes, n_features)
        As a matrix that stands left of x.
    bias : ndarray of float64, shape (n_classes,)
        Zero where there is none.
    dtype : dtype
        Floating type of the stored numbers.
    """

    node: onnx.NodeProto
    add: onnx.NodeProto | None
    output: str
    weight: Floats
    bias: Floats
    dtype: np.dtype


def find_linear(model: onnx.ModelProto, joint: Joint, path: Path) -> Linear:
    """Go back from the joint to the last linear node; refuse what cannot be changed without harm to others."""
    makers = {output: node for node in model.graph.node for output in node.output}
    name = joint.name
    _check_sole(model, name, path, readers=0 if joint.is_output else 1)
    while name in makers and makers[name].op_type in THROUGH:
        name = makers[name].input[0]
        _check_sole(model, name, path, readers=1)
    node = makers.get(name)
    add = node if node is not None and node.op_type == "Add" else None
    if add is not None:
        inner = [makers[x] for x in add.input if x in makers and makers[x].op_type == "MatMul"]
        node = inner[0] if len(inner) == 1 else node
    if node is None or node.op_type not in ("Gemm", "MatMul"):
        found = "nothing" if node is None else node.op_type
        raise _no_fold(path, f"the logits {name!r} are made by {found}, expected Gemm, or MatMul and Add")
    if add is not None:
        _check_sole(model, node.output[0], path, readers=1)
    weight, bias, dtype = _numbers(model, node, add, path, joint)
    return Linear(node, add, name, weight, bias, dtype)


def put_linear(model: onnx.ModelProto, numbers: tuple[Floats, Floats], prefix: str, linear: Linear) -> None:
    """Give a linear node other numbers, under names of their own; what nothing reads any more is removed."""
    from onnx import numpy_helper  # noqa: PLC0415  (an extra)

    weight, bias = numbers
    node, names = linear.node, (f"{prefix}weight", f"{prefix}bias")
    before = [*node.input[1:], *(linear.add.input if linear.add is not None else ())]
    transposed = node.op_type == "Gemm" and _attribute(node, "transB", 0)
    stored = weight if transposed else weight.T
    for name, array in zip(names, (stored, bias), strict=True):
        tensor = numpy_helper.from_array(np.ascontiguousarray(array, linear.dtype), name)
        model.graph.initializer.append(tensor)
        if model.ir_version < 4:  # before that, constants are inputs with a default
            from classlift.exports.onnx.graphs import tensor_info  # noqa: PLC0415

            model.graph.input.append(tensor_info(name, linear.dtype, list(array.shape)))
    _rewire(linear, names)
    _remove_unread(model, before)


def _rewire(linear: Linear, names: tuple[str, str]) -> None:
    node, add = linear.node, linear.add
    node.input[1] = names[0]
    if add is not None:
        at = 0 if add.input[1] == node.output[0] else 1
        add.input[at] = names[1]
        return
    if node.op_type == "MatMul":  # the same node with a bias
        node.op_type = "Gemm"
    kept = [entry for entry in node.attribute if entry.name in ("transA", "transB")]
    node.ClearField("attribute")
    node.attribute.extend(kept)
    del node.input[2:]
    node.input.append(names[1])


def _numbers(
    model: onnx.ModelProto, node: onnx.NodeProto, add: onnx.NodeProto | None, path: Path, joint: Joint
) -> tuple[Floats, Floats, np.dtype]:
    """Weight and bias of a node in float64, and the type in which the weight is stored."""
    stored = _constant(model, node.input[1], path)
    if stored.dtype.kind != "f" or stored.ndim != 2:
        raise _no_fold(path, f"the weight {node.input[1]!r} is {stored.dtype} {stored.shape}, expected a float matrix")
    gemm = node.op_type == "Gemm"
    weight = stored if gemm and _attribute(node, "transB", 0) else stored.T
    bias_name = node.input[2] if gemm and len(node.input) > 2 else ""
    if add is not None:
        bias_name = next(x for x in add.input if x != node.output[0])
    bias = np.zeros(len(weight)) if not bias_name else _constant(model, bias_name, path).astype(np.float64)
    if bias.size not in (1, len(weight)):
        raise _no_fold(path, f"the bias {bias_name!r} has shape {bias.shape}, expected ({len(weight)},)")
    alpha, beta = (_attribute(node, "alpha", 1.0), _attribute(node, "beta", 1.0)) if gemm else (1.0, 1.0)
    full = np.broadcast_to(bias.reshape(-1), len(weight))
    return weight.astype(np.float64) * alpha, full * (beta if add is None else 1.0), stored.dtype


def _constant(model: onnx.ModelProto, name: str, path: Path) -> NDArray[np.generic]:
    """Numbers of a constant: an initializer, from a file of its own too, or a Constant node."""
    from onnx import TensorProto, external_data_helper, numpy_helper  # noqa: PLC0415  (an extra)

    tensor = next((entry for entry in model.graph.initializer if entry.name == name), None)
    if tensor is None:
        node = next((entry for entry in model.graph.node if name in entry.output), None)
        value = next((a.t for a in node.attribute if a.name == "value"), None) if node is not None else None
        if node is None or node.op_type != "Constant" or value is None:
            made = "comes from outside" if node is None else f"is made by {node.op_type}"
            raise _no_fold(path, f"{name!r} {made}, expected numbers stored in the model")
        tensor = value
    if tensor.data_location == TensorProto.EXTERNAL:
        loaded = TensorProto()
        loaded.CopyFrom(tensor)
        with ours(str(path)):
            external_data_helper.load_external_data_for_tensor(loaded, str(path.resolve().parent))
        tensor = loaded
    return np.asarray(numpy_helper.to_array(tensor))


def _check_sole(model: onnx.ModelProto, name: str, path: Path, *, readers: int) -> None:
    """Refuse a tensor that others read as well: they would get the lifted numbers."""
    found = sum(list(node.input).count(name) for node in model.graph.node)
    outputs = sum(output.name == name for output in model.graph.output)
    if found > readers or (readers and outputs):
        raise _no_fold(path, f"{name!r} is read elsewhere in the model too")


def _attribute(node: onnx.NodeProto, name: str, default: float) -> float:
    entry = next((a for a in node.attribute if a.name == name), None)
    if entry is None:
        return default
    return float(entry.f) if name in ("alpha", "beta") else int(entry.i)


def _remove_unread(model: onnx.ModelProto, names: list[str]) -> None:
    """Remove constants that no node reads any more."""
    read = {x for node in model.graph.node for x in node.input} | {output.name for output in model.graph.output}
    for field in (model.graph.initializer, model.graph.input, model.graph.value_info):
        for entry in [entry for entry in field if entry.name in names and entry.name not in read]:
            field.remove(entry)


def _no_fold(path: Path, problem: str) -> ClassliftError:
    return ClassliftError(str(path), f"--fold: {problem}", fix="leave --fold out: the layer's nodes are then appended.")

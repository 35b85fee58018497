"""Exported models in onnxruntime: the standalone layer, or the part of an attached model that is the layer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from classlift.data.kind import Kind
from classlift.exports.base import Running
from classlift.exports.onnx.graphs import load_model, onnxruntime_errors, session

if TYPE_CHECKING:
    import onnx
    from numpy.typing import NDArray

    from classlift.exports.base import Request
    from classlift.exports.onnx.attach_point import Joint


def running_alone(request: Request) -> Running:
    """Read a layer of its own into onnxruntime."""
    return _running(request, load_model(request.out), request.own_kind)


def running_part(request: Request, joint: Joint, prefix: str) -> Running:
    """Read the layer's nodes out of an attached model into onnxruntime; their input is the host's tensor."""
    model = load_model(request.out)
    kept = [node for node in model.graph.node if node.name.startswith(prefix)]
    constants = [tensor for tensor in model.graph.initializer if tensor.name.startswith(prefix)]
    outputs = [output for output in model.graph.output if output.name.startswith(prefix)]
    joint.info.type.tensor_type.shape.dim[0].dim_param = "n"  # a host for one row at a time
    for output in outputs:
        output.type.tensor_type.shape.dim[0].dim_param = "n"
    for field, entries in (("node", kept), ("initializer", constants), ("output", outputs), ("input", [joint.info])):
        model.graph.ClearField(field)
        getattr(model.graph, field).extend(entries)
    for field in ("value_info", "sparse_initializer", "quantization_annotation"):
        model.graph.ClearField(field)
    model.ir_version = max(model.ir_version, 4)  # constants need not be inputs
    return _running(request, model, joint.kind)


def _running(request: Request, model: onnx.ModelProto, kind: Kind) -> Running:
    from onnx import helper  # noqa: PLC0415  (an extra)

    entry = model.graph.input[0]
    dtype = np.dtype(helper.tensor_dtype_to_np_dtype(entry.type.tensor_type.elem_type))
    shape = (-1, request.layer.n_classes, *[1] * (len(entry.type.tensor_type.shape.dim) - 2))
    names = [output.name for output in model.graph.output]
    values = next(name for name in names if not name.endswith("predicted"))
    predicted = next(name for name in names if name.endswith("predicted"))
    with onnxruntime_errors(str(request.out)):
        started = session(model.SerializeToString(), request.out.parent)

    def run(rows: NDArray[np.floating]) -> tuple[NDArray[np.floating], NDArray[np.integer]]:
        with onnxruntime_errors(str(request.out)):
            first, second = started.run([values, predicted], {entry.name: rows.astype(dtype).reshape(shape)})
        return first, second

    return Running(run, dtype, kind)

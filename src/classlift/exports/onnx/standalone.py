"""The layer as an ONNX model of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from classlift.errors import ClassliftError
from classlift.exports.base import working_type, written_type
from classlift.exports.onnx.formula import Input, Lift, add_layer
from classlift.exports.onnx.graph_builder import DEFAULT_OPSET, LOWEST_OPSET, GraphPart
from classlift.exports.onnx.graphs import add_part, save_model, tensor_info
from classlift.exports.result import Exported

if TYPE_CHECKING:
    import onnx

    from classlift.exports.base import Request
    from classlift.layer.layer import OutputLayer

PREFIX = "classlift_"


def write_alone(request: Request) -> Exported:
    """Write a model whose input are raw rows, and whose outputs are the values and the predicted class."""
    kind, dtype = request.own_kind, np.dtype(request.dtype or "float32")
    model = layer_model(request, dtype)
    save_model(model, request.out)
    return Exported(
        request.name,
        "onnx",
        (str(request.out),),
        f"a model of its own, opset {model.opset_import[0].version}",
        f"{kind}, {dtype}",
        tuple((output.name, describe(output.name, request.layer)) for output in model.graph.output),
    )


def layer_model(request: Request, dtype: np.dtype) -> onnx.ModelProto:
    """Build the model in memory."""
    from onnx import helper  # noqa: PLC0415  (an extra)

    opset, kind, K = _opset(request), request.own_kind, request.layer.n_classes
    part = GraphPart(PREFIX, opset, working_type(request.layer, dtype))
    names = Lift(str(request.output), "predicted")
    add_layer(part, request.layer, Input(str(kind), dtype, kind), request.output, names)
    graph = helper.make_graph(
        [],
        "classlift",
        [tensor_info(str(kind), dtype, ["n", K])],
        [
            tensor_info(names.values, written_type(dtype), ["n", K]),
            tensor_info(names.predicted, np.dtype(np.int64), ["n"]),
        ],
    )
    versions = [helper.make_opsetid("", opset)]
    model = helper.make_model(graph, opset_imports=versions, producer_name="classlift")
    model.ir_version = helper.find_min_ir_version_for(versions)
    add_part(model, part)
    return model


def output_infos(names: Lift, dtype: np.dtype, rows: int | str, n_classes: int) -> list[onnx.ValueInfoProto]:
    """Types and shapes of the values and of the predicted class."""
    predicted = tensor_info(names.predicted, np.dtype(np.int64), [rows])
    return [tensor_info(names.values, dtype, [rows, n_classes]), predicted]


def describe(name: str, layer: OutputLayer) -> str:
    """What an output holds, for people."""
    if name.endswith("predicted"):
        return f"{'predicted class' if layer.costs is None else 'class of least expected cost'} (int64)"
    return "probabilities" if name.endswith("probs") else "scores as the formula gives them"


def _opset(request: Request) -> int:
    from onnx import defs  # noqa: PLC0415  (an extra)

    opset, newest = request.opset or DEFAULT_OPSET, defs.onnx_opset_version()
    if not LOWEST_OPSET <= opset <= newest:
        raise ClassliftError(
            "--opset",
            f"is {opset}, this onnx knows {LOWEST_OPSET} to {newest}",
            fix=f"choose one of these; the default is {DEFAULT_OPSET}.",
        )
    return opset

"""Tensors of an ONNX model by name: their type and shape, stated or inferred."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import onnx


@dataclass(frozen=True)
class Found:
    """A tensor of a model.

    Parameters
    ----------
    info : ValueInfoProto
        Name, type and shape.
    dtype : str or None
        Name of its type; None where it is not a tensor.
    shape : list of int, str or None
        Each dimension by size or name; None where not even their number is known.
    """

    info: onnx.ValueInfoProto
    dtype: str | None
    shape: list[int | str] | None


def find_tensor(model: onnx.ModelProto, name: str) -> Found | None:
    """Find an output, or a tensor inside the model; None where there is none of this name."""
    stated = next((output for output in model.graph.output if output.name == name), None)
    if stated is not None and _is_complete(stated):
        return _found(stated)
    inside = any(name in node.output for node in model.graph.node)
    if stated is None and not inside:
        return None
    inferred = _read_by_zipmap(model, name) or _inferred(model, name)
    if inferred is not None:
        return _found(inferred)
    return _found(stated) if stated is not None else _unknown(name)


def outputs_of(model: onnx.ModelProto) -> str:
    """List the outputs, for people."""
    shown = [f"{output.name!r} ({describe(_found(output))})" for output in model.graph.output[:8]]
    more = len(model.graph.output) - len(shown)
    return ", ".join(shown) + (f" and {more} more" if more else "")


def describe(found: Found) -> str:
    """Type and shape of a tensor, for people."""
    if found.dtype is None:
        kind = found.info.type.WhichOneof("value")
        return {"sequence_type": "a sequence", "map_type": "a map"}.get(kind, "no tensor")
    shape = "any shape" if found.shape is None else "(" + ", ".join(map(str, found.shape)) + ")"
    return f"{found.dtype} {shape}"


def _is_complete(info: onnx.ValueInfoProto) -> bool:
    kind = info.type.WhichOneof("value")
    if kind != "tensor_type":
        return kind is not None
    tensor = info.type.tensor_type
    return tensor.HasField("shape") and (len(tensor.shape.dim) != 2 or tensor.shape.dim[1].HasField("dim_value"))


def _found(info: onnx.ValueInfoProto) -> Found:
    from onnx import TensorProto  # noqa: PLC0415  (an extra)

    if info.type.WhichOneof("value") != "tensor_type":
        return Found(info, None, None)
    tensor = info.type.tensor_type
    plain = TensorProto.DataType.Name(tensor.elem_type).lower()
    dtype = {"float": "float32", "double": "float64"}.get(plain, plain)
    if not tensor.HasField("shape"):
        return Found(info, dtype, None)
    shape: list[int | str] = [
        dim.dim_value if dim.HasField("dim_value") else dim.dim_param or f"d{i}"
        for i, dim in enumerate(tensor.shape.dim)
    ]
    return Found(info, dtype, shape)


def _inferred(model: onnx.ModelProto, name: str) -> onnx.ValueInfoProto | None:
    """Type and shape of a tensor by shape inference, None where that does not tell."""
    from onnx import shape_inference  # noqa: PLC0415  (an extra)

    try:
        graph = shape_inference.infer_shapes(model).graph
    except (
        shape_inference.InferenceError,
        RuntimeError,
        ValueError,
    ):  # operators that onnx does not know, or a model above 2 GB
        graph = model.graph
    known = [*graph.output, *graph.value_info]
    return next((info for info in known if info.name == name and info.type.WhichOneof("value")), None)


def _read_by_zipmap(model: onnx.ModelProto, name: str) -> onnx.ValueInfoProto | None:
    """Type and shape of what a ZipMap reads, which shape inference does not tell: (rows, its class labels)."""
    from onnx import TensorProto, helper  # noqa: PLC0415  (an extra)

    node = next((node for node in model.graph.node if node.op_type == "ZipMap" and name in node.input), None)
    if node is None:
        return None
    n_classes = max(len(entry.ints) + len(entry.strings) for entry in node.attribute)
    return helper.make_tensor_value_info(name, TensorProto.FLOAT, ["n", n_classes])


def _unknown(name: str) -> Found:
    from onnx import TensorProto, helper  # noqa: PLC0415  (an extra)

    return Found(helper.make_tensor_value_info(name, TensorProto.FLOAT, None), "float32", None)

"""The layer appended to an existing classifier."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from classlift.errors import ClassliftError
from classlift.exports.base import working_type, written_type
from classlift.exports.onnx.attach_point import find_joint
from classlift.exports.onnx.external_data import keep_outside_files
from classlift.exports.onnx.formula import Input, Lift, add_layer
from classlift.exports.onnx.graph_builder import LOWEST_OPSET, GraphPart
from classlift.exports.onnx.graphs import add_part, load_model, save_model
from classlift.exports.onnx.standalone import PREFIX, describe, output_infos
from classlift.exports.result import Exported

if TYPE_CHECKING:
    import onnx

    from classlift.exports.base import Request
    from classlift.exports.onnx.attach_point import Joint


def write_attached(request: Request) -> Exported:
    """Write the host with the layer behind its probabilities or logits."""
    assert request.host is not None
    check_host_options(request)
    model = load_model(request.host.path)
    opset, joint = opset_of(model, request.host.path), find_joint(model, request)
    part = GraphPart(free_prefix(model), opset, working_type(request.layer, joint.dtype))
    names = Lift(f"{part.prefix}{request.output}", f"{part.prefix}predicted")
    # onnxruntime undoes a rounding to float16 where a cast follows at once; Flatten keeps the host's numbers
    flat = joint.is_deep or joint.dtype == np.float16
    tensor = part.node("Flatten", joint.name) if flat else joint.name
    add_layer(part, request.layer, Input(tensor, joint.dtype, joint.kind), request.output, names)
    add_part(model, part)
    infos = output_infos(names, written_type(joint.dtype), joint.rows, request.layer.n_classes)
    _replace_output(model, joint, infos, keep=request.host.keep_output)
    copied = keep_outside_files(model, request.host.path, request.out)
    save_model(model, request.out)
    return Exported(
        request.name,
        "onnx",
        (str(request.out), *copied),
        f"attached to {request.host.path}, opset {opset}, IR version {model.ir_version}",
        f"{joint.kind}, {joint.dtype}: {joint.name}",
        tuple((info.name, describe(info.name, request.layer)) for info in infos),
        (*joint.notes, *_others(model, part.prefix, joint)),
    )


def check_host_options(request: Request) -> None:
    """Refuse options that the host decides."""
    for name, value in (("--opset", request.opset), ("--dtype", request.dtype)):
        if value is not None:
            raise ClassliftError(name, "the host model decides it", fix=f"leave {name} out, or --attach.")


def opset_of(model: onnx.ModelProto, path: Path) -> int:
    """Opset of the standard operators of a host; refuses one that is too old for the layer's nodes."""
    from onnx import helper  # noqa: PLC0415  (an extra)

    standard = [entry for entry in model.opset_import if entry.domain in ("", "ai.onnx")]
    if not standard:  # a model of classical operators only
        model.opset_import.append(helper.make_opsetid("", LOWEST_OPSET))
        return LOWEST_OPSET
    opset = int(standard[0].version)
    if opset < LOWEST_OPSET:
        raise ClassliftError(
            str(path),
            f"is of opset {opset}, expected opset {LOWEST_OPSET} or newer",
            fix="export it again for opset 13 or newer, or convert it with onnx.version_converter.",
        )
    return opset


def free_prefix(model: onnx.ModelProto) -> str:
    """Prefix that no name in the model begins with: a layer may be attached to a lifted model again."""
    graph = model.graph
    names = {name for node in graph.node for name in (node.name, *node.output)}
    names |= {entry.name for field in (graph.initializer, graph.input, graph.output) for entry in field}
    prefix, i = PREFIX, 2
    while any(name.startswith(prefix) for name in names):
        prefix, i = f"{PREFIX}{i}_", i + 1
    return prefix


def _replace_output(model: onnx.ModelProto, joint: Joint, infos: list[onnx.ValueInfoProto], *, keep: bool) -> None:
    """Put the layer's outputs where the host's was; the host's goes to the end, if it stays."""
    before = list(model.graph.output)
    at = next((i for i, output in enumerate(before) if output.name == joint.name), 0)
    others = [output for output in before if output.name != joint.name]
    old = [output for output in before if output.name == joint.name] if joint.is_output else [joint.info]
    model.graph.ClearField("output")
    model.graph.output.extend([*others[:at], *infos, *others[at:], *(old if keep else [])])


def _others(model: onnx.ModelProto, prefix: str, joint: Joint) -> tuple[str, ...]:
    """Say which outputs are still those of the host."""
    names = [str(output.name) for output in model.graph.output if not output.name.startswith(prefix)]
    if not names:
        return ()
    return (f"outputs of the host that are as before, not adjusted: {', '.join(names)}",)

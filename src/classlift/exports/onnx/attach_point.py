"""Where a host model and a layer meet: the tensor that holds the host's probabilities or logits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from classlift.data.kind import Kind
from classlift.errors import ClassliftError
from classlift.exports.onnx.tensors import Found, describe, find_tensor, outputs_of

if TYPE_CHECKING:
    import onnx

    from classlift.exports.base import Request

PROBABILITIES, LOGITS = {"Softmax", "Normalizer"}, {"Gemm", "MatMul", "LogSoftmax"}
"""Operators whose results are known to be probabilities, and logits."""

SAME = {"Identity", "Cast", "Dropout", "Flatten", "Reshape", "Squeeze"}
"""Operators that leave the numbers as they are."""


@dataclass(frozen=True)
class Joint:
    """The tensor of a host that the layer reads.

    Parameters
    ----------
    info : ValueInfoProto
        Name, type and shape.
    dtype : dtype
        Its floating type.
    kind : Kind
        What it holds.
    rows : int or str
        Size or name of its first dimension.
    is_output : bool
        Whether it is an output of the host.
    is_deep : bool
        Whether it has dimensions of size 1 behind those of the rows and classes.
    notes : tuple of str
        What a user should know.
    """

    info: onnx.ValueInfoProto
    dtype: np.dtype
    kind: Kind
    rows: int | str
    is_output: bool
    is_deep: bool
    notes: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """Name of the tensor."""
        return str(self.info.name)


def find_joint(model: onnx.ModelProto, request: Request) -> Joint:
    """Find the tensor, by its name or because nothing else fits, and check it against the layer."""
    assert request.host is not None
    where, K = str(request.host.path), request.layer.n_classes
    name = request.host.output or _only_output(model, where, K)
    found = find_tensor(model, name)
    if found is None:
        raise ClassliftError(
            where, f"has no output {name!r}; it has {outputs_of(model)}", fix="pass --host-output with one of these."
        )
    problem = _unfit(model, found, K)
    if problem is not None:
        raise ClassliftError(f"{where}, output {name!r}", problem[0], fix=problem[1])
    is_output = name in [output.name for output in model.graph.output]
    assert found.shape is not None
    assert found.dtype is not None
    unknown = not isinstance(found.shape[1], int)
    notes = (f"the host does not say how many classes {name!r} has; {K} are expected",) if unknown else ()
    kind = _kind(model, name, request, where)
    return Joint(found.info, np.dtype(found.dtype), kind, found.shape[0], is_output, len(found.shape) > 2, notes)


def _only_output(model: onnx.ModelProto, where: str, n_classes: int) -> str:
    """Take the one output that may hold scores of the classes; refuse where there are several or none."""
    names = [output.name for output in model.graph.output]
    if len(names) == 1:
        return str(names[0])
    fitting = []
    for name in names:
        found = find_tensor(model, name)
        if found is not None and _unfit(model, found, n_classes) is None:
            fitting.append(str(name))
    if len(fitting) == 1:
        return fitting[0]
    sequences = [name for name in names if (found := find_tensor(model, name)) is not None and found.dtype is None]
    if sequences and not fitting:
        raise ClassliftError(
            f"{where}, output {sequences[0]!r}",
            f"is a sequence, expected a float tensor (rows, {n_classes}); the host has {outputs_of(model)}",
            fix=_instead_of_sequence(model, sequences[0]),
        )
    several = f"has {len(fitting)} outputs that may hold the scores" if fitting else "has no output that fits"
    raise ClassliftError(
        where,
        f"{several} of {n_classes} classes; it has {outputs_of(model)}",
        fix="pass --host-output NAME: a float tensor (rows, classes), an output or one inside the model.",
    )


def _unfit(model: onnx.ModelProto, found: Found, n_classes: int) -> tuple[str, str] | None:
    """What keeps a tensor from being read by the layer, and how to fix it; None where nothing does."""
    expected = f"expected a float tensor (rows, {n_classes})"
    if found.dtype is None:
        return f"is {describe(found)}, {expected}", _instead_of_sequence(model, found.info.name)
    if found.dtype in ("int8", "uint8"):
        return (
            f"is quantised ({found.dtype}), {expected}",
            "pass --host-output NAME of the float tensor before it is quantised, or put DequantizeLinear behind it.",
        )
    if found.dtype not in ("float16", "float32", "float64"):
        hint = "that is not a score; " if "int" in found.dtype or found.dtype == "string" else ""
        return f"holds {found.dtype}, {expected}", f"{hint}pass --host-output NAME of the probabilities or logits."
    if found.shape is None:
        return (
            f"has no known number of dimensions, {expected}",
            "export the host with a fixed rank, or write the shape into it (onnx.tools.update_model_dims).",
        )
    if not _has_a_row_per_sample(found.shape):
        return (
            f"has {len(found.shape)} dimensions {describe(found)}, {expected}",
            "pass --host-output NAME of a tensor with one row per sample, or flatten it in the host.",
        )
    if isinstance(found.shape[1], int) and found.shape[1] != n_classes:
        return (
            f"has {found.shape[1]} classes, the layer has {n_classes}",
            "attach the layer to the model whose predictions it was fitted on, or pass another --host-output.",
        )
    return None


def _has_a_row_per_sample(shape: list[int | str]) -> bool:
    """Tell (rows, classes), also with dimensions of size 1 behind them, from all else."""
    return len(shape) >= 2 and all(size == 1 for size in shape[2:])


def _instead_of_sequence(model: onnx.ModelProto, name: str) -> str:
    maker = next((node for node in model.graph.node if name in node.output), None)
    if maker is not None and maker.op_type == "ZipMap":
        return f"pass --host-output {maker.input[0]} (what ZipMap reads), or convert with options={{'zipmap': False}}."
    return "pass --host-output NAME of the tensor inside, or export the host with tensors as outputs."


def _kind(model: onnx.ModelProto, name: str, request: Request, where: str) -> Kind:
    """Take what the user says, else what the node that made the tensor tells; ask where neither does."""
    needs_logits = request.layer.needs_logits
    maker = _maker(model, name)
    told = _told_by(maker)
    kind = request.kind or told
    if kind is None or (needs_logits and request.kind is None and maker == "LogSoftmax"):
        made_by = "comes from outside" if maker is None else f"is made by {maker}"
        raise ClassliftError(
            f"{where}, output {name!r}",
            f"{made_by}: so it is not known whether it holds probabilities or logits",
            fix="pass --probabilities or --logits.",
        )
    assert request.host is not None
    if needs_logits and kind is not Kind.LOGITS and not request.host.fold:
        raise ClassliftError(
            f"{where}, output {name!r}",
            "holds probabilities, the layer needs logits",
            fix=f"pass --host-output {_before_softmax(model, name)} (what goes into the softmax).",
        )
    return kind


def _told_by(maker: str | None) -> Kind | None:
    if maker in PROBABILITIES:
        return Kind.PROBABILITIES
    return Kind.LOGITS if maker in LOGITS else None


def _maker(model: onnx.ModelProto, name: str) -> str | None:
    """Operator that made a tensor's numbers: behind a bias that is added, and a classifier by its final transform."""
    node = maker_of(model, name)
    if node is None:
        return None
    if node.op_type == "Add":
        makers = [inner for inner in (maker_of(model, name) for name in node.input) if inner is not None]
        return str(makers[0].op_type) if len(makers) == 1 and makers[0].op_type == "MatMul" else "Add"
    if node.domain == "ai.onnx.ml" and node.op_type in ("LinearClassifier", "TreeEnsembleClassifier"):
        transform = next((entry.s for entry in node.attribute if entry.name == "post_transform"), b"NONE")
        if transform == b"SOFTMAX":
            return "Softmax"
    return str(node.op_type)


def maker_of(model: onnx.ModelProto, name: str) -> onnx.NodeProto | None:
    """Node that made a tensor's numbers, through those that leave numbers as they are."""
    makers = {output: node for node in model.graph.node for output in node.output}
    node = makers.get(name)
    while node is not None and node.op_type in SAME and node.input[0] in makers:
        node = makers[node.input[0]]
    return node


def _before_softmax(model: onnx.ModelProto, name: str) -> str:
    node = maker_of(model, name)
    return str(node.input[0]) if node is not None and node.op_type == "Softmax" else "NAME"

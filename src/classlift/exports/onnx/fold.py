"""A layer that is affine in the host's logits, worked into the host's last linear node: no node is added."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from classlift.data.kind import Kind
from classlift.errors import ClassliftError
from classlift.exports.onnx.attach import check_host_options, free_prefix, opset_of
from classlift.exports.onnx.attach_point import find_joint
from classlift.exports.onnx.external_data import keep_outside_files
from classlift.exports.onnx.graphs import load_model, save_model
from classlift.exports.onnx.linear import Linear, find_linear, put_linear
from classlift.exports.result import Exported
from classlift.layer.step import Domain

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from classlift.exports.base import Request
    from classlift.layer.layer import OutputLayer

    Floats = NDArray[np.float64]


class Affine(NamedTuple):
    """``matrix z + bias`` of the logits z; the matrix is (K, K), or (K,) for a diagonal."""

    matrix: Floats
    bias: Floats

    def after(self, weight: Floats, bias: Floats) -> tuple[Floats, Floats]:
        """Weight (K, n) and bias (K,) of a linear node with this behind it."""
        if self.matrix.ndim == 1:
            return self.matrix[:, None] * weight, self.matrix * bias + self.bias
        return self.matrix @ weight, self.matrix @ bias + self.bias


def write_folded(request: Request) -> Exported:
    """Write the host with other numbers in its last linear node."""
    assert request.host is not None
    check_host_options(request)
    affine = affine_in_logits(request.layer, request.name)
    model = load_model(request.host.path)
    opset, joint = opset_of(model, request.host.path), find_joint(model, request)
    if request.host.keep_output:
        raise ClassliftError("--keep-output", "cannot be kept with --fold", fix="leave out one of the two.")
    linear = find_linear(model, joint, request.host.path)
    name = linear.node.name or linear.node.op_type
    put_linear(model, _folded(linear, affine), free_prefix(model), linear)
    copied = keep_outside_files(model, request.host.path, request.out)
    save_model(model, request.out)
    holds = "probabilities" if joint.kind is Kind.PROBABILITIES else "logits whose softmax are the probabilities"
    half = ("the numbers of the node are float16: values differ by up to about 0.001",)
    return Exported(
        request.name,
        "onnx",
        (str(request.out), *copied),
        f"folded into node {name!r} of {request.host.path}, opset {opset}",
        f"logits inside: {linear.output}",
        ((joint.name, holds),),
        (*joint.notes, *(half if linear.dtype == np.float16 else ())),
    )


def affine_in_logits(layer: OutputLayer, name: str) -> Affine:
    """Give the layer as an affine map of the logits, up to a shift of a whole row, or refuse it."""
    steps = layer.steps
    reason = None
    if layer.costs is not None:
        reason = "decides by costs, which needs an output of its own"
    elif len(steps) != 1:
        reason = f"has {len(steps)} steps, expected one"
    elif steps[0].maximum_probability is not None:
        reason = f"has a gate (largest probability < {steps[0].maximum_probability:g}), expected none"
    elif steps[0].domain is Domain.PROBABILITY:
        reason = "works on probabilities, expected logits or their logarithms"
    if reason is None:
        step = steps[0]
        matrix = (np.ones(step.n_classes) if step.weight is None else step.weight) / step.temperature
        sums = matrix if matrix.ndim == 1 else matrix.sum(axis=1)
        if step.domain is Domain.LOGIT or np.ptp(sums) <= 1e-9 * np.abs(sums).max():
            return Affine(matrix, step.bias)
        reason = "weighs log-probabilities of the classes differently: that is not affine in logits"
    raise ClassliftError(
        name, f"{reason}, so it cannot be folded", fix="leave --fold out: the layer's nodes are then appended."
    )


def _folded(linear: Linear, affine: Affine) -> tuple[Floats, Floats]:
    return affine.after(linear.weight, linear.bias)

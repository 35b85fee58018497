"""A host with the layer in it, run as a whole on the host's own inputs, against the host and `apply`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from classlift import kernels
from classlift.data.kind import Kind
from classlift.data.predictions import Predictions
from classlift.errors import ClassliftError
from classlift.exports.check import Agreement, compare_block
from classlift.exports.onnx.attach_point import Joint, find_joint
from classlift.exports.onnx.graphs import load_model, onnxruntime_errors, session, tensor_info
from classlift.exports.onnx.linear import find_linear
from classlift.layer.apply import Output
from classlift.storage.errors import ours

if TYPE_CHECKING:
    import onnx
    import onnxruntime
    from numpy.typing import NDArray

    from classlift.exports.base import Request

    Feed = dict[str, NDArray]


def check_whole(request: Request, inputs: Path) -> Agreement:
    """Run host and exported model on the arrays of an npz file, named as the host's inputs, and compare."""
    assert request.host is not None
    host, made = load_model(request.host.path), load_model(request.out)
    joint = find_joint(host, request)
    kind, read = (Kind.LOGITS, _logits(host, joint, request)) if request.host.fold else (joint.kind, joint.name)
    with onnxruntime_errors(str(request.host.path)):
        before = session(_giving(host, read, joint), request.host.path.parent)
        feed = _feed(before, inputs)
        raw = before.run([read], feed)[0]
    with onnxruntime_errors(str(request.out)):
        after = session(made.SerializeToString(), request.out.parent)
        values, predicted = _run(after, request, joint, feed)
    kept = raw.astype(np.float32) if raw.dtype == np.float16 else raw
    block = Predictions(kept.reshape(len(raw), -1), kind, source=f"{request.host.path}, output {read!r}")
    return compare_block(block, request.layer, request.output, values, predicted)


def _logits(host: onnx.ModelProto, joint: Joint, request: Request) -> str:
    assert request.host is not None
    return find_linear(host, joint, request.host.path).output


def _giving(host: onnx.ModelProto, name: str, joint: Joint) -> bytes:
    """Content of a host that gives the tensor `name` as an output."""
    if name not in [output.name for output in host.graph.output]:
        host.graph.output.append(tensor_info(name, joint.dtype, [joint.rows, "classes"]))
    return bytes(host.SerializeToString())


def _run(
    after: onnxruntime.InferenceSession, request: Request, joint: Joint, feed: Feed
) -> tuple[NDArray[np.floating], NDArray[np.integer]]:
    """Values and classes of the exported model; of folded logits their softmax."""
    assert request.host is not None
    if request.host.fold:
        values = after.run([joint.name], feed)[0]
        values = values.reshape(len(values), -1)
        logits = joint.kind is Kind.LOGITS and request.output is Output.PROBS
        return (kernels.softmax(values) if logits else values), values.argmax(axis=1)
    new = [output.name for output in after.get_outputs() if output.name.startswith("classlift_")]
    predicted = [name for name in new if name.endswith("predicted")][-1]
    name = [name for name in new if name.endswith(str(request.output))][-1]
    first, second = after.run([name, predicted], feed)
    return first, second


def _feed(host: onnxruntime.InferenceSession, path: Path) -> Feed:
    """Read the host's inputs from an npz file; every input must be in it."""
    with ours(str(path)):
        loaded = np.load(path, allow_pickle=False)
        if not isinstance(loaded, np.lib.npyio.NpzFile):
            raise ClassliftError(str(path), "is not an npz file", fix="np.savez(FILE, INPUT_NAME=array).")
        with loaded:
            arrays = {name: loaded[name] for name in loaded.files}
    wanted = [entry.name for entry in host.get_inputs()]
    missing = [name for name in wanted if name not in arrays]
    if missing:
        raise ClassliftError(
            str(path),
            f"has no array {missing[0]!r}; the host's inputs are {', '.join(map(repr, wanted))}, "
            f"the file holds {', '.join(map(repr, arrays))}",
            fix="save one array per input, under its name: np.savez(FILE, **{name: array}).",
        )
    return {name: arrays[name] for name in wanted}

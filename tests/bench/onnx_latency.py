"""Latency that an attached layer adds in onnxruntime: a host with and without it, 1,000 classes, 64 rows.

    python tests/bench/onnx_latency.py [CLASSES] [ROWS]

The host is a linear layer of 512 features and a softmax. Runs of all models alternate; medians of the
processor time of one thread, which is the latency of a machine that does nothing else.
"""

import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from onnx import helper, numpy_helper

from classlift.exports import HostRequest, Request, export_layer
from classlift.layer.layer import OutputLayer
from classlift.layer.step import AffineStep, Domain

RUNS = 400


def host(path, n_classes):
    """Write a linear layer and a softmax."""
    weight = np.random.default_rng(0).normal(0, 0.1, (512, n_classes)).astype(np.float32)
    graph = helper.make_graph(
        [helper.make_node("MatMul", ["x", "w"], ["z"]), helper.make_node("Softmax", ["z"], ["probs"], axis=-1)],
        "host",
        [helper.make_tensor_value_info("x", 1, ["n", 512])],
        [helper.make_tensor_value_info("probs", 1, ["n", n_classes])],
        [numpy_helper.from_array(weight, "w")],
    )
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), path)


def layers(n_classes):
    """One layer of each form that the methods fit."""
    rng = np.random.default_rng(1)
    bias, matrix = rng.normal(0, 0.01, n_classes), np.eye(n_classes) + rng.normal(0, 0.01, (n_classes, n_classes))
    steps = {
        "elaborated (full matrix, gate)": AffineStep(Domain.PROBABILITY, bias, matrix, 0.8),
        "matrix-scaling (full matrix of logarithms, float64)": AffineStep(Domain.LOG_PROBABILITY, bias, matrix),
        "cvar, logit-adjust (temperature and biases)": AffineStep(Domain.LOG_PROBABILITY, bias, None, None, 1.2),
    }
    return {name: OutputLayer((step,), n_classes) for name, step in steps.items()}


def main(n_classes, rows):
    """Measure and print."""
    folder = Path(tempfile.mkdtemp())
    host(folder / "host.onnx", n_classes)
    files = {"host alone": folder / "host.onnx"}
    for i, (name, layer) in enumerate(layers(n_classes).items()):
        out = folder / f"{i}.onnx"
        export_layer("onnx", Request(name=name, layer=layer, out=out, host=HostRequest(folder / "host.onnx")))
        files[name] = out
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1  # its processor time does not count what else the machine does
    sessions = {name: onnxruntime.InferenceSession(path, options) for name, path in files.items()}
    x = {"x": np.random.default_rng(2).normal(size=(rows, 512)).astype(np.float32)}
    times = {name: [] for name in sessions}
    for _ in range(RUNS):
        for name, session in sessions.items():
            start = time.thread_time()
            session.run(None, x)
            times[name].append((time.thread_time() - start) * 1000)
    alone = float(np.median(times["host alone"]))
    print(f"onnxruntime {onnxruntime.__version__}, {n_classes} classes, {rows} rows, median of {RUNS} runs")
    for name, entries in times.items():
        median = float(np.median(entries))
        print(f"{name:55}{median:8.2f} ms{median - alone:+9.2f} ms")


if __name__ == "__main__":
    main(*(int(word) for word in sys.argv[1:3] or ("1000", "64")))

"""Layers of every form, and rows for them: odd ones too."""

from typing import NamedTuple

import numpy as np

from classlift.data.costs import Costs
from classlift.data.kind import Kind
from classlift.layer.layer import OutputLayer
from classlift.layer.step import AffineStep, Domain

P, LOG, LOGIT = Domain.PROBABILITY, Domain.LOG_PROBABILITY, Domain.LOGIT

FORMS = {
    "identity": (),
    "the paper's": ((P, "full", 0.8, 1.0),),
    "hopeless rows": ((P, "negative", 0.8, 1.0),),
    "the paper's, then biases": ((P, "full", 0.8, 1.0), (LOG, "none", None, 1.7)),
    "log matrix": ((LOG, "full", None, 1.0),),
    "log diagonal, gated": ((LOG, "diagonal", 0.9, 0.6),),
    "three gates": ((P, "full", 0.5, 1.0), (LOG, "full", 0.7, 1.0), (P, "diagonal", 0.6, 1.0)),
    "gate, then none": ((LOG, "diagonal", 0.5, 2.0), (P, "none", None, 1.0)),
    "logit diagonal": ((LOGIT, "diagonal", None, 1.3),),
    "logit matrix, gated": ((LOGIT, "full", 0.95, 1.0),),
}


class Rows(NamedTuple):
    """Scores of some rows, and what they are."""

    scores: np.ndarray
    kind: Kind

    @property
    def mapping(self):
        return {"probs" if self.kind is Kind.PROBABILITIES else "logits": self.scores}


def make_layer(form, n_classes, seed=0, *, costs=False):
    """A layer of one of the forms, which may decide by costs."""
    rng = np.random.default_rng([seed, n_classes])
    steps = tuple(_step(rng, n_classes, *entry) for entry in FORMS[form])
    return OutputLayer(steps, n_classes, costs=costs_of(n_classes) if costs else None)


def costs_of(n_classes, seed=0):
    """Costs under which mistakes of the last class are by far the dearest."""
    matrix = np.random.default_rng([seed, n_classes]).random((n_classes, n_classes)) * 4 + 1
    matrix[-1] *= 50
    np.fill_diagonal(matrix, 0)
    return Costs(matrix)


def _step(rng, k, domain, form, gate, temperature):
    bias = rng.normal(0, 0.02 if domain is P else 0.7, k)
    weight = {
        "none": None,
        "diagonal": 1 + rng.normal(0, 0.2, k),
        "full": np.eye(k) + rng.normal(0, 0.15 / np.sqrt(k), (k, k)),
        "negative": -np.abs(rng.normal(0, 1, (k, k))),
    }[form]
    bias = -np.abs(bias) if form == "negative" else bias
    return AffineStep(domain, bias, weight, gate, temperature)


def make_rows(kind, n_classes, n=150, dtype=np.float32, seed=0):
    """Rows of a classifier with sure, unsure, tied and one-hot rows among them."""
    rng = np.random.default_rng([seed, n_classes, n])
    logits = rng.normal(0, 2.5, (n, n_classes))
    logits[np.arange(n), rng.integers(0, n_classes, n)] += rng.uniform(0, 9, n)
    logits[: n // 30, 0] = logits[: n // 30].max(axis=1)  # ties: the first class counts
    logits[n // 30] = 0
    if kind is Kind.LOGITS:
        return Rows(logits.astype(dtype), kind)
    logits -= logits.max(axis=1, keepdims=True)
    p = np.exp(logits)
    p /= p.sum(axis=1, keepdims=True)
    p[-3:] = np.eye(n_classes)[rng.integers(0, n_classes, 3)]
    return Rows(p.astype(dtype), kind)


def kinds_of(form):
    """Kinds of rows that a layer of this form takes."""
    needs_logits = any(entry[0] is LOGIT for entry in FORMS[form])
    return [Kind.LOGITS] if needs_logits else [Kind.PROBABILITIES, Kind.LOGITS]


def opsets():
    """Opsets to test: 9 to 21, and the newest that both the installed onnx and onnxruntime know."""
    import onnx
    import onnxruntime

    for opset in range(onnx.defs.onnx_opset_version(), 13, -1):
        graph = onnx.helper.make_graph(
            [onnx.helper.make_node("Relu", ["x"], ["y"])],
            "g",
            [onnx.helper.make_tensor_value_info("x", 1, [1])],
            [onnx.helper.make_tensor_value_info("y", 1, [1])],
        )
        versions = [onnx.helper.make_opsetid("", opset)]
        model = onnx.helper.make_model(graph, opset_imports=versions)
        model.ir_version = onnx.helper.find_min_ir_version_for(versions)
        try:
            onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
        except onnxruntime.capi.onnxruntime_pybind11_state.Fail:
            continue
        return sorted({9, 13, 17, 18, 21, opset})
    return [9, 13]

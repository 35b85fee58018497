"""A target: the layer as JSON, and a few lines of numpy that run it. It would be `exports/plain.py`."""

import json

import numpy as np

from classlift.data.costs import Costs
from classlift.data.kind import Kind
from classlift.data.predictions import Predictions
from classlift.exports import EXPORTS, Export
from classlift.exports.base import Running
from classlift.exports.result import Exported
from classlift.layer.layer import OutputLayer
from classlift.layer.step import AffineStep, Domain
from classlift.storage import whole_file


def write(request):
    """Write domain, bias, weight, gate and temperature of each step, and the costs."""
    steps = [
        {
            "domain": str(step.domain),
            "bias": step.bias.tolist(),
            "weight": None if step.weight is None else step.weight.tolist(),
            "gate": step.maximum_probability,
            "temperature": step.temperature,
        }
        for step in request.layer.steps
    ]
    costs = None if request.layer.costs is None else request.layer.costs.matrix.tolist()
    with whole_file(request.out) as file:
        file.write(json.dumps({"n_classes": request.layer.n_classes, "steps": steps, "costs": costs}).encode())
    outputs = ((str(request.output), "float64 (n_rows, n_classes)"),)
    return Exported(request.name, "plain", (str(request.out),), "a JSON file", str(request.own_kind), outputs)


def load(request):
    """Read it again, ready to run."""
    told = json.loads(request.out.read_text())
    costs = None if told["costs"] is None else Costs(np.array(told["costs"]))
    layer = OutputLayer(tuple(_step(entry) for entry in told["steps"]), told["n_classes"], costs=costs)

    def run(rows):
        done = layer.apply(Predictions(np.array(rows), Kind(request.own_kind)))
        return done.probabilities() if request.output == "probs" else done.scores, done.predicted

    return Running(run, np.dtype(np.float64), request.own_kind)


def _step(entry):
    weight = None if entry["weight"] is None else np.array(entry["weight"])
    return AffineStep(Domain(entry["domain"]), np.array(entry["bias"]), weight, entry["gate"], entry["temperature"])


EXPORTS["plain"] = Export(".plain", write, load)

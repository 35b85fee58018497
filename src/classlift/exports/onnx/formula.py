"""The formula of a layer as nodes of an ONNX graph; what `OutputLayer.apply` does, row by row."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from classlift import kernels
from classlift.data.kind import Kind
from classlift.exports.base import written_type
from classlift.layer.apply import Output
from classlift.layer.step import AffineStep, Domain

if TYPE_CHECKING:
    from classlift.exports.onnx.graph_builder import GraphPart
    from classlift.layer.layer import OutputLayer


class Lift(NamedTuple):
    """Names of what the nodes give: values (n, K) and the predicted class (n,), int64."""

    values: str
    predicted: str


class Input(NamedTuple):
    """The tensor that the layer reads, shape (n, K): its name, floating type, and what it holds."""

    name: str
    dtype: np.dtype[Any]
    kind: Kind


def add_layer(part: GraphPart, layer: OutputLayer, x: Input, output: Output, names: Lift) -> None:
    """Add the nodes of a layer behind a tensor."""
    name = x.name if x.dtype == part.dtype else part.cast(x.name, part.dtype)
    formula = _Formula(part, layer, name, x.kind)
    scores, domain = formula.run()
    values, best = formula.written(scores, domain, output, written_type(x.dtype))
    part.node("Identity", values, name=names.values)
    part.node("Reshape", best, part.constant("flat", np.array([-1], np.int64)), name=names.predicted)


def gate_in(gate: float, dtype: np.dtype[Any]) -> float:
    """Give the bound that rounded maxima are below exactly where they are below `gate`: it rounded up."""
    rounded = dtype.type(min(gate, 2.0))  # no probability is above 1
    return float(rounded if float(rounded) >= gate else np.nextafter(rounded, dtype.type(np.inf)))


class _Formula:
    """The layer's steps over one tensor; methods return names of tensors."""

    def __init__(self, part: GraphPart, layer: OutputLayer, x: str, kind: Kind) -> None:
        self.part, self.layer, self.x, self.kind = part, layer, x, kind
        self.raw = part.node("Softmax", x, axis=1) if kind is Kind.LOGITS else x
        self.gates = [step.maximum_probability for step in layer.steps]
        self.one_gate = len(set(self.gates)) == 1
        self.masks: dict[float, str] = {}
        self.adjusted = self._adjusted()

    def run(self) -> tuple[str, Domain]:
        """All steps; what comes out for rows that are not adjusted is of no meaning."""
        steps = self.layer.steps
        if not steps:
            return self.raw, Domain.PROBABILITY
        x = self._first(steps[0].domain)
        for i, step in enumerate(steps):
            if i:
                x = self._between(x, steps[i - 1].domain, step.domain)
            y = self._affine(i, step, x)
            gate = step.maximum_probability
            x = y if gate is None or self.one_gate else self.part.node("Where", self._below(gate), y, x)
        return x, steps[-1].domain

    def written(self, scores: str, domain: Domain, output: Output, dtype: np.dtype[Any]) -> tuple[str, str]:
        """Values as `apply` writes them, and the predicted class, shape (n, 1)."""
        if output is Output.SCORES:
            raw = self.raw if domain is Domain.PROBABILITY else self._log(self.raw)
            values = self._rounded(self._where_adjusted(scores, raw), dtype)
            return values, self._decided(scores, domain, self.part.best_class(values))
        best = self.part.best_class(scores if self.layer.steps else self.x)
        if self.adjusted is not None:
            best = self.part.node("Where", self.adjusted, best, self.part.best_class(self.x))
        values = self._rounded(self._made(scores, domain), dtype)
        return self._keep_class(values, best, dtype), self._decided(scores, domain, best)

    def _made(self, scores: str, domain: Domain) -> str:
        """Probabilities of all rows."""
        made = self._probabilities(scores, domain) if self.layer.steps else self.raw
        return self._where_adjusted(made, self.raw)

    def _decided(self, scores: str, domain: Domain, most_probable: str) -> str:
        """Predicted class, shape (n, 1): that of least expected cost where costs decide."""
        if self.layer.costs is None:
            return most_probable
        costs = self.part.constant("costs", self.layer.costs.matrix)
        expected = self.part.node("MatMul", self._made(scores, domain), costs)
        return self.part.node("ArgMin", expected, axis=1, keepdims=1)

    def _rounded(self, values: str, dtype: np.dtype[Any]) -> str:
        return values if dtype == self.part.dtype else self.part.cast(values, dtype)

    def _adjusted(self) -> str | None:
        """Rows that the gate of at least one step lets through, shape (n, 1); None: all of them."""
        known = [gate for gate in self.gates if gate is not None]
        return self._below(max(known)) if known and len(known) == len(self.gates) else None

    def _below(self, gate: float) -> str:
        if gate not in self.masks:
            bound = self.part.constant(f"gate_{len(self.masks)}", gate_in(gate, self.part.dtype))
            self.masks[gate] = self.part.node("Less", self.part.row_maximum(self.raw), bound)
        return self.masks[gate]

    def _where_adjusted(self, adjusted: str, other: str) -> str:
        return adjusted if self.adjusted is None else self.part.node("Where", self.adjusted, adjusted, other)

    def _first(self, domain: Domain) -> str:
        """Rows as a first step of `domain` wants them."""
        if self.kind is Kind.LOGITS:
            if domain is Domain.LOGIT:
                return self.x
            return self.raw if domain is Domain.PROBABILITY else self.part.node("LogSoftmax", self.x, axis=1)
        normalized = self._normalized(self.raw)
        return normalized if domain is Domain.PROBABILITY else self._log(normalized)

    def _between(self, x: str, made_in: Domain, wanted: Domain) -> str:
        floor = self.part.constant("step_floor", kernels.STEP_FLOOR)
        p = self._normalized(self.part.node("Max", self._probabilities(x, made_in), floor))
        return p if wanted is Domain.PROBABILITY else self._log(p)

    def _affine(self, i: int, step: AffineStep, x: str) -> str:
        """``weight (x / temperature) + bias``, the temperature divided into the weight."""
        bias = self.part.constant(f"bias_{i}", step.bias)
        if step.weight is None and step.temperature == 1:
            return self.part.node("Add", x, bias)
        weight = np.array(1.0) if step.weight is None else step.weight
        name = self.part.constant(f"weight_{i}", weight / step.temperature)
        if step.is_full:
            return self.part.node("Gemm", x, name, bias, transB=1)
        return self.part.node("Add", self.part.node("Mul", x, name), bias)

    def _probabilities(self, scores: str, domain: Domain) -> str:
        """Negatives to 0 and sum 1, or softmax; a row without a positive entry becomes its largest class."""
        if domain is not Domain.PROBABILITY:
            return self.part.node("Softmax", scores, axis=1)
        positive = self.part.node("Relu", scores)
        total = self.part.row_sum(positive)
        some = self.part.node("Greater", total, self.part.constant("zero", 0.0))
        best = self._one_hot(self.part.best_class(scores))
        alone = self.part.cast(best, self.part.dtype)
        return self.part.node("Where", some, self.part.node("Div", positive, total), alone)

    def _keep_class(self, values: str, best: str, dtype: np.dtype[Any]) -> str:
        """Raise the predicted class by the smallest step where rounding made a tie with an earlier one."""
        moved = self.part.node("Not", self.part.node("Equal", self.part.best_class(values), best))
        above = self.part.constant("one_and_a_bit", np.array(1 + np.finfo(dtype).eps, dtype), dtype)
        raised = self.part.node("Mul", self.part.row_maximum(values), above)
        where = self.part.node("And", self._one_hot(best), moved)
        return self.part.node("Where", where, raised, values)

    def _one_hot(self, classes: str) -> str:
        every = self.part.constant("classes", np.arange(self.layer.n_classes, dtype=np.int64)[None])
        return self.part.node("Equal", every, classes)

    def _normalized(self, x: str) -> str:
        return self.part.node("Div", x, self.part.row_sum(x))

    def _log(self, p: str) -> str:
        return self.part.node("Log", self.part.node("Max", p, self.part.constant("log_floor", kernels.LOG_FLOOR)))

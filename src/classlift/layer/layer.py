"""The output layer: affine steps in order, and what they make of a block of predictions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from numbers import Integral
from typing import TYPE_CHECKING, Any

import numpy as np

from classlift import kernels
from classlift.data.classes import check_same_classes, check_unique
from classlift.data.kind import Kind
from classlift.data.notebook import Shown
from classlift.data.predictions import Predictions
from classlift.errors import ClassliftError
from classlift.layer.adjusted import Adjusted, as_probabilities
from classlift.layer.step import AffineStep, Domain

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from classlift.data.costs import Costs

    Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False, repr=False)
class OutputLayer(Shown):
    """Steps in order, for the classes of one model.

    Parameters
    ----------
    steps : tuple of AffineStep
        Taken in order; no step is the identity.
    n_classes : int
        Number of classes.
    classes : tuple of str, optional
        Class names, in order.
    method : str
        Name of the method that fitted it.
    settings : mapping
        The method's settings, as plain values.
    provenance : mapping
        What it was fitted on and what came out: plain values that JSON can hold.
    costs : Costs, optional
        Costs of mistakes, in the order of the classes: the class of least expected cost is predicted. None: the most
        probable one.
    """

    steps: tuple[AffineStep, ...]
    n_classes: int
    classes: tuple[str, ...] | None = None
    method: str = "identity"
    settings: Mapping[str, Any] = field(default_factory=dict)
    provenance: Mapping[str, Any] = field(default_factory=dict)
    costs: Costs | None = None

    def _lines(self) -> tuple[str, str]:
        names = f" ({', '.join(self.classes[:3])}{', …' if self.n_classes > 3 else ''})" if self.classes else ""
        head = f"OutputLayer: {self.method}, {self.n_classes:,} classes{names}"
        decision = "" if self.costs is None else "; decides by costs"
        return head, f"steps: {len(self.steps)}; numbers: {self.n_parameters:,}{decision}"

    def __post_init__(self) -> None:
        steps, n = self.steps, self.n_classes
        is_count = isinstance(n, Integral) and not isinstance(n, bool) and n > 0
        if not is_count or not isinstance(steps, tuple) or not all(isinstance(step, AffineStep) for step in steps):
            raise ClassliftError(
                "layer",
                f"has steps {steps!r:.80} and {n!r:.80} classes, expected a tuple of AffineStep and a whole number",
                fix="write OutputLayer((step, …), n_classes).",
            )
        fix = "fit the layer again; this one was damaged or put together from two."
        if any(step.n_classes != self.n_classes for step in self.steps):
            problem = f"steps have {[step.n_classes for step in self.steps]} classes, the layer {self.n_classes}"
            raise ClassliftError("layer", problem, fix=fix)
        if self.classes is not None and len(self.classes) != self.n_classes:
            raise ClassliftError("layer", f"{len(self.classes)} class names for {self.n_classes} classes", fix=fix)
        check_unique(self.classes, "layer")
        if self.costs is not None and len(self.costs.matrix) != self.n_classes:
            raise ClassliftError(
                "layer",
                f"costs for {len(self.costs.matrix)} classes, the layer has {self.n_classes}",
                fix="fit the layer again; this one was damaged or put together from two.",
            )

    @property
    def is_identity(self) -> bool:
        """Whether it changes nothing, whatever the rows."""
        return not self.steps

    @property
    def needs_logits(self) -> bool:
        """Whether it takes only logits."""
        return any(step.domain is Domain.LOGIT for step in self.steps)

    @property
    def needs_float64(self) -> bool:
        """Whether it adds up logarithms of all classes, of either sign: float32 would be off by up to 1e-5."""
        return any(step.is_full and step.domain is not Domain.PROBABILITY for step in self.steps)

    @property
    def n_parameters(self) -> int:
        """How many numbers were fitted."""
        return sum(step.n_parameters for step in self.steps)

    @property
    def largest_bias(self) -> float:
        """Largest absolute entry of the biases."""
        return max((float(np.abs(step.bias).max()) for step in self.steps), default=0.0)

    def check_fits(self, name: str, kind: Kind, n_classes: int, classes: tuple[str, ...] | None) -> None:
        """Refuse predictions of other classes or of a kind that the layer cannot use."""
        check_same_classes(classes, self.classes, n_classes, self.n_classes, where=name, other="the layer")
        if kind is Kind.SCORES or (self.needs_logits and kind is not Kind.LOGITS):
            raise ClassliftError(
                name,
                f"holds {kind}, the layer needs {'logits' if self.needs_logits else 'probabilities or logits'}",
                fix="give the file of raw logits, or fit a layer of a probability method on such a file."
                if self.needs_logits
                else "give the probabilities or logits of the model, before any layer.",
            )

    def apply(self, block: Predictions) -> Adjusted:
        """Apply the steps to one block; the block is left as it is."""
        self.check_fits(block.source, block.kind, block.n_classes, self.classes and block.classes)
        if not self.steps:
            none = np.zeros(block.n_samples, bool)
            return Adjusted(block, block.probabilities, Domain.PROBABILITY, none, self.costs)
        masks = [step.adjusts(block.maximum) for step in self.steps]
        adjusted = np.logical_or.reduce(masks)
        rows = np.flatnonzero(adjusted)
        inputs = step_inputs(block, rows, self.steps[0].domain, wide=self.needs_float64)
        scores = _run(self.steps, [mask[rows] for mask in masks], inputs)
        domain = self.steps[-1].domain
        if len(rows) < block.n_samples:
            others = block.probabilities.astype(scores.dtype)
            everything = others if domain is Domain.PROBABILITY else _log(others)
            everything[rows] = scores
            scores = everything
        return Adjusted(block, scores, domain, adjusted, self.costs)


def log_probabilities(steps: tuple[AffineStep, ...], block: Predictions) -> NDArray[np.floating]:
    """Logarithms of what steps make of a block, shape (n_samples, n_classes), in the type that a next step gets."""
    layer, start = OutputLayer(steps, block.n_classes), 0
    out = np.empty(block.scores.shape, _logs(layer, block.take(np.arange(0))).dtype)
    for part in block.parts():
        out[start : start + part.n_samples] = _logs(layer, part)
        start += part.n_samples
    return out


def _logs(layer: OutputLayer, block: Predictions) -> NDArray[np.floating]:
    if not layer.steps:
        return step_inputs(block, np.arange(block.n_samples), Domain.LOG_PROBABILITY)
    result = layer.apply(block)
    return _between(result.scores, result.domain, Domain.LOG_PROBABILITY)


def step_inputs(
    block: Predictions, rows: NDArray[np.intp], domain: Domain, *, wide: bool = False
) -> NDArray[np.floating]:
    """Rows of a block as a first step of `domain` wants them; a copy, (n_rows, n_classes), `wide` in float64."""
    if block.kind is Kind.LOGITS and domain is not Domain.PROBABILITY:
        logits = kernels.bounded_logits(block.scores[rows].astype(np.float64))
        return logits if domain is Domain.LOGIT else kernels.log_softmax(logits)
    inputs = block.probabilities[rows]
    inputs = inputs.astype(np.float64) if wide else inputs
    kernels.normalize_rows(inputs)
    return inputs if domain is Domain.PROBABILITY else _log(inputs)


def _run(
    steps: tuple[AffineStep, ...], masks: list[NDArray[np.bool_]], x: NDArray[np.floating]
) -> NDArray[np.floating]:
    """Take all steps; between two of them rows are probabilities of at least 1e-6 before they sum to 1."""
    for i, (step, mask) in enumerate(zip(steps, masks, strict=True)):
        if i:
            x = _between(x, steps[i - 1].domain, step.domain)
        if mask.all():
            x = step(x)
        else:
            x[mask] = step(x[mask])
    return x


def _between(x: NDArray[np.floating], made_in: Domain, wanted: Domain) -> NDArray[np.floating]:
    x = as_probabilities(x, made_in)
    np.maximum(x, kernels.STEP_FLOOR, out=x)
    kernels.normalize_rows(x)
    return x if wanted is Domain.PROBABILITY else _log(x)


def _log(probabilities: NDArray[np.floating]) -> NDArray[np.floating]:
    return np.asarray(np.log(np.maximum(probabilities, kernels.LOG_FLOOR)))

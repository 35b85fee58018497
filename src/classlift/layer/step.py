"""One affine step of a layer, full or diagonal, in a domain that it names."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np

from classlift.errors import ClassliftError
from classlift.kernels import products

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]


LARGEST = 1e15
"""No number of a step is beyond this: products of two of them and of a row stay finite in float32."""


class Domain(StrEnum):
    """What a step works on."""

    PROBABILITY = "probability"
    LOG_PROBABILITY = "log-probability"
    LOGIT = "logit"


@dataclass(frozen=True, eq=False)
class AffineStep:
    """One affine step, ``z = weight (x / temperature) + bias``.

    Parameters
    ----------
    domain : Domain
        What x is: probabilities, their logarithms (floored at 1e-12), or the logits as exported.
    bias : ndarray of float64, shape (n_classes,)
        Added to every row.
    weight : ndarray of float64, shape (n_classes, n_classes) or (n_classes,), optional
        Full matrix, or the diagonal of one; None is the identity.
    maximum_probability : float, optional
        Only rows whose raw largest probability is below this take the step; None: all rows.
    temperature : float
        Divides x; at least 1e-15.
    """

    domain: Domain
    bias: Floats
    weight: Floats | None = None
    maximum_probability: float | None = None
    temperature: float = 1.0

    def __post_init__(self) -> None:
        n = len(self.bias)
        if self.bias.shape != (n,) or (self.weight is not None and self.weight.shape not in ((n,), (n, n))):
            raise ClassliftError(
                "layer step",
                f"weight {None if self.weight is None else self.weight.shape} does not fit bias {self.bias.shape}",
                fix="give a bias of shape (n_classes,) and a weight of shape (n_classes, n_classes) or (n_classes,).",
            )
        numbers = [self.bias, np.array([self.temperature])]
        numbers += [] if self.weight is None else [self.weight]
        if (
            not all(x.min(initial=0) >= -LARGEST and x.max(initial=0) <= LARGEST for x in numbers)
            or not self.temperature >= 1 / LARGEST
        ):
            raise ClassliftError(
                "layer step",
                f"holds NaN, a number beyond {LARGEST:g} or a temperature below {1 / LARGEST:g}",
                fix="fit the layer again; this one was damaged or written by another program.",
            )
        if self.maximum_probability is not None and not 0 < self.maximum_probability <= LARGEST:
            raise ClassliftError(
                "layer step",
                f"the maximum probability is {self.maximum_probability}, expected above 0, at most {LARGEST:g}",
                fix="fit the layer again with --rhigh above 0.",
            )

    @property
    def n_classes(self) -> int:
        """Number of classes."""
        return len(self.bias)

    @property
    def is_full(self) -> bool:
        """Whether the weight is a full matrix."""
        return self.weight is not None and self.weight.ndim == 2

    @property
    def n_parameters(self) -> int:
        """How many numbers were fitted: weight, bias, and the temperature where it is not 1."""
        weight = 0 if self.weight is None else self.weight.size
        return weight + self.bias.size + int(self.temperature != 1)

    def adjusts(self, maximum: Floats) -> NDArray[np.bool_]:
        """Tell which rows the gate lets through, from their raw largest probability, shape (n_samples,)."""
        if self.maximum_probability is None:
            return np.ones(len(maximum), bool)
        return maximum < self.maximum_probability

    def __call__(self, x: NDArray[np.floating]) -> NDArray[np.floating]:
        """Apply the formula to rows x, shape (n_samples, n_classes), in their floating type."""
        dtype = x.dtype
        if self.temperature != 1:
            x = x / dtype.type(self.temperature)
        if self.weight is not None:
            weight = self.weight.astype(dtype)
            x = products(x, weight) if self.is_full else x * weight
        return np.asarray(x + self.bias.astype(dtype))

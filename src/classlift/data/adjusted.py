"""What a layer makes of a block, as far as an evaluation needs to know it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from classlift.data.costs import Costs
    from classlift.data.kind import Kind
    from classlift.data.predictions import Predictions


class AdjustedBlock(Protocol):
    """A block after a layer."""

    @property
    def adjusted(self) -> NDArray[np.bool_]:
        """Rows below the confidence threshold of at least one step, shape (n_samples,)."""

    @property
    def predicted(self) -> NDArray[np.intp]:
        """Predicted class of each row, shape (n_samples,)."""

    @property
    def most_probable(self) -> NDArray[np.intp]:
        """Most probable class of each row, shape (n_samples,); another one where costs decide."""

    def probabilities(self) -> NDArray[np.floating]:
        """Probabilities, shape (n_samples, n_classes)."""

    def probabilities_of(self, rows: NDArray[np.intp]) -> NDArray[np.floating]:
        """Probabilities of some rows, shape (n_rows, n_classes)."""


class Layer(Protocol):
    """What adjusts blocks; `classlift.layer.layer.OutputLayer` is one."""

    @property
    def classes(self) -> tuple[str, ...] | None:
        """Class names, in order."""

    @property
    def n_classes(self) -> int:
        """Number of classes."""

    @property
    def costs(self) -> Costs | None:
        """Costs by which it decides, in the order of its classes."""

    @property
    def provenance(self) -> Mapping[str, Any]:
        """What it was fitted on."""

    @property
    def is_identity(self) -> bool:
        """Whether it changes nothing, whatever the rows."""

    def check_fits(self, name: str, kind: Kind, n_classes: int, classes: tuple[str, ...] | None) -> None:
        """Refuse predictions of other classes or of a kind that it cannot use."""

    def apply(self, block: Predictions) -> AdjustedBlock:
        """Adjust a block; the block is left as it is."""

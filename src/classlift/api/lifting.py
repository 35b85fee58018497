"""Apply a layer."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import numpy as np

from classlift.api.where import DEFAULT_READING
from classlift.kinds import Kind
from classlift.lifting import LiftSummary, Output, lift
from classlift.predictions import Predictions
from classlift.sources import PredictionSource
from classlift.storage import ReadOptions, open_predictions, open_writer

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from classlift.api.where import Where
    from classlift.layer import OutputLayer


def apply(
    layer: OutputLayer,
    where: Where,
    out: str | os.PathLike[str],
    *,
    output: str = "probs",
    reading: ReadOptions = DEFAULT_READING,
) -> LiftSummary:
    """Apply a layer to predictions and write the result to a file, block by block; see `classlift apply`.

    Parameters
    ----------
    layer : OutputLayer
        What to apply.
    where : path, mapping of arrays, or DataFrame
        Predictions, with or without labels.
    out : path
        File to write; its suffix chooses the format.
    output : {'probs', 'scores', 'labels'}
        What to write of each row besides the predicted class.
    reading : ReadOptions
        How to read, where it is ambiguous.

    Returns
    -------
    LiftSummary

    Examples
    --------
    >>> import numpy as np, pathlib, tempfile
    >>> from classlift.layer import OutputLayer
    >>> out = pathlib.Path(tempfile.mkdtemp()) / "out.npz"
    >>> apply(OutputLayer((), 2), {"probs": np.array([[0.9, 0.1]])}, out).n_changed
    0
    """
    return apply_source(layer, open_predictions(where, reading), out, output=Output(output))


def apply_source(
    layer: OutputLayer, source: PredictionSource, out: str | os.PathLike[str], *, output: Output
) -> LiftSummary:
    """Apply a layer to an open source and write the file `out`, whole or not at all."""
    layer.check_fits(source.name, source.kind, source.n_classes, source.classes)
    with open_writer(
        out,
        classes=source.classes or layer.classes,
        n_classes=source.n_classes,
        n_samples=source.n_samples,
        score_name=None if output is Output.LABELS else str(output),
    ) as writer:
        return lift(source, layer, writer.write, output=output)


def lift_array(
    layer: OutputLayer, scores: NDArray[np.floating], *, kind: str = "probabilities"
) -> NDArray[np.floating]:
    """Apply a layer to an array in memory.

    Parameters
    ----------
    layer : OutputLayer
        What to apply.
    scores : ndarray of float16, float32 or float64, shape (n_samples, n_classes)
        Probabilities or logits.
    kind : {'probabilities', 'logits'}
        What they are.

    Returns
    -------
    ndarray of float32 or float64, shape (n_samples, n_classes)
        Probabilities, as `classlift apply` writes them.
    """
    array = np.asarray(scores)
    array = array.astype(np.float32) if array.dtype == np.float16 else array
    return layer.apply(Predictions(array, Kind(kind))).probabilities()

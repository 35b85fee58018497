"""Keras 3: an importable layer with its weights in safetensors."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from classlift.errors import MissingExtraError
from classlift.exports.base import Export, Running
from classlift.exports.module_files import load_module, write_module

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from classlift.exports.base import Request
    from classlift.exports.result import Exported

__all__ = ["EXPORT"]

MANY = 30
"""Up to this many classes, float32 was within 1e-6 in every layer that was tried."""

IN_FLOAT32 = "Keras computes in float32: with a full matrix of logarithms values may differ by about 3e-6"


def _write(request: Request) -> Exported:
    wide = request.layer.needs_float64 and request.layer.n_classes > MANY
    return write_module(request, "keras", (IN_FLOAT32,) if wide else ())


def _load(request: Request) -> Running:
    try:
        from keras import ops  # noqa: PLC0415  (an extra)

        layer = load_module(request.out)
    except ImportError:
        raise MissingExtraError("--check", "keras, or the backend that it is set to,", extra="keras") from None

    def run(rows: NDArray[np.floating]) -> tuple[NDArray[np.floating], NDArray[np.integer]]:
        values, predicted = layer.lift(ops.convert_to_tensor(np.array(rows, np.float32)))
        return ops.convert_to_numpy(values), ops.convert_to_numpy(predicted)

    return Running(run, np.dtype(np.float32), request.own_kind)


EXPORT = Export(".py", _write, _load)

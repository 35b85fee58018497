"""PyTorch: an importable module with its weights in safetensors."""

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


def _write(request: Request) -> Exported:
    return write_module(request, "torch")


def _load(request: Request) -> Running:
    try:
        import torch  # noqa: PLC0415  (an extra)

        layer = load_module(request.out)
    except ImportError:
        raise MissingExtraError("--check", "torch", extra="torch") from None

    def run(rows: NDArray[np.floating]) -> tuple[NDArray[np.floating], NDArray[np.integer]]:
        with torch.no_grad():
            values, predicted = layer.lift(torch.from_numpy(np.array(rows)))
        return values.numpy(), predicted.numpy()

    return Running(run, np.dtype(np.float64), request.own_kind)


EXPORT = Export(".py", _write, _load)

"""ONNX: a layer of its own, appended to a host, or worked into the host's last linear node."""

from __future__ import annotations

from typing import TYPE_CHECKING

from classlift.export.base import Export
from classlift.export.onnx.alone import write_alone
from classlift.export.onnx.graphs import require_onnx
from classlift.export.onnx.running import running_alone

if TYPE_CHECKING:
    from classlift.export.base import Request, Running
    from classlift.exported import Exported

__all__ = ["EXPORT"]


def _write(request: Request) -> Exported:
    require_onnx()
    return write_alone(request)


def _load(request: Request) -> Running:
    require_onnx()
    return running_alone(request)


EXPORT = Export(".onnx", _write, _load, takes_host=True)

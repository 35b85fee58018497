"""ONNX: a layer of its own, appended to a host, or worked into the host's last linear node."""

from __future__ import annotations

from typing import TYPE_CHECKING

from classlift.exports.base import Export
from classlift.exports.onnx.attach import free_prefix, write_attached
from classlift.exports.onnx.attach_point import find_joint
from classlift.exports.onnx.fold import write_folded
from classlift.exports.onnx.graphs import host_errors, load_model, require_onnx
from classlift.exports.onnx.running import running_alone, running_part
from classlift.exports.onnx.standalone import write_alone
from classlift.exports.onnx.whole_model import check_whole

if TYPE_CHECKING:
    from classlift.exports.base import Request, Running
    from classlift.exports.result import Exported

__all__ = ["EXPORT"]


def _write(request: Request) -> Exported:
    require_onnx()
    if request.host is None:
        return write_alone(request)
    with host_errors(request.host.path):
        return write_folded(request) if request.host.fold else write_attached(request)


def _load(request: Request) -> Running:
    if request.host is None:
        return running_alone(request)
    host = load_model(request.host.path)
    return running_part(request, find_joint(host, request), free_prefix(host))


EXPORT = Export(".onnx", _write, _load, check_whole)

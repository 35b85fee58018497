"""A layer in the form of other worlds: EXPORTS maps a name to its target."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from classlift.agreement import agreement
from classlift.errors import ClassliftError
from classlift.export import onnx
from classlift.export.base import Export, HostRequest, Request
from classlift.storage.files import check_target

if TYPE_CHECKING:
    from classlift.exported import Exported
    from classlift.sources import PredictionSource

__all__ = ["EXPORTS", "Export", "HostRequest", "Request", "export_layer"]

EXPORTS: dict[str, Export] = {"onnx": onnx.EXPORT}


def export_layer(target: str, request: Request, rows: PredictionSource | None = None) -> Exported:
    """Write a layer for another world and, where rows are given, check it in its own runtime.

    Parameters
    ----------
    target : str
        A name in EXPORTS.
    request : Request
        What to export.
    rows : PredictionSource, optional
        Rows to check on.

    Returns
    -------
    Exported

    Raises
    ------
    ClassliftError
        If the host does not fit, a package is missing, or a file cannot be written.
    """
    export = EXPORTS[target]
    if request.out.suffix.lower() != export.suffix:
        raise ClassliftError(str(request.out), f"is no name for --to {target}", fix=f"end it with {export.suffix}.")
    if not export.takes_host and (request.host or request.opset or request.dtype):
        raise ClassliftError(
            f"--to {target}",
            "takes no --attach, --opset or --dtype",
            fix="leave these options out; they belong to --to onnx.",
        )
    check_target(request.out)
    result = export.write(request)
    if rows is None:
        return result
    running = export.load(request)
    request.layer.check_fits(rows.name, rows.kind, rows.n_classes, rows.classes)
    if rows.kind is not running.kind:
        raise ClassliftError(
            rows.name,
            f"holds {rows.kind}, what was exported takes {running.kind}",
            fix=f"check on {running.kind}, or export with --{rows.kind}.",
        )
    found = agreement(rows, request.layer, request.output, running.run, running.dtype)
    return replace(result, agreement=found)

"""A layer in the form of other worlds: EXPORTS maps a name to its target."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from classlift.data.class_order import in_order_of
from classlift.data.source import require_raw
from classlift.errors import ClassliftError
from classlift.exports import keras, onnx, torch
from classlift.exports.base import Export, HostRequest, Request
from classlift.exports.check import agreement
from classlift.storage.atomic import check_here, check_target

if TYPE_CHECKING:
    from pathlib import Path

    from classlift.data.kind import Kind
    from classlift.data.source import PredictionSource
    from classlift.exports.result import Exported

__all__ = ["EXPORTS", "Export", "HostRequest", "Request", "export_layer"]

EXPORTS: dict[str, Export] = {"onnx": onnx.EXPORT, "torch": torch.EXPORT, "keras": keras.EXPORT}


def export_layer(
    target: str, request: Request, rows: PredictionSource | None = None, inputs: Path | None = None
) -> Exported:
    """Write a layer for another world and, where rows are given, check it in its own runtime.

    Parameters
    ----------
    target : str
        A name in EXPORTS.
    request : Request
        What to export.
    rows : PredictionSource, optional
        Rows to check the layer on.
    inputs : Path, optional
        Inputs of the host to check the whole model on: an npz file with an array for each, by name.

    Returns
    -------
    Exported

    Raises
    ------
    ClassliftError
        If the host does not fit, a package is missing, or a file cannot be written.
    """
    export = EXPORTS[target]
    layer = request.layer
    rows = rows and in_order_of(rows, layer.classes, layer.n_classes, "the layer")
    _check(target, export, request, rows)
    result = export.write(request)
    found = None
    if rows is not None:
        running = export.load(request)
        _check_kind(rows, running.kind)
        found = agreement(rows, request.layer, request.output, running.run, running.dtype)
    if inputs is not None and export.check_whole is not None:
        whole = export.check_whole(request, inputs)
        found = whole if found is None else found + whole
    return replace(result, agreement=found)


def _check(target: str, export: Export, request: Request, rows: PredictionSource | None) -> None:
    """Refuse what cannot be, before any file is written."""
    out, host = request.out, request.host
    if out.suffix.lower() != export.suffix:
        raise ClassliftError(str(out), f"is not a file name for --to {target}", fix=f"end it with {export.suffix}.")
    if export.check_whole is None and (host or request.opset or request.dtype):
        raise ClassliftError(
            f"--to {target}",
            "takes no --attach, --opset or --dtype",
            fix="leave these options out; they belong to --to onnx.",
        )
    if host is not None and host.path.resolve() == out.resolve():
        raise ClassliftError(str(out), "is the host itself", fix="choose another file for -o.")
    if host is not None and host.fold and rows is not None:
        raise ClassliftError(
            "--check",
            "a folded layer has no nodes of its own that rows could be put into",
            fix="check the whole model with --check-inputs, on inputs of the host.",
        )
    if rows is not None:
        require_raw(rows)
        request.layer.check_fits(rows.name, rows.kind, rows.n_classes, rows.classes)
    check_here(out)
    check_target(out)


def _check_kind(rows: PredictionSource, kind: Kind) -> None:
    if rows.kind is not kind:
        raise ClassliftError(
            rows.name,
            f"holds {rows.kind}, what was exported takes {kind}",
            fix=f"check on {kind}, or export with --{rows.kind}.",
        )

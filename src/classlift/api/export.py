"""Write a layer for other runtimes."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from classlift.api.arguments import check_arguments, check_word, the_layer
from classlift.api.where import DEFAULT_READING, opened
from classlift.data.kind import Kind
from classlift.errors import ClassliftError
from classlift.exports import EXPORTS, HostRequest, Request, export_layer
from classlift.layer.apply import Output
from classlift.storage import ReadOptions

if TYPE_CHECKING:
    from classlift.api.arguments import LayerLike
    from classlift.api.progress import Progress
    from classlift.api.where import Where
    from classlift.exports.result import Exported

    Path_ = str | os.PathLike[str]

DTYPES = ("float16", "float32", "float64")


def export(
    layer: LayerLike,
    out: Path_,
    *,
    to: str,
    output: str = "probs",
    logits: bool | None = None,
    opset: int | None = None,
    dtype: str | None = None,
    attach: Path_ | None = None,
    host_output: str | None = None,
    keep_output: bool = False,
    fold: bool = False,
    check: Where | None = None,
    check_inputs: Path_ | None = None,
    reading: ReadOptions = DEFAULT_READING,
    progress: Progress | None = None,
) -> Exported:
    """Write a layer in a form that other runtimes run; see `classlift export`.

    Parameters
    ----------
    layer : OutputLayer or path
        What to export.
    out : path
        File to write: .onnx for ONNX, .py for PyTorch and Keras.
    to : {'onnx', 'torch', 'keras'}
        What to make of it.
    output : {'probs', 'scores'}
        What it gives besides the predicted class.
    logits : bool, optional
        Whether it takes logits; False: probabilities. Without it what the layer was fitted on, or what the host gives.
    opset : int, optional
        Operator version of ONNX.
    dtype : {'float16', 'float32', 'float64'}, optional
        Type of the input of ONNX.
    attach : path, optional
        ONNX model that the layer is appended to.
    host_output : str, optional
        Tensor of that model with its probabilities or logits.
    keep_output : bool
        Whether that output stays beside the new ones.
    fold : bool
        Whether to work the layer into the model's last linear node instead.
    check : path, mapping of arrays, or frame, optional
        Rows to run what was written on, in its own runtime, and compare with `apply`.
    check_inputs : path, optional
        Inputs of the model (.npz) to run it and what was written on, and compare.
    reading : ReadOptions
        How to read `check`, where it is ambiguous.
    progress : callable, optional
        Takes what is being done and gives a context whose value is called with the share that is done.

    Returns
    -------
    Exported
        ``.files`` are what was written; ``.agreement`` what the check found.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> from classlift.layer.layer import OutputLayer
    >>> out = pathlib.Path(tempfile.mkdtemp()) / "lifted.py"
    >>> export(OutputLayer((), 2), out, to="torch").target
    'torch'
    """
    check_arguments(
        out=out, opset=opset, keep_output=keep_output, fold=fold, host_output=host_output, reading=reading,
    )  # fmt: skip
    check_arguments(logits=logits, progress=progress)
    check_word("to", to, EXPORTS)
    check_word("output", output, (str(Output.PROBS), str(Output.SCORES)))
    if dtype is not None:
        check_word("dtype", dtype, DTYPES)
    if attach is None and (host_output or keep_output or fold or check_inputs):
        needing = "--host-output, --keep-output, --fold and --check-inputs"
        raise ClassliftError("export", f"{needing} need --attach MODEL", fix="give the model, or leave them out.")
    request = Request(
        name=os.fspath(layer) if isinstance(layer, str | os.PathLike) else "the layer",
        layer=the_layer(layer),
        out=Path(out),
        kind=reading.kind if logits is None else Kind.LOGITS if logits else Kind.PROBABILITIES,
        output=Output(output),
        opset=opset,
        dtype=dtype,
        host=None if attach is None else HostRequest(Path(attach), host_output, keep_output, fold),
    )
    rows = None if check is None else opened(check, reading, logits=logits, progress=progress)
    return export_layer(to, request, rows, None if check_inputs is None else Path(check_inputs))

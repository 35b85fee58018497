"""`classlift export`."""

from __future__ import annotations

from pathlib import Path

import click

from classlift.cli.options import Outputs, output_options, read_options
from classlift.cli.progress import tracked
from classlift.cli.status import Status
from classlift.documents.exported import export_document
from classlift.export import EXPORTS, Request, export_layer
from classlift.lifting import Output
from classlift.storage import ReadOptions, open_predictions
from classlift.storage.layers import load_layer
from classlift.tables.exported import export_tables


@click.command("export")
@click.argument("layer")
@click.option("--to", "target", type=click.Choice(list(EXPORTS)), required=True, help="What to make of it.")
@click.option("-o", "--out", required=True, metavar="OUT", type=click.Path(path_type=Path), help="File to write.")
@click.option(
    "--output",
    type=click.Choice([str(Output.PROBS), str(Output.SCORES)]),
    default=str(Output.PROBS),
    show_default=True,
    help="What it gives besides the predicted class.",
)
@click.option("--opset", type=int, metavar="NUMBER", help="onnx: operator version.  [default: 17, or the host's]")
@click.option(
    "--dtype",
    type=click.Choice(["float16", "float32", "float64"]),
    help="onnx: type of the input.  [default: float32, or the host's]",
)
@click.option(
    "--check",
    metavar="PREDICTIONS",
    help="Run what was written on these rows, in its own runtime, and compare with apply; status 1 if they differ.",
)
@read_options
@output_options
def command(
    layer: str,
    target: str,
    out: Path,
    output: str,
    opset: int | None,
    dtype: str | None,
    check: str | None,
    reading: ReadOptions,
    outputs: Outputs,
) -> int:
    """Write LAYER in a form that other runtimes run: ONNX, PyTorch or Keras."""
    request = Request(
        name=layer,
        layer=load_layer(layer),
        out=out,
        kind=reading.kind,
        output=Output(output),
        opset=opset,
        dtype=dtype,
    )
    rows = None if check is None else tracked(open_predictions(check, reading), quiet=outputs.quiet)
    result = export_layer(target, request, rows)
    outputs.emit(lambda top: export_tables(result), export_document(result))
    return Status.DONE if result.agreement is None or result.agreement.holds else Status.GATE_FAILED

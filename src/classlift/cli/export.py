"""`classlift export`."""

from __future__ import annotations

from pathlib import Path

import click

from classlift.api.export import DTYPES, export
from classlift.cli.command import Command
from classlift.cli.numbers import OPSET
from classlift.cli.options import Outputs, output_options, read_options
from classlift.cli.status import Status
from classlift.exports import EXPORTS
from classlift.exports.document import export_document
from classlift.exports.onnx.graph_builder import DEFAULT_OPSET
from classlift.exports.table import export_tables
from classlift.layer.apply import Output
from classlift.storage import ReadOptions


@click.command("export", cls=Command, example="classlift export layer.npz --to torch -o lifted.py")
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
@click.option(
    "--opset", type=OPSET, metavar="NUMBER", help=f"onnx: operator version.  [default: {DEFAULT_OPSET}, or the host's]"
)
@click.option(
    "--dtype",
    type=click.Choice(DTYPES),
    help="onnx: type of the input.  [default: float32, or the host's]",
)
@click.option("--attach", metavar="MODEL", type=click.Path(path_type=Path), help="onnx: append it to this model.")
@click.option(
    "--host-output",
    metavar="NAME",
    help="Tensor of MODEL with its probabilities or logits.  [default: the only output that fits]",
)
@click.option("--keep-output", is_flag=True, help="Keep that output beside the new ones.")
@click.option("--fold", is_flag=True, help="Work it into the last linear node of MODEL instead; no node is added.")
@click.option(
    "--check-inputs",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="Run MODEL and what was written on inputs of MODEL (.npz, arrays by their names), and compare.",
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
    attach: Path | None,
    host_output: str | None,
    keep_output: bool,
    fold: bool,
    check_inputs: Path | None,
    check: str | None,
    reading: ReadOptions,
    outputs: Outputs,
) -> int:
    """Write LAYER in a form that other runtimes run: ONNX, PyTorch or Keras."""
    result = export(
        layer, out, to=target, output=output, opset=opset, dtype=dtype, attach=attach, host_output=host_output,
        keep_output=keep_output, fold=fold, check=check, check_inputs=check_inputs, reading=reading,
        progress=outputs.progress,
    )  # fmt: skip
    outputs.emit(lambda top: export_tables(result), export_document(result))
    return Status.DONE if result.agreement is None or result.agreement.holds else Status.GATE_FAILED

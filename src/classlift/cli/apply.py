"""`classlift apply`."""

from __future__ import annotations

import click

from classlift.api.apply import apply
from classlift.cli.command import Command
from classlift.cli.engine import Place, engine_options
from classlift.cli.options import Outputs, output_options, read_options
from classlift.layer.apply import Output
from classlift.output.documents import apply_document
from classlift.output.tables import apply_tables
from classlift.output.verdict import applied
from classlift.storage import ReadOptions


@click.command("apply", cls=Command, example="classlift apply layer.npz unlabelled.csv -o out.csv")
@click.argument("layer")
@click.argument("new")
@click.option(
    "-o",
    "--out",
    required=True,
    metavar="OUT",
    help="File to write: .npz, .parquet, .csv, .tsv, .safetensors (text also .gz); - for csv on standard output.",
)
@click.option(
    "--output",
    type=click.Choice([str(output) for output in Output]),
    default=str(Output.PROBS),
    show_default=True,
    help="What to write of each row besides the predicted class.",
)
@read_options
@output_options
@engine_options
def command(layer: str, new: str, out: str, output: str, reading: ReadOptions, outputs: Outputs, place: Place) -> None:
    """Apply LAYER to the predictions NEW, row by row in their order; with --engine, OUT becomes a folder of parts."""
    result = apply(layer, new, out, output=output, **place._asdict(), reading=reading, progress=outputs.progress)
    shown = outputs.silenced() if out == "-" else outputs
    shown.emit(lambda top: apply_tables(result, top=top), apply_document(result), applied(result).followed_by("", out))

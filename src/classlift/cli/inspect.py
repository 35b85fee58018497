"""`classlift inspect`."""

from __future__ import annotations

import click

from classlift.api.inspect import inspect
from classlift.cli.command import Command
from classlift.cli.options import Outputs, output_options, read_options
from classlift.fitting.partials.partial import Partials
from classlift.layer.layer import OutputLayer
from classlift.output.documents.files import inspection_document, stored_layer_document
from classlift.output.documents.partials import partials_document
from classlift.output.tables.inspection import inspection_tables
from classlift.output.tables.layer import stored_layer_tables
from classlift.output.tables.partials import partials_tables
from classlift.storage import ReadOptions


@click.command("inspect", cls=Command, example="classlift inspect val.npz")
@click.argument("file")
@read_options
@output_options
def command(file: str, reading: ReadOptions, outputs: Outputs) -> None:
    """Show what FILE holds, predictions, a layer or sums, and what may go wrong with it."""
    result = inspect(file, reading=reading, progress=outputs.progress)
    if isinstance(result, Partials):
        outputs.emit(lambda top: partials_tables(file, result), partials_document(file, result))
    elif isinstance(result, OutputLayer):
        outputs.emit(lambda top: stored_layer_tables(file, result, top=top), stored_layer_document(file, result))
    else:
        outputs.emit(lambda top: inspection_tables(result, top=top), inspection_document(result))

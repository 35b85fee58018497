"""`classlift inspect`."""

from __future__ import annotations

import click

from classlift.cli.command import Command
from classlift.cli.options import Outputs, output_options, read_options
from classlift.cli.progress import tracked
from classlift.fitting.inspection import inspect
from classlift.output.documents import inspection_document, stored_layer_document
from classlift.output.documents.partials import partials_document
from classlift.output.tables import inspection_tables, stored_layer_tables
from classlift.output.tables.partials import partials_tables
from classlift.storage import ReadOptions, open_predictions
from classlift.storage.own.layers import is_layer_file, load_layer
from classlift.storage.own.partials import is_partials_file, load_partials


@click.command("inspect", cls=Command, example="classlift inspect val.npz")
@click.argument("file")
@read_options
@output_options
def command(file: str, reading: ReadOptions, outputs: Outputs) -> None:
    """Show what FILE holds, predictions, a layer or sums, and what may go wrong with it."""
    if is_partials_file(file):
        sums = load_partials(file)
        outputs.emit(lambda top: partials_tables(file, sums), partials_document(file, sums))
        return
    if is_layer_file(file):
        layer = load_layer(file)
        outputs.emit(lambda top: stored_layer_tables(file, layer, top=top), stored_layer_document(file, layer))
        return
    result = inspect(tracked(open_predictions(file, reading), quiet=outputs.quiet))
    outputs.emit(lambda top: inspection_tables(result, top=top), inspection_document(result))

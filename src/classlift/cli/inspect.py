"""`classlift inspect`."""

from __future__ import annotations

import click

from classlift.cli.options import Outputs, output_options, read_options
from classlift.cli.progress import tracked
from classlift.documents import inspection_document, stored_layer_document
from classlift.documents.sums import sums_document
from classlift.inspection import inspect
from classlift.storage import ReadOptions, open_predictions
from classlift.storage.layers import is_layer_file, load_layer
from classlift.storage.sums import is_sums_file, load_sums
from classlift.tables import inspection_tables, stored_layer_tables
from classlift.tables.sums import sums_tables


@click.command("inspect")
@click.argument("file")
@read_options
@output_options
def command(file: str, reading: ReadOptions, outputs: Outputs) -> None:
    """Show what FILE holds, predictions, a layer or sums, and what may go wrong with it."""
    if is_sums_file(file):
        sums = load_sums(file)
        outputs.emit(lambda top: sums_tables(file, sums), sums_document(file, sums))
        return
    if is_layer_file(file):
        layer = load_layer(file)
        outputs.emit(lambda top: stored_layer_tables(file, layer, top=top), stored_layer_document(file, layer))
        return
    result = inspect(tracked(open_predictions(file, reading), quiet=outputs.quiet))
    outputs.emit(lambda top: inspection_tables(result, top=top), inspection_document(result))

"""`classlift merge`."""

from __future__ import annotations

import click

from classlift.cli.command import Command
from classlift.cli.options import Outputs, output_options
from classlift.fitting.partials import merge_partials
from classlift.output.documents.partials import partials_document
from classlift.output.tables.partials import partials_tables
from classlift.storage.own.partials import check_partials_path, load_partials, save_partials


@click.command("merge", cls=Command, example="classlift merge counts.npz -o merged.npz")
@click.argument("sums", nargs=-1, required=True)
@click.option("-o", "--out", required=True, metavar="PARTIALS", help="File of sums to write: .npz.")
@output_options
def command(sums: tuple[str, ...], out: str, outputs: Outputs) -> None:
    """Add the PARTIALS of shards, in any order; what does not belong together, or would count twice, is refused."""
    check_partials_path(out)
    result = merge_partials([(name, load_partials(name)) for name in sums])
    save_partials(result, out)
    outputs.emit(lambda top: partials_tables(out, result), partials_document(out, result))

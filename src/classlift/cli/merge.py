"""`classlift merge`."""

from __future__ import annotations

import click

from classlift.api.merge import merge
from classlift.cli.command import Command
from classlift.cli.options import Outputs, output_options
from classlift.output.documents.partials import partials_document
from classlift.output.tables.partials import partials_tables


@click.command("merge", cls=Command, example="classlift merge counts.npz -o merged.npz")
@click.argument("sums", nargs=-1, required=True)
@click.option("-o", "--out", required=True, metavar="PARTIALS", help="File of sums to write: .npz.")
@output_options
def command(sums: tuple[str, ...], out: str, outputs: Outputs) -> None:
    """Add the PARTIALS of shards, in any order; what does not belong together, or would count twice, is refused."""
    result = merge(*sums, out=out)
    outputs.emit(lambda top: partials_tables(out, result), partials_document(out, result))

"""`classlift merge`."""

from __future__ import annotations

import click

from classlift.cli.options import Outputs, output_options
from classlift.fitting.partials import merge_sums
from classlift.output.documents.sums import sums_document
from classlift.output.tables.sums import sums_tables
from classlift.storage.own.partials import check_sums_path, load_sums, save_sums


@click.command("merge")
@click.argument("sums", nargs=-1, required=True)
@click.option("-o", "--out", required=True, metavar="SUMS", help="File of sums to write: .npz.")
@output_options
def command(sums: tuple[str, ...], out: str, outputs: Outputs) -> None:
    """Add the SUMS of shards, in any order; what does not belong together, or would count twice, is refused."""
    check_sums_path(out)
    result = merge_sums([(name, load_sums(name)) for name in sums])
    save_sums(result, out)
    outputs.emit(lambda top: sums_tables(out, result), sums_document(out, result))

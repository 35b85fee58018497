"""`classlift partials`."""

from __future__ import annotations

from typing import Any

import click

from classlift.api.partials import partials
from classlift.cli.command import Command
from classlift.cli.fit import setting_options
from classlift.cli.options import Outputs, output_options, read_options
from classlift.data.reading import reading_of
from classlift.methods import METHODS
from classlift.output.documents.partials import partials_document
from classlift.output.tables.partials import partials_tables
from classlift.storage import ReadOptions, open_predictions

ADDITIVE = {name: method for name, method in METHODS.items() if method.additive}
AT_SOLVE = {name for method in ADDITIVE.values() if method.additive for name in method.additive.at_solve}


@click.command("partials", cls=Command, example="classlift partials val.npz -o counts.npz")
@click.argument("shard")
@click.option("-o", "--out", required=True, metavar="PARTIALS", help="File of sums to write: .npz.")
@click.option("--counts", metavar="PARTIALS", help="Merged counts of all shards: sum moments under them.")
@click.option("--method", type=click.Choice(list(ADDITIVE)), help="Method to sum for.  [with --counts: elaborated]")
@read_options
@output_options
def command(
    shard: str,
    out: str,
    counts: str | None,
    method: str | None,
    reading: ReadOptions,
    outputs: Outputs,
    **numbers: Any,  # noqa: ANN401  (one option per setting of the methods)
) -> None:
    """Sum what a fit needs of the rows of one SHARD.

    First sum the counts of every shard and merge them; then, with --counts, sum the moments of every shard.
    Methods whose weights need no counts (naive; elaborated with --beta 0) are summed in one step with --method.
    """
    given = {name: value for name, value in numbers.items() if value is not None}
    source = open_predictions(shard, reading)
    result = partials(source, out=out, counts=counts, method=method, settings=given, progress=outputs.progress)
    outputs.emit(
        lambda top: partials_tables(source.name, result), partials_document(source.name, result, reading_of(source))
    )


setting_options(command, ADDITIVE, leave_out=AT_SOLVE)

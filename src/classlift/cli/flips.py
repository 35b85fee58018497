"""`classlift flips`."""

from __future__ import annotations

import click

from classlift.api.flips import flips
from classlift.cli.command import Command
from classlift.cli.numbers import COUNT
from classlift.cli.options import Outputs, output_options, read_options
from classlift.errors import ClassliftError
from classlift.evaluation.flips import FlipKind, FlipOrder
from classlift.output.documents.flips import flip_document
from classlift.output.tables.flips import flip_tables
from classlift.storage import ReadOptions

SHOWN = 100


@click.command("flips", cls=Command, example="classlift flips test.npz --layer layer.npz --kind broken --limit 5")
@click.argument("file")
@click.option("--layer", metavar="LAYER", help="Compare FILE raw with FILE adjusted by this layer.")
@click.option("--against", metavar="RAW", help="Compare RAW with FILE, two results on the same rows.")
@click.option(
    "--kind",
    "wanted",
    type=click.Choice([str(kind) for kind in FlipKind]),
    default=str(FlipKind.BOTH),
    show_default=True,
    help="Rows that became right, became wrong, either, or got another class of any kind.",
)
@click.option(
    "--sort",
    type=click.Choice([str(order) for order in FlipOrder]),
    default=str(FlipOrder.MOVE),
    show_default=True,
    help="Largest move of a probability first, or in the order of the rows.",
)
@click.option("--limit", type=COUNT, help=f"At most this many rows; 0: all.  [default: {SHOWN}, with --out all]")
@click.option(
    "-o",
    "--out",
    metavar="OUT",
    help="Write the rows there: .csv, .tsv, .parquet, .npz; - for csv on standard output.",
)
@read_options
@output_options
def command(
    file: str,
    layer: str | None,
    against: str | None,
    wanted: str,
    sort: str,
    limit: int | None,
    out: str | None,
    reading: ReadOptions,
    outputs: Outputs,
) -> None:
    """Show the rows of FILE that a layer, or another result, fixed and broke, with their probabilities."""
    if out is not None and "csv" in outputs.files:
        raise ClassliftError("--csv", "would hold the rows, and -o OUT gets them", fix="leave one of the two out.")
    most = (SHOWN if out is None else 0) if limit is None else limit
    result = flips(
        file, layer=layer, against=against, kind=wanted, sort=sort, limit=most or None, out=out, reading=reading,
        progress=outputs.progress,
    )  # fmt: skip
    shown = outputs.silenced() if out == "-" else outputs
    shown.emit(lambda top: flip_tables(result, top=top), flip_document(result))

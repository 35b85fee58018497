"""`classlift flips`."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import click

from classlift.cli.command import Command
from classlift.cli.numbers import COUNT
from classlift.cli.options import Outputs, output_options, read_options
from classlift.cli.progress import tracked
from classlift.data.order import in_order_of
from classlift.data.reading import reading_of
from classlift.errors import ClassliftError
from classlift.evaluation.flips import FlipKind, FlipOrder, find_flips
from classlift.evaluation.order import OrderCheck
from classlift.evaluation.pairs import layer_pairs, source_pairs
from classlift.output.documents.flips import flip_document
from classlift.output.tables.flips import flip_tables
from classlift.storage import ReadOptions, open_predictions, open_writer
from classlift.storage.own.layers import load_layer

if TYPE_CHECKING:
    from collections.abc import Callable

    from classlift.data.source import PredictionSource
    from classlift.evaluation.flips import Columns, FlipCounts

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
    if (layer is None) == (against is None):
        raise ClassliftError("flips", "compares two results", fix="give one of --layer LAYER and --against RAW.")
    source = tracked(open_predictions(file, reading), quiet=outputs.quiet)
    fitted = None if layer is None else load_layer(layer)
    if fitted is not None:
        first = source = in_order_of(source, fitted.classes, fitted.n_classes, "the layer")
    else:
        first = open_predictions(str(against), reading)
        source = in_order_of(source, first.classes, first.n_classes, first.name)
    most = (SHOWN if out is None else 0) if limit is None else limit

    def find(write: Callable[[Columns], None]) -> FlipCounts:
        pairs = layer_pairs(source, fitted) if fitted else source_pairs(first, source, id=reading.id, order=order_of)
        names = first.classes or (fitted.classes if fitted else None)
        return find_flips(pairs, names, write, kind=FlipKind(wanted), order=FlipOrder(sort), limit=most or None)

    kept: list[Columns] = []
    order_of = OrderCheck()
    counts = find(kept.append) if out is None else _write(out, first, find)
    counts = replace(counts, notes=(*source.notes, *order_of.notes))
    name = f"{source.name} against {first.name}" if against is not None else f"{source.name} adjusted by {layer}"
    shown = outputs.silenced() if out == "-" else outputs
    shown.emit(
        lambda top: flip_tables(name, counts, kept, top=top), flip_document(name, counts, kept, reading_of(source))
    )


def _write(out: str, source: PredictionSource, find: Callable[[Callable[[Columns], None]], FlipCounts]) -> FlipCounts:
    """Write the rows block by block."""
    with open_writer(out, classes=None, n_classes=source.n_classes, score_name=None) as writer:
        return find(writer.write)

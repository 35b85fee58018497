"""`classlift weights`."""

from __future__ import annotations

import click

from classlift.api.weights import weights
from classlift.cli.command import Command
from classlift.cli.lists import NumberList
from classlift.cli.numbers import SHARE, STRENGTH
from classlift.cli.options import Outputs, output_options, read_options
from classlift.fitting.class_weights import BETA, SCHEMES
from classlift.output.documents.weights import weight_document
from classlift.output.tables.weights import weight_tables
from classlift.storage import ReadOptions

_DEFAULTS = ", ".join(f"{scheme}: {beta:g}" for scheme, beta in BETA.items())


@click.command("weights", cls=Command, example="classlift weights val.npz --scheme accuracy")
@click.argument("val")
@click.option("--scheme", type=click.Choice(list(SCHEMES)), default="balanced", show_default=True)
@click.option("--beta", type=STRENGTH, metavar="NUMBER", help=f"How strong the weights are.  [default: {_DEFAULTS}]")
@click.option(
    "--accuracy-floor",
    type=SHARE,
    default=0.1,
    show_default=True,
    help="accuracy: lowest recall that is believed.",
)
@click.option(
    "--counts",
    type=NumberList(),
    metavar="NUMBERS|FILE",
    help="Rows of each class in the training set.  [default: the rows of VAL]",
)
@read_options
@output_options
def command(
    val: str,
    scheme: str,
    beta: float | None,
    accuracy_floor: float,
    counts: tuple[float, ...] | None,
    reading: ReadOptions,
    outputs: Outputs,
) -> None:
    """Give class weights for the loss of the next training run, from the labelled predictions VAL; mean 1."""
    result = weights(
        val, scheme=scheme, beta=beta, accuracy_floor=accuracy_floor, counts=counts, reading=reading,
        progress=outputs.progress,
    )  # fmt: skip
    outputs.emit(lambda top: weight_tables(result, top=top), weight_document(result))

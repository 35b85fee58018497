"""`classlift apply`."""

from __future__ import annotations

import click

from classlift.api.apply import apply
from classlift.cli.command import Command
from classlift.cli.engine import Place, engine_options
from classlift.cli.lists import SharesOrEstimate
from classlift.cli.numbers import SHARE_ABOVE_0
from classlift.cli.options import Outputs, output_options, predictions_out, read_options
from classlift.data.shares import Shares
from classlift.errors import ClassliftError
from classlift.layer.apply import ApplySummary, Output
from classlift.output.documents.files import apply_document
from classlift.output.tables.layer import apply_tables
from classlift.output.verdict.applied import applied
from classlift.storage import ReadOptions
from classlift.storage.own.numbers import check_numbers_path, write_named_numbers


@click.command("apply", cls=Command, example="classlift apply layer.npz unlabelled.csv -o out.csv")
@click.argument("layer")
@click.argument("new")
@predictions_out
@click.option(
    "--output",
    type=click.Choice([str(output) for output in Output]),
    default=str(Output.PROBS),
    show_default=True,
    help="What to write of each row besides the predicted class.",
)
@click.option(
    "--shares",
    type=SharesOrEstimate(),
    metavar="FILE|CLASS=SHARE,…|estimate",
    help="Class shares of NEW, where they are not those of the validation file; `estimate` finds them in NEW, which "
    "is read twice.",
)
@click.option(
    "--abstain-below",
    type=SHARE_ABOVE_0,
    metavar="SHARE",
    help="Write no predicted class (-1, an empty name) where the largest probability after the layer is lower.",
)
@click.option("--shares-out", metavar="FILE", help="Write the class shares there: .json, .csv or .tsv.")
@read_options
@output_options
@engine_options
def command(
    layer: str,
    new: str,
    out: str,
    output: str,
    shares: Shares | str | None,
    abstain_below: float | None,
    shares_out: str | None,
    reading: ReadOptions,
    outputs: Outputs,
    place: Place,
) -> None:
    """Apply LAYER to the predictions NEW, row by row in their order; with --engine, OUT becomes a folder of parts."""
    if shares_out is not None:
        check_numbers_path(shares_out)
        if shares is None:
            raise ClassliftError("--shares-out", "was given without --shares", fix="add --shares estimate.")
    result = apply(
        layer, new, out, output=output, shares=shares, abstain_below=abstain_below, **place._asdict(),
        reading=reading, progress=outputs.progress,
    )  # fmt: skip
    if shares_out is not None:
        write_shares(shares_out, result)
    shown = outputs.silenced() if out == "-" else outputs
    shown.emit(lambda top: apply_tables(result, top=top), apply_document(result), applied(result).followed_by("", out))


def write_shares(path: str, result: ApplySummary) -> None:
    """Write the class shares that rows were shifted to, with their intervals where they were estimated."""
    shift = result.shift
    assert shift is not None
    columns = {"share": shift.new.tolist()}
    if shift.low is not None and shift.high is not None:
        columns |= {"low": shift.low.tolist(), "high": shift.high.tolist()}
    write_named_numbers(path, "class", result.classes, columns)

"""`classlift blend`."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

import click

from classlift.api.blend import blend
from classlift.cli.command import LAYER, Command
from classlift.cli.lists import NumberList
from classlift.cli.options import Outputs, output_options, predictions_out, read_options
from classlift.output.documents.blend import blend_document
from classlift.output.tables.blend import blend_tables
from classlift.output.verdict.results import blended as told
from classlift.storage import ReadOptions

if TYPE_CHECKING:
    from collections.abc import Sequence


@click.command("blend", cls=Command, example="classlift blend test.npz test.parquet -o blend.npz")
@click.argument("blended", nargs=-1, required=True, metavar="FILE...")
@predictions_out
@click.option(
    "--weights",
    type=NumberList(),
    metavar="NUMBERS|FILE",
    help="One number for each input, such as 2,1,1.  [default: equal weights]",
)
@click.option(
    "--fit-weights",
    is_flag=True,
    help="Fit the weights on the labels; equal ones are kept unless these are better beyond noise out of fold.",
)
@read_options
@output_options
def command(
    blended: Sequence[str],
    out: str,
    weights: tuple[float, ...] | None,
    fit_weights: bool,
    reading: ReadOptions,
    outputs: Outputs,
) -> None:
    """Blend models, checkpoints or views of the same rows into one file, by the mean of their log-probabilities.

    Rows pair by ids where the files have them, else by their order; classes by name. An array of shape (n_samples,
    views, n_classes) is as many inputs as it has views.
    """
    result = blend(
        *blended, out=out, weights=weights, fit_weights=fit_weights, reading=reading, progress=outputs.progress
    )
    shown = outputs.silenced() if out == "-" else outputs
    tune = shlex.join(["classlift", "tune", out, "-o", LAYER]) if result.has_labels else ""
    shown.emit(lambda _: blend_tables(result), blend_document(result), told(result).followed_by(tune, out))

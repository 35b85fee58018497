"""`classlift demo`."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

import click

from classlift.cli.options import Outputs, output_options
from classlift.documents import comparison_document
from classlift.errors import ClassliftError
from classlift.evaluation import judge_layer
from classlift.fitting import Effect, fit
from classlift.storage import open_predictions
from classlift.storage.layers import save_layer
from classlift.tables import comparison_tables


def sample_data() -> Path:
    """Find the folder of sample predictions: inside the installed package, or beside the sources."""
    inside = Path(str(resources.files("classlift"))) / "sample_data"
    for folder in (inside, inside.parents[2] / "sample_data"):
        if (folder / "val.npz").is_file():
            return folder
    raise ClassliftError("demo", "the sample data is missing", fix="install classlift again from its wheel.")


@click.command("demo")
@click.option("-o", "--out", metavar="LAYER", help="Also save the fitted layer there.")
@output_options
def command(out: str | None, outputs: Outputs) -> None:
    """Fit a layer on the sample's validation predictions and show what it does to its test predictions."""
    folder = sample_data()
    fitted = fit(open_predictions(folder / "val.npz"), effect=Effect.NONE)
    if out is not None:
        save_layer(fitted.layer, out)
    result = judge_layer(open_predictions(folder / "test.npz"), fitted.layer)
    outputs.emit(lambda top: comparison_tables(result, top=top), comparison_document(result))

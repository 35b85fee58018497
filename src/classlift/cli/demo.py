"""`classlift demo`."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

import click

from classlift.api.progress import unwatched
from classlift.cli.command import Command
from classlift.cli.options import Outputs, output_options
from classlift.errors import ClassliftError
from classlift.evaluation.compare import evaluate_layer
from classlift.fitting.fit import fit
from classlift.fitting.result import EffectKind
from classlift.fitting.tuning.tune import tune
from classlift.kernels.threads import n_threads
from classlift.output.documents.evaluation import demo_document
from classlift.output.tables.evaluation import demo_tables
from classlift.output.verdict.comparison import compared
from classlift.storage import open_predictions
from classlift.storage.own.layers import check_layer_path, save_layer


def sample_data() -> Path:
    """Find the folder of sample predictions: inside the installed package, or beside the sources."""
    inside = Path(str(resources.files("classlift"))) / "sample_data"
    for folder in (inside, inside.parents[2] / "sample_data"):
        if (folder / "val.npz").is_file():
            return folder
    raise ClassliftError("demo", "the sample data is missing", fix="install classlift again from its wheel.")


@click.command("demo", cls=Command, example="classlift demo")
@click.option("-o", "--out", metavar="LAYER", help="Also save the tuned layer there.")
@output_options
def command(out: str | None, outputs: Outputs) -> None:
    """Lift the sample: fit the paper's numbers and tune on its validation file, and evaluate both on its test file."""
    folder = sample_data()
    if out is not None:
        check_layer_path(out)
    val, test = open_predictions(folder / "val.npz"), open_predictions(folder / "test.npz")
    paper = evaluate_layer(test, fit(val, effect=EffectKind.NONE).layer)
    with (outputs.progress or unwatched)("tuning") as watch:
        made = tune(val, jobs=n_threads(), watch=watch)
    tuned = evaluate_layer(test, made.layer)
    if out is not None:
        save_layer(made.layer, out)
    verdict = compared(tuned, "the tuned layer").followed_by("", *([] if out is None else [out]))
    outputs.emit(lambda top: demo_tables(paper, tuned, top=top), demo_document(paper, tuned, made.notes), verdict)

"""`classlift fit`."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import click

from classlift.cli.options import Outputs, output_options, read_options
from classlift.cli.progress import tracked
from classlift.documents import fit_document
from classlift.fitting import Effect, fit
from classlift.methods import METHODS, make_settings
from classlift.storage import ReadOptions, open_predictions
from classlift.storage.layers import check_layer_path, save_layer
from classlift.tables import fit_tables


def setting_options(command: click.Command) -> click.Command:
    """Add an option for each setting of each method, from the settings classes."""
    seen = set()
    for name, method in METHODS.items():
        for entry in fields(method.settings):
            if entry.name in seen:
                continue
            seen.add(entry.name)
            text = f"{name}: {entry.metadata['help']}. [default: {entry.default:g}]"
            option = click.Option([f"--{entry.name.replace('_', '-')}"], type=float, help=text, metavar="NUMBER")
            command.params.insert(len(seen) + 2, option)
    return command


@click.command("fit")
@click.argument("val")
@click.option("-o", "--out", required=True, metavar="LAYER", help="Layer file: .npz, .json or .safetensors.")
@click.option("--method", type=click.Choice(list(METHODS)), default="elaborated", show_default=True)
@click.option(
    "--effect",
    type=click.Choice([str(effect) for effect in Effect]),
    default=str(Effect.OUT_OF_FOLD),
    show_default=True,
    help="Which effect on the validation file to find out.",
)
@click.option("--low-fraction", type=click.FloatRange(0, 1, min_open=True), default=0.2, show_default=True)
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True, help="Seed of the folds.")
@read_options
@output_options
def command(
    val: str,
    out: str,
    method: str,
    effect: str,
    low_fraction: float,
    seed: int,
    reading: ReadOptions,
    outputs: Outputs,
    **numbers: Any,  # noqa: ANN401  (one option per setting of the methods)
) -> None:
    """Fit an output layer with fixed numbers on the validation predictions VAL.

    The defaults are the paper's. They often cost total accuracy; `classlift tune` looks for numbers that do not.
    """
    settings = make_settings(method, {name: value for name, value in numbers.items() if value is not None})
    check_layer_path(out)
    source = tracked(open_predictions(val, reading), quiet=outputs.quiet)
    result = fit(
        source, method=method, settings=settings, effect=Effect(effect), low_fraction=low_fraction, seed=seed
    )
    save_layer(result.layer, out)
    outputs.emit(lambda top: fit_tables(result, top=top), fit_document(result))


setting_options(command)

"""`classlift evaluate`."""

from __future__ import annotations

import click

from classlift.cli.gating import Gating, gate_options, gates_part
from classlift.cli.options import Outputs, output_options, read_options
from classlift.cli.progress import tracked
from classlift.cli.status import Status
from classlift.documents import comparison_document, evaluation_document
from classlift.errors import ClassliftError
from classlift.judging import compare_sources, evaluate, judge_layer
from classlift.render.suites import Suite
from classlift.storage import ReadOptions, open_predictions
from classlift.storage.layers import load_layer
from classlift.tables import comparison_tables, evaluation_tables
from classlift.tables.gates import gate_tables


@click.command("evaluate")
@click.argument("file")
@click.option("--layer", metavar="LAYER", help="Judge FILE raw against FILE lifted by this layer.")
@click.option("--against", metavar="RAW", help="Judge FILE against RAW, another result on the same rows.")
@click.option("--low-fraction", type=click.FloatRange(0, 1, min_open=True), default=0.2, show_default=True)
@read_options
@gate_options
@output_options
def command(
    file: str,
    layer: str | None,
    against: str | None,
    low_fraction: float,
    reading: ReadOptions,
    gating: Gating,
    outputs: Outputs,
) -> Status:
    """Show total accuracy, the lowest classes and every class of FILE, and judge it by gates."""
    if layer and against:
        raise ClassliftError("evaluate", "was given --layer and --against", fix="give one of them.")
    source = tracked(open_predictions(file, reading), quiet=outputs.quiet)
    if layer:
        compared = judge_layer(source, load_layer(layer), low_fraction=low_fraction)
    elif against:
        compared = compare_sources(open_predictions(against, reading), source, low_fraction=low_fraction)
    else:
        result = evaluate(source, low_fraction=low_fraction)
        judged = gating.judge(result)
        outputs.emit(
            lambda top: [*evaluation_tables(result, top=top), *gate_tables(judged)],
            evaluation_document(result) | gates_part(judged),
        )
        return gating.report([Suite(result.name, judged)])
    judged = gating.judge(compared)
    outputs.emit(
        lambda top: [*comparison_tables(compared, top=top), *gate_tables(judged)],
        comparison_document(compared) | gates_part(judged),
    )
    return gating.report([Suite(compared.name, judged)])

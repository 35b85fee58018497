"""`classlift evaluate`."""

from __future__ import annotations

import shlex
from functools import partial
from typing import TYPE_CHECKING

import click

from classlift.api.evaluate import evaluate
from classlift.cli.command import Command
from classlift.cli.costs import costs_options
from classlift.cli.engine import Place, engine_options
from classlift.cli.evaluation_options import evaluation_options, shares_option
from classlift.cli.gating import Gating, gate_options
from classlift.cli.options import Outputs, cluster_option, output_options, read_options, write_picture
from classlift.cli.status import Status
from classlift.evaluation.options import EvaluationOptions
from classlift.evaluation.result import Evaluation
from classlift.output.documents.base import Document
from classlift.output.documents.evaluation import comparison_document, evaluation_document
from classlift.output.render.suites import Suite
from classlift.output.tables.evaluation import comparison_tables, evaluation_tables
from classlift.output.tables.gates import gate_tables
from classlift.output.verdict.evaluation import evaluated
from classlift.output.verdict.noun import Outcome
from classlift.storage import ReadOptions

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from classlift.data.costs import Costs
    from classlift.data.shares import Shares
    from classlift.evaluation.comparison import Comparison
    from classlift.gates.result import GateResult
    from classlift.output.tables.table import Table
    from classlift.output.verdict.noun import Verdict


@click.command("evaluate", cls=Command, example="classlift evaluate test.npz --layer layer.npz --gate 'low20 >= 60%'")
@click.argument("file")
@click.option("--layer", metavar="LAYER", help="Evaluate FILE raw against FILE adjusted by this layer.")
@click.option(
    "--against",
    metavar="RAW|LAYER",
    help="Evaluate FILE against RAW, another result on the same rows; with --layer against another layer on FILE.",
)
@click.option("--plot", metavar="FILE", help="Draw every class: .png or .svg; needs the extra `report`.")
@shares_option
@evaluation_options
@cluster_option
@costs_options
@read_options
@gate_options
@output_options
@engine_options
def command(
    file: str,
    layer: str | None,
    against: str | None,
    plot: str | None,
    shares: Shares | None,
    evaluating: EvaluationOptions,
    costs: Costs | None,
    reading: ReadOptions,
    gating: Gating,
    outputs: Outputs,
    place: Place,
) -> Status:
    """Show total accuracy, the lowest classes and every class of FILE, and evaluate it by gates."""
    if plot is not None:
        from classlift.reports.chart_files import check_picture, picture  # noqa: PLC0415  (not everybody's way)

        check_picture(plot)
    result = evaluate(
        file,
        layer=layer,
        against=against,
        low_fraction=evaluating.low_fraction,
        resampling=evaluating.resampling,
        confusion=evaluating.confusion,
        by=evaluating.by,
        coverage=evaluating.coverage,
        shares=shares,
        costs=costs,
        **place._asdict(),
        reading=reading,
        progress=outputs.progress,
    )
    checked = gating.check(result)
    tables, document, verdict = _answer(result, checked, file, layer, against)
    if plot is not None:
        from classlift.reports.chart_classes import class_charts  # noqa: PLC0415  (not everybody's way)

        write_picture(plot, lambda suffix: picture(class_charts(result), suffix))
    outputs.emit(lambda top: [*gate_tables(checked), *tables(top=top)], document, verdict)
    return gating.report([Suite(result.name, checked)])


def _answer(
    result: Evaluation | Comparison,
    checked: tuple[GateResult, ...],
    file: str,
    layer: str | None,
    against: str | None,
) -> tuple[Callable[..., Iterable[Table]], Document, Verdict]:
    """Tables, document and verdict of one result, or of two."""
    if isinstance(result, Evaluation):
        return partial(evaluation_tables, result), evaluation_document(result, checked), evaluated(result)
    from classlift.output.verdict.comparison import compared  # noqa: PLC0415  (not everybody's way)

    changed = f"{layer} against {against}" if layer and against else layer or file
    verdict = compared(result, changed, kept=against or "the raw predictions")
    if layer and verdict.outcome is Outcome.LIFTS:
        verdict = verdict.followed_by(shlex.join(["classlift", "apply", layer, "NEW", "-o", "OUT"]))
    return partial(comparison_tables, result), comparison_document(result, checked), verdict

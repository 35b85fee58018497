"""`classlift compare`."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from classlift.api.compare import compare
from classlift.cli.command import Command
from classlift.cli.costs import costs_options
from classlift.cli.gating import Gating, gate_options
from classlift.cli.numbers import JOBS, SEED
from classlift.cli.options import Outputs, cluster_option, low_fraction_option, output_options, read_options
from classlift.cli.status import Status
from classlift.errors import ClassliftError
from classlift.evaluation.words import RAW
from classlift.fitting.benchmark import TUNED, Benchmark
from classlift.fitting.tuning.aim import DEFAULT_DROP
from classlift.fitting.tuning.wishes import parse_drop
from classlift.kernels.threads import n_threads
from classlift.output.documents.fitted import benchmark_document
from classlift.output.render.suites import Suite
from classlift.output.tables.benchmark import benchmark_tables
from classlift.output.tables.gates import gate_tables
from classlift.output.verdict.noun import Outcome
from classlift.output.verdict.results import benchmarked
from classlift.storage import ReadOptions

if TYPE_CHECKING:
    from classlift.data.costs import Costs
    from classlift.gates.result import GateResult


@click.command("compare", cls=Command, example="classlift compare val.npz test.npz")
@click.argument("files", nargs=-1, required=True, metavar="[VAL] TEST")
@click.option(
    "--layer", multiple=True, metavar="LAYER", help="Evaluate this layer, too; may be given again. VAL can be left out."
)
@click.option(
    "--max-total-drop",
    metavar="POINTS",
    help="How far total accuracy may fall: out of fold for `tune`, and on TEST to have a rank.  "
    "[default: 0.1pp, or what --costs cost]",
)
@costs_options
@low_fraction_option
@click.option("--seed", type=SEED, default=0, show_default=True, help="Seed of the folds.")
@click.option("--jobs", type=JOBS, help="Threads to work in.  [default: all cores]")
@cluster_option
@read_options
@gate_options
@output_options
def command(
    files: Sequence[str],
    layer: Sequence[str],
    max_total_drop: str | None,
    costs: Costs | None,
    low_fraction: float,
    seed: int,
    jobs: int | None,
    reading: ReadOptions,
    gating: Gating,
    outputs: Outputs,
) -> Status:
    """Fit every method on VAL with its defaults, tune, and evaluate all of them, and layers, on TEST in one table.

    The order is made on TEST, so the first of it looks better there than it is. Gates are asked of each --layer: on its
    own, and what they say of a change also against each --layer before it.
    """
    val, test = _val_and_test(files, layer)
    drop = None if max_total_drop is None else parse_drop(max_total_drop)
    result = compare(
        val,
        test,
        layer=layer,
        max_total_drop=drop,
        costs=costs,
        low_fraction=low_fraction,
        seed=seed,
        jobs=jobs or n_threads(),
        reading=reading,
        progress=outputs.progress,
    )
    checked = _checked(result, gating)
    verdict = benchmarked(result)
    if verdict.outcome is Outcome.LIFTS:
        best = result.ranked[0].method
        how = ["fit", str(val), "--method", best, "-o", "LAYER"]
        if best == TUNED:
            how = ["tune", str(val)]
            how += ["--max-total-drop", max_total_drop] if max_total_drop and drop != DEFAULT_DROP else []
            how += ["-o", "LAYER"]
        how += [] if costs is None else ["--costs", costs.name]
        if best in result.given:
            how = ["apply", best, "NEW", "-o", "OUT"]
        verdict = verdict.followed_by(shlex.join(["classlift", *how]))
    suites = [Suite(result.between[pair].name if pair[0] != RAW else pair[1], gates) for pair, gates in checked.items()]
    tables = [
        table._replace(title=f"gates of {suite.name}") for suite in suites for table in gate_tables(suite.results)
    ]
    outputs.emit(lambda _: [*tables, *benchmark_tables(result)], benchmark_document(result, checked), verdict)
    return gating.report(suites)


def _val_and_test(files: Sequence[str], layer: Sequence[str]) -> tuple[str | None, str]:
    """Which file is which; without layers both are needed, and there is nothing that gates could be asked of."""
    if len(files) > 2 or (len(files) == 1 and not layer):
        raise ClassliftError("compare", f"got {len(files)} files", fix="give VAL and TEST, or TEST and --layer LAYER.")
    given = click.get_current_context().params
    if not layer and (given["gate"] or given["gates_file"]):
        raise ClassliftError("--gate", "is asked of layers, and there is none", fix="name one with --layer.")
    return (None, files[0]) if len(files) == 1 else (files[0], files[1])


def _checked(result: Benchmark, gating: Gating) -> dict[tuple[str, str], tuple[GateResult, ...]]:
    """Each layer by all gates; against each layer before it by those that ask of a change."""
    asked = gating.gates
    if asked is None:
        return {}
    among = [pair for pair in result.between if pair[1] in result.given and pair[0] in (RAW, *result.given)]
    found = {pair: (asked if pair[0] == RAW else asked.of_changes()).check(result.between[pair]) for pair in among}
    return {pair: gates for pair, gates in found.items() if gates}

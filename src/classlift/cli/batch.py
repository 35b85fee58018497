"""`classlift batch`."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

import click

from classlift.api.batch import batch
from classlift.batches import Outcome, RunState
from classlift.batches.manifest import RESULTS
from classlift.batches.summary import batch_document, batch_tables
from classlift.batches.verbs import VERBS
from classlift.cli.command import Command
from classlift.cli.gating import Gating, gate_options
from classlift.cli.numbers import JOBS
from classlift.cli.options import Outputs, output_options
from classlift.cli.project import Project
from classlift.cli.status import Status, gravest
from classlift.cli.warned import tell_warnings
from classlift.data import metrics
from classlift.output.printable import printable
from classlift.output.render.suites import Suite
from classlift.storage import ReadOptions


@click.command("batch", cls=Command, example="classlift batch runs/* -o results")
@click.argument("targets", nargs=-1, required=True, metavar="MANIFEST.toml | FOLDER…")
@click.option(
    "-o",
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="FOLDER",
    help=f"Folder of the results, one below it for each run.  [default: the manifest's, or {RESULTS}]",
)
@click.option("--jobs", type=JOBS, default=1, show_default=True, help="Processes to work in.")
@click.option(
    "--verb",
    type=click.Choice(list(VERBS)),
    help="How the layers of folders are made; a manifest says it itself.  [default: tune]",
)
@gate_options
@output_options
def command(
    targets: tuple[str, ...], out: Path | None, jobs: int, verb: str | None, gating: Gating, outputs: Outputs
) -> Status:
    """Do many runs: fit or tune, evaluate, apply, and one table with their mean.

    MANIFEST.toml names files and settings of the runs; or give folders, such as 'runs/*/', that hold val.* and maybe
    test.* and new.*. A run that fails does not stop the others; one that was done before and has not changed is kept.
    """
    asked = gating.gates
    more = [*outputs.files.values(), *([] if gating.junit is None else [gating.junit])]
    project = None if targets[0].endswith(".toml") else Project.nearest()
    defaults = {} if project is None else project.defaults
    if project is not None and defaults:
        project.tell(list(defaults))
    result = batch(
        *targets,
        out=out,
        jobs=jobs,
        verb=verb,
        low_fraction=defaults.get("low_fraction", metrics.LOW_FRACTION),
        reading=ReadOptions() if project is None else project.reading(),
        gates=() if asked is None else [gate.text for gate in asked.gates],
        confidence=None if asked is None else asked.confidence,
        also_written=more,
        progress=outputs.progress,
    )
    for outcome in result.outcomes:
        tell_warnings(outcome.notes, f"{printable(outcome.name)}: ")
    outputs.emit(lambda _: batch_tables(result), batch_document(result))
    return _report(result.outcomes, gating)


def tell_failed(outcomes: Iterable[Outcome]) -> None:
    """Say on standard error which runs could not run, and why."""
    for outcome in outcomes:
        for line in outcome.error.splitlines():
            print(printable(f"{outcome.name}: {line}" if not line.startswith("fix: ") else line), file=sys.stderr)


def _report(outcomes: Sequence[Outcome], gating: Gating) -> Status:
    """Report runs that could not run, write what CI wants, and give the status of the worst."""
    tell_failed(outcomes)
    status = gating.report([Suite(o.name, o.gates, o.error or None) for o in outcomes])
    broken = any(outcome.state is RunState.INTERNAL_ERROR for outcome in outcomes)
    return gravest([status, Status.INTERNAL_ERROR]) if broken else status
